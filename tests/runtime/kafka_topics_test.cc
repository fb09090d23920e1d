#include "runtime/log/kafka_topics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tierline::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = TopicDifference::Kind;

const TopicsWanted kWanted{.prefix = "p.", .partitions = 8, .replication = 3};

TopicFound AsPlanned(const TopicSpec& spec) {
  TopicFound found{spec.partitions, spec.replication, {{"segment.bytes", "1"}}, {}};
  for (const TopicSetting& setting : spec.settings) found.settings[setting.name] = setting.value;
  return found;
}

TEST(KafkaTopics, PlansThreeTopics) {
  const std::vector<TopicSpec> specs = PlanTopics(kWanted);
  ASSERT_THAT(specs, SizeIs(3));
  EXPECT_EQ(specs[0].name, "p.tierline.history.v1");
  EXPECT_EQ(specs[0].partitions, 8);
  EXPECT_EQ(specs[1].name, "p.tierline.directory.v1");
  EXPECT_EQ(specs[1].partitions, 1);
  EXPECT_EQ(specs[2].name, "p.tierline.keys.v1");
  EXPECT_EQ(specs[2].partitions, 1);
}

TEST(KafkaTopics, PlansThePublicTopicLikeTheHistory) {
  const TopicSpec spec = PlanPublicTopic(kWanted);
  EXPECT_EQ(spec.name, "p.tierline.public.v1");
  EXPECT_EQ(spec.partitions, 8);
  EXPECT_EQ(spec.replication, 3);
  TopicFound found = AsPlanned(spec);
  found.settings["retention.ms"] = "604800000";
  EXPECT_THAT(DiffTopic(spec, found), SizeIs(1)) << "a stranger who comes late reads everything";
}

TEST(KafkaTopics, FindsNoDifferenceInWhatItPlanned) {
  for (const TopicSpec& spec : PlanTopics(kWanted))
    EXPECT_THAT(DiffTopic(spec, AsPlanned(spec)), IsEmpty()) << spec.name;
}

TEST(KafkaTopics, NeverLetsTheHistoryEnd) {
  for (const TopicSpec& spec : PlanTopics(kWanted)) {
    if (spec.name == "p.tierline.keys.v1") continue;
    for (const auto& [name, value] :
         std::map<std::string, std::string>{{"retention.ms", "604800000"},
                                            {"retention.bytes", "1000"},
                                            {"cleanup.policy", "compact"},
                                            {"cleanup.policy", "compact,delete"}}) {
      TopicFound found = AsPlanned(spec);
      found.settings[name] = value;
      const auto differences = DiffTopic(spec, found);
      ASSERT_THAT(differences, SizeIs(1)) << name;
      EXPECT_EQ(differences[0].name, name);
      EXPECT_EQ(differences[0].found, value);
    }
  }
}

TEST(KafkaTopics, WantsTwoCopiesOfWhatIsAcknowledgedUnlessThereIsOne) {
  for (const auto& [replication, in_sync] : {std::pair{1, "1"}, {2, "2"}, {3, "2"}, {5, "2"}}) {
    const TopicSpec spec = PlanTopics({.replication = replication})[0];
    TopicFound found = AsPlanned(spec);
    EXPECT_EQ(found.settings["min.insync.replicas"], in_sync) << replication;
    found.settings["min.insync.replicas"] = "3";
    EXPECT_THAT(DiffTopic(spec, found), IsEmpty());
    found.settings["min.insync.replicas"] = "0";
    EXPECT_THAT(DiffTopic(spec, found), SizeIs(1));
  }
}

TEST(KafkaTopics, TakesMoreThanItAskedFor) {
  const TopicSpec keys = PlanTopics(kWanted)[2];
  TopicFound found = AsPlanned(keys);
  found.replication = 5;
  found.settings["delete.retention.ms"] = "604800000";
  found.settings["max.compaction.lag.ms"] = "3600000";
  found.settings["max.message.bytes"] = "10000000";
  EXPECT_THAT(DiffTopic(keys, found), IsEmpty());
  found.settings["max.compaction.lag.ms"] = "9223372036854775807";
  found.settings["delete.retention.ms"] = "3600000";
  EXPECT_THAT(DiffTopic(keys, found), SizeIs(2));
}

TEST(KafkaTopics, SaysWhatMendsADifference) {
  const TopicSpec history = PlanTopics(kWanted)[0];
  TopicFound found = AsPlanned(history);
  found.partitions = 6;
  found.replication = 1;
  found.settings["retention.ms"] = "604800000";
  found.settings.erase("unclean.leader.election.enable");
  std::vector<std::string> mends;
  for (const TopicDifference& difference : DiffTopic(history, found))
    mends.push_back(MendingCommand(history, difference, "k:9092"));
  EXPECT_THAT(mends,
              ElementsAre(HasSubstr("ask for 6"),
                          HasSubstr("kafka-reassign-partitions.sh --bootstrap-server k:9092"),
                          HasSubstr("unclean.leader.election.enable=false"),
                          "kafka-configs.sh --bootstrap-server k:9092 --alter --entity-type topics "
                          "--entity-name p.tierline.history.v1 --add-config retention.ms=-1"));
}

TEST(KafkaTopics, SaysHowToCreateAMissingTopic) {
  const TopicSpec keys = PlanTopics(kWanted)[2];
  const auto differences = DiffTopic(keys, std::nullopt);
  ASSERT_THAT(differences, SizeIs(1));
  EXPECT_EQ(differences[0].kind, Kind::kMissing);
  EXPECT_THAT(MendingCommand(keys, differences[0], "k:9092"),
              HasSubstr("--create --topic p.tierline.keys.v1 --partitions 1 "
                        "--replication-factor 3 --config min.insync.replicas=2"));
}

TEST(KafkaTopics, MendsNoSettingsOfATopicWithTooFewCopies) {
  const TopicSpec history = PlanTopics(kWanted)[0];
  TopicFound found = AsPlanned(history);
  found.settings["min.insync.replicas"] = "1";
  EXPECT_TRUE(CanMend(DiffTopic(history, found)));
  found.replication = 1;
  EXPECT_FALSE(CanMend(DiffTopic(history, found)));
}

TEST(KafkaTopics, NamesEveryDifferenceInOneError) {
  const std::vector<TopicSpec> specs = PlanTopics(kWanted);
  std::map<std::string, std::optional<TopicFound>> found;
  for (const TopicSpec& spec : specs) found[spec.name] = AsPlanned(spec);
  EXPECT_TRUE(CheckTopics(specs, found, "k:9092").ok());
  found[specs[0].name]->settings["retention.ms"] = "1";
  found.erase(specs[2].name);
  const absl::Status status = CheckTopics(specs, found, "k:9092");
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()),
              ::testing::AllOf(HasSubstr("tierline.history.v1 has retention.ms 1; it must be -1"),
                               HasSubstr("tierline.keys.v1 does not exist")));
}

}  // namespace
}  // namespace tierline::log
