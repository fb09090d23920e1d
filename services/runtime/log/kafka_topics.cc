#include "runtime/log/kafka_topics.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/text.h"
#include "runtime/log/event_log.h"
#include "runtime/log/public_topic.h"

namespace tierline::log {
namespace {

using Rule = TopicSetting::Rule;
using Kind = TopicDifference::Kind;

// A record has 1 MiB at most (append_queue.h); with headers and framing a batch of one has a little
// more.
constexpr std::string_view kMessageBytesMax = "2097152";
// A replica that was away for longer reads the keys anew (VaultOptions::rebuild_after is less).
constexpr std::string_view kDay = "86400000";

std::vector<TopicSetting> CommonSettings(int32_t replication) {
  return {
      // What is acknowledged is on two brokers; only a log without copies does with one.
      {"min.insync.replicas", replication > 1 ? "2" : "1", Rule::kAtLeast},
      {"unclean.leader.election.enable", "false"},
      {"message.timestamp.type", "CreateTime"},
      {"max.message.bytes", std::string(kMessageBytesMax), Rule::kAtLeast},
  };
}

TopicSpec History(std::string name, int32_t partitions, int32_t replication) {
  TopicSpec spec{std::move(name), partitions, replication, CommonSettings(replication)};
  spec.settings.push_back({"cleanup.policy", "delete"});
  spec.settings.push_back({"retention.ms", "-1"});
  spec.settings.push_back({"retention.bytes", "-1"});
  return spec;
}

TopicSpec Keys(std::string name, int32_t replication) {
  TopicSpec spec{std::move(name), 1, replication, CommonSettings(replication)};
  spec.settings.push_back({"cleanup.policy", "compact"});
  spec.settings.push_back({"delete.retention.ms", std::string(kDay), Rule::kAtLeast});
  // An erased key leaves the disks within this time, however little is written.
  spec.settings.push_back({"max.compaction.lag.ms", std::string(kDay), Rule::kAtMost});
  return spec;
}

bool Satisfies(const TopicSetting& setting, const std::string& found) {
  if (setting.rule == Rule::kExactly) return found == setting.value;
  int64_t is = 0;
  int64_t limit = 0;
  if (!absl::SimpleAtoi(found, &is) || !absl::SimpleAtoi(setting.value, &limit)) return false;
  return setting.rule == Rule::kAtLeast ? is >= limit : is <= limit;
}

std::string Wanted(const TopicSetting& setting) {
  switch (setting.rule) {
    case Rule::kExactly:
      return setting.value;
    case Rule::kAtLeast:
      return absl::StrCat("at least ", setting.value);
    case Rule::kAtMost:
      return absl::StrCat("at most ", setting.value);
  }
  return setting.value;
}

std::string Sentence(const TopicDifference& difference) {
  if (difference.kind == Kind::kMissing)
    return absl::StrCat("the topic ", difference.topic, " does not exist");
  return absl::StrCat("the topic ", difference.topic, " has ", difference.name, " ",
                      difference.found.empty() ? "unset" : difference.found, "; it must be ",
                      difference.wanted);
}

}  // namespace

std::vector<TopicSpec> PlanTopics(const TopicsWanted& wanted) {
  const auto name = [&](Topic topic) {
    return absl::StrCat(wanted.prefix, ToAbsl(TopicName(topic)));
  };
  return {History(name(Topic::kHistory), wanted.partitions, wanted.replication),
          History(name(Topic::kDirectory), 1, wanted.replication),
          Keys(name(Topic::kKeys), wanted.replication)};
}

TopicSpec PlanPublicTopic(const TopicsWanted& wanted) {
  return History(absl::StrCat(wanted.prefix, ToAbsl(kPublicTopicName)), wanted.partitions,
                 wanted.replication);
}

std::vector<TopicDifference> DiffTopic(const TopicSpec& spec,
                                       const std::optional<TopicFound>& found) {
  if (!found) return {{Kind::kMissing, spec.name, "", "", ""}};
  std::vector<TopicDifference> differences;
  if (found->partitions != spec.partitions) {
    differences.push_back({Kind::kPartitions, spec.name, "partitions",
                           absl::StrCat(found->partitions), absl::StrCat(spec.partitions)});
  }
  if (found->replication < spec.replication) {
    differences.push_back({Kind::kReplication, spec.name, "replication factor",
                           absl::StrCat(found->replication),
                           absl::StrCat("at least ", spec.replication)});
  }
  for (const TopicSetting& setting : spec.settings) {
    const auto is = found->settings.find(setting.name);
    const std::string value = is == found->settings.end() ? "" : is->second;
    if (!Satisfies(setting, value)) {
      differences.push_back({Kind::kSetting, spec.name, setting.name, value, Wanted(setting)});
    }
  }
  return differences;
}

bool CanMend(const std::vector<TopicDifference>& differences) {
  return std::none_of(differences.begin(), differences.end(), [](const TopicDifference& one) {
    return one.kind == Kind::kPartitions || one.kind == Kind::kReplication;
  });
}

std::string MendingCommand(const TopicSpec& spec, const TopicDifference& difference,
                           std::string_view bootstrap_servers) {
  const auto command = [&](absl::string_view tool) {
    return absl::StrCat(tool, ".sh --bootstrap-server ", ToAbsl(bootstrap_servers));
  };
  switch (difference.kind) {
    case Kind::kMissing: {
      std::string create =
          absl::StrCat(command("kafka-topics"), " --create --topic ", spec.name, " --partitions ",
                       spec.partitions, " --replication-factor ", spec.replication);
      for (const TopicSetting& setting : spec.settings)
        absl::StrAppend(&create, " --config ", setting.name, "=", setting.value);
      return create;
    }
    case Kind::kPartitions:
      return absl::StrCat("the number of partitions is fixed for ever: ask for ", difference.found,
                          ", or found a new log under another topic prefix");
    case Kind::kReplication:
      return absl::StrCat(command("kafka-reassign-partitions"),
                          " --execute --reassignment-json-file <", spec.replication,
                          " replicas for each partition of ", spec.name, ">");
    case Kind::kSetting:
      break;
  }
  const auto setting =
      std::find_if(spec.settings.begin(), spec.settings.end(),
                   [&](const TopicSetting& one) { return one.name == difference.name; });
  if (setting == spec.settings.end()) return "";
  return absl::StrCat(command("kafka-configs"), " --alter --entity-type topics --entity-name ",
                      spec.name, " --add-config ", setting->name, "=", setting->value);
}

absl::Status CheckTopics(const std::vector<TopicSpec>& specs,
                         const std::map<std::string, std::optional<TopicFound>>& found,
                         std::string_view bootstrap_servers) {
  std::vector<std::string> lines;
  for (const TopicSpec& spec : specs) {
    const auto is = found.find(spec.name);
    for (const TopicDifference& difference :
         DiffTopic(spec, is == found.end() ? std::nullopt : is->second)) {
      lines.push_back(absl::StrCat(Sentence(difference), ": ",
                                   MendingCommand(spec, difference, bootstrap_servers)));
    }
  }
  if (lines.empty()) return absl::OkStatus();
  lines.push_back("see also: tierline topics plan, tierline topics apply");
  return absl::FailedPreconditionError(absl::StrJoin(lines, "\n"));
}

}  // namespace tierline::log
