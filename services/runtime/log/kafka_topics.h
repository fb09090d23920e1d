#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

// What the topics of a log must be in Kafka, and how what is there differs: pure, so that a
// server's start, `tierline topics` and a test say the same.
//
//   for (const TopicSpec& topic : PlanTopics({.partitions = 64, .replication = 3}))
//     differences = DiffTopic(topic, found[topic.name]);
//
// A wrong setting is not a matter of taste: with retention the history ends, with unclean elections
// acknowledged records are lost, without compaction erased keys stay. So a server refuses to start.

namespace tierline::log {

struct TopicsWanted {
  std::string prefix;
  int32_t partitions = 64;  // of tierline.history.v1
  int32_t replication = 3;
};

struct TopicSetting {
  enum class Rule : uint8_t { kExactly, kAtLeast, kAtMost };
  std::string name;
  std::string value;
  Rule rule = Rule::kExactly;
};

struct TopicSpec {
  std::string name;
  int32_t partitions = 1;
  int32_t replication = 3;
  std::vector<TopicSetting> settings;
};

// A topic as the cluster describes it.
struct TopicFound {
  int32_t partitions = 0;
  int32_t replication = 0;                      // of the partition with the fewest copies
  std::map<std::string, std::string> settings;  // in force, the broker's defaults included
  std::map<std::string, std::string> own;       // of these, what is set on the topic itself
};

struct TopicDifference {
  enum class Kind : uint8_t { kMissing, kPartitions, kReplication, kSetting };
  Kind kind = Kind::kSetting;
  std::string topic;
  std::string name;   // "partitions", "retention.ms", …
  std::string found;  // empty: nothing
  std::string wanted;
};

// The history, the directory, the keys.
std::vector<TopicSpec> PlanTopics(const TopicsWanted& wanted);

// The topic for strangers (public_topic.h): as many partitions as the history, and kept as long, so
// that whoever comes late reads everything.
TopicSpec PlanPublicTopic(const TopicsWanted& wanted);

// Whether setting the topic's settings is enough. With other partitions or too few copies it is
// not, and would do harm: min.insync.replicas=2 makes a topic with one copy read-only.
bool CanMend(const std::vector<TopicDifference>& differences);

// How the topic differs; nullopt: there is none. More copies than wanted are no difference.
std::vector<TopicDifference> DiffTopic(const TopicSpec& spec,
                                       const std::optional<TopicFound>& found);

// The command of Kafka's own tools that mends the difference, or a sentence where none does: the
// number of partitions is fixed for ever.
std::string MendingCommand(const TopicSpec& spec, const TopicDifference& difference,
                           std::string_view bootstrap_servers);

// OK when nothing differs. Otherwise kFailedPrecondition: each difference in words, each with what
// mends it, one a line.
absl::Status CheckTopics(const std::vector<TopicSpec>& specs,
                         const std::map<std::string, std::optional<TopicFound>>& found,
                         std::string_view bootstrap_servers);

}  // namespace tierline::log
