#include "runtime/log/kafka_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <atomic>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "runtime/log/genesis.h"
#include "runtime/log/kafka_admin.h"
#include "tests/kit/kafka.h"
#include "tests/kit/log_driver.h"

// What only the log on Kafka meets: other replicas, other clients, and brokers.

namespace tierline::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tierline::testing::AppendAndWait;
using tierline::testing::KafkaBroker;
using tierline::testing::PollUntil;
using tierline::testing::RecordsOf;
using tierline::testing::ScratchTopics;
using tierline::testing::ValuesFrom;

constexpr TopicPartition kFirst{Topic::kHistory, 0};
constexpr int32_t kPartitions = 2;

class KafkaLogTest : public ::testing::Test {
 protected:
  KafkaLogOptions Options() const {
    return {.connection = {.bootstrap_servers = KafkaBroker()},
            .partitions = kPartitions,
            .replication = 1,
            .topic_prefix = topics_.prefix()};
  }
  std::unique_ptr<KafkaLog> MustOpen(const KafkaLogOptions& options) {
    auto log = KafkaLog::Open(options);
    EXPECT_TRUE(log.ok()) << log.status();
    return log.ok() ? *std::move(log) : nullptr;
  }
  std::unique_ptr<KafkaLog> MustOpen() { return MustOpen(Options()); }
  std::string TopicOf(Topic topic) const {
    return absl::StrCat(topics_.prefix(), std::string(TopicName(topic)));
  }
  std::vector<TopicSpec> Plan() const { return PlanTopics({topics_.prefix(), kPartitions, 1}); }

  ScratchTopics topics_;
};

// A client of somebody else.
class Stranger {
 public:
  explicit Stranger(const std::string& transactional_id = "") {
    char error[256];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", KafkaBroker().c_str(), error, sizeof error);
    if (!transactional_id.empty())
      rd_kafka_conf_set(conf, "transactional.id", transactional_id.c_str(), error, sizeof error);
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
    if (!transactional_id.empty()) {
      EXPECT_EQ(rd_kafka_init_transactions(client_, kTimeoutMs), nullptr);
    }
  }
  ~Stranger() { rd_kafka_destroy(client_); }

  void Write(const std::string& topic, int32_t partition, const std::string& key,
             const std::string& value) {
    rd_kafka_producev(
        client_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data(), key.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_END);
    EXPECT_EQ(rd_kafka_flush(client_, kTimeoutMs), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  // Leaves a marker behind it, an offset without a record.
  void Transact(const std::function<void()>& writes) {
    EXPECT_EQ(rd_kafka_begin_transaction(client_), nullptr);
    writes();
    EXPECT_EQ(rd_kafka_commit_transaction(client_, kTimeoutMs), nullptr);
  }
  void Delete(const std::string& topic) {
    rd_kafka_DeleteTopic_t* one = rd_kafka_DeleteTopic_new(topic.c_str());
    rd_kafka_queue_t* results = rd_kafka_queue_new(client_);
    rd_kafka_DeleteTopics(client_, &one, 1, nullptr, results);
    rd_kafka_event_t* event = rd_kafka_queue_poll(results, kTimeoutMs);
    EXPECT_NE(event, nullptr);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(results);
    rd_kafka_DeleteTopic_destroy(one);
  }
  // Deletes what is below `offset`.
  void Truncate(const std::string& topic, int32_t partition, Offset offset) {
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset = offset;
    rd_kafka_DeleteRecords_t* records = rd_kafka_DeleteRecords_new(list);
    rd_kafka_queue_t* results = rd_kafka_queue_new(client_);
    rd_kafka_DeleteRecords(client_, &records, 1, nullptr, results);
    rd_kafka_event_t* event = rd_kafka_queue_poll(results, kTimeoutMs);
    EXPECT_NE(event, nullptr);
    EXPECT_EQ(rd_kafka_event_error(event), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(results);
    rd_kafka_DeleteRecords_destroy(records);
    rd_kafka_topic_partition_list_destroy(list);
  }

 private:
  static constexpr int kTimeoutMs = 30'000;
  rd_kafka_t* client_;
};

struct Seen {
  Offset offset;
  Uuid id;
  std::string subject;
  std::string value;
};
std::vector<Seen> Visit(EventLog& log, TopicPartition of, Offset from, int64_t max = 1000) {
  std::vector<Seen> seen;
  const auto next = log.Read(of, from, max, [&](Offset offset, const RecordView& record) {
    seen.push_back({offset, record.id, std::string(record.subject), std::string(record.value)});
    return true;
  });
  EXPECT_TRUE(next.ok()) << next.status();
  return seen;
}

std::string LogIdOf(EventLog& log, TopicPartition of) {
  std::string log_id;
  EXPECT_TRUE(log.Read(of, 0, 1,
                       [&](Offset, const RecordView& record) {
                         const auto facts = ReadGenesis(record);
                         if (facts.ok()) log_id = facts->log_id.ToString();
                         return false;
                       })
                  .ok());
  return log_id;
}

TEST_F(KafkaLogTest, IsFoundedOnceByReplicasThatStartTogether) {
  constexpr int kReplicas = 4;
  std::vector<std::unique_ptr<KafkaLog>> logs(kReplicas);
  std::vector<std::thread> starts;
  for (auto& log : logs) starts.emplace_back([&] { log = MustOpen(); });
  for (std::thread& start : starts) start.join();
  std::set<std::string> ids;
  for (const auto& log : logs) {
    ASSERT_NE(log, nullptr);
    for (const TopicPartition of : AllPartitions(kPartitions)) ids.insert(LogIdOf(*log, of));
  }
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_EQ(ids.count(""), 0u);
  EXPECT_EQ(LogIdOf(*MustOpen(), kFirst), *ids.begin());
}

TEST_F(KafkaLogTest, ReadsWhatAnotherReplicaAppendsAndWakesForIt) {
  auto writer = MustOpen();
  auto reader = MustOpen();
  std::atomic<int> wakes{0};
  while (*reader->End(kFirst) < *writer->End(kFirst)) reader->Poll(absl::Milliseconds(10));
  reader->Poll(absl::Milliseconds(200));
  const Offset end = *reader->End(kFirst);
  reader->SetWaker([&] { ++wakes; });
  const int before = wakes;
  ASSERT_TRUE(AppendAndWait(*writer, kFirst, {"a"}).ok());
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (wakes == before && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_GT(wakes, before);
  ASSERT_TRUE(PollUntil(*reader, [&] { return *reader->End(kFirst) > end; }));
  EXPECT_THAT(*ValuesFrom(*reader, kFirst, end), ElementsAre("a"));
  reader->SetWaker({});
  const int after = wakes;
  ASSERT_TRUE(AppendAndWait(*writer, kFirst, {"b"}).ok());
  ASSERT_TRUE(PollUntil(*reader, [&] { return *reader->End(kFirst) == end + 2; }));
  EXPECT_EQ(wakes, after);
}

TEST_F(KafkaLogTest, HasReadWhatAnotherReplicaHadAppendedWhenItIsRefreshed) {
  auto writer = MustOpen();
  auto reader = MustOpen();
  std::vector<std::string> values(500, "x");
  ASSERT_TRUE(AppendAndWait(*writer, kFirst, values).ok());
  const Offset end = *writer->End(kFirst);  // and the reader was not polled since
  int done = 0;
  for (int i = 0; i < 10; ++i) {
    reader->Refresh(kFirst, [&](absl::Status status) {
      EXPECT_TRUE(status.ok()) << status;
      EXPECT_GE(*reader->End(kFirst), end);
      ++done;
    });
  }
  ASSERT_TRUE(PollUntil(*reader, [&] { return done == 10; }));
}

TEST_F(KafkaLogTest, RefusesATopicThatWouldForgetAndSaysHowToMendIt) {
  std::vector<TopicSpec> specs = Plan();
  for (TopicSetting& setting : specs[0].settings) {
    if (setting.name == "retention.ms") setting.value = "604800000";
  }
  auto admin = KafkaAdmin::Connect({.bootstrap_servers = KafkaBroker()});
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  ASSERT_TRUE((*admin)->Create({specs[0]}, deadline).ok());
  const auto log = KafkaLog::Open(Options());
  ASSERT_TRUE(absl::IsFailedPrecondition(log.status())) << log.status();
  EXPECT_THAT(std::string(log.status().message()),
              ::testing::AllOf(HasSubstr("retention.ms 604800000; it must be -1"),
                               HasSubstr("kafka-configs.sh --bootstrap-server"),
                               HasSubstr("--add-config retention.ms=-1")));
  ASSERT_TRUE((*admin)->Mend(Plan()[0], deadline).ok());
  EXPECT_NE(MustOpen(), nullptr);
}

TEST_F(KafkaLogTest, MendsASettingAndLeavesTheOthersAlone) {
  TopicSpec spec = Plan()[0];
  spec.settings.push_back({"segment.bytes", "104857600"});
  for (TopicSetting& setting : spec.settings) {
    if (setting.name == "retention.ms") setting.value = "1000000";
  }
  auto admin = KafkaAdmin::Connect({.bootstrap_servers = KafkaBroker()});
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  ASSERT_TRUE((*admin)->Create({spec}, deadline).ok());
  ASSERT_TRUE((*admin)->Mend(Plan()[0], deadline).ok());
  const auto found = (*admin)->Describe({spec}, deadline);
  ASSERT_TRUE(found.ok()) << found.status();
  const auto& settings = found->at(spec.name)->own;
  EXPECT_EQ(settings.at("retention.ms"), "-1");
  EXPECT_EQ(settings.at("segment.bytes"), "104857600");
  EXPECT_EQ(settings.at("unclean.leader.election.enable"), "false");
}

TEST_F(KafkaLogTest, FindsNoLogWhereThereIsNoneToOpen) {
  KafkaLogOptions options = Options();
  options.create = false;
  const auto log = KafkaLog::Open(options);
  EXPECT_TRUE(absl::IsNotFound(log.status())) << log.status();
}

TEST_F(KafkaLogTest, RefusesToFoundAnewWhatWasDeleted) {
  ASSERT_TRUE(AppendAndWait(*MustOpen(), kFirst, {"a"}).ok());
  auto admin = KafkaAdmin::Connect({.bootstrap_servers = KafkaBroker()});
  for (const Topic topic : {Topic::kKeys, Topic::kHistory}) {
    Stranger().Delete(TopicOf(topic));
    const TopicSpec gone{.name = TopicOf(topic)};
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while ((*admin)->Describe({gone}, deadline)->at(gone.name)) {  // the broker follows
    }
    const auto log = KafkaLog::Open(Options());
    ASSERT_TRUE(absl::IsDataLoss(log.status())) << log.status();
    EXPECT_THAT(std::string(log.status().message()), HasSubstr(TopicOf(topic)));
  }
}

TEST_F(KafkaLogTest, GivesUpWhenNoBrokerAnswers) {
  KafkaLogOptions options = Options();
  options.connection.bootstrap_servers = "127.0.0.1:1";
  options.open_timeout = absl::Seconds(1);
  const auto log = KafkaLog::Open(options);
  EXPECT_TRUE(absl::IsUnavailable(log.status())) << log.status();
}

TEST_F(KafkaLogTest, RefusesSettingsThatItsPromisesRestOn) {
  KafkaLogOptions options = Options();
  options.connection.properties = {{"acks", "1"}};
  EXPECT_TRUE(absl::IsFailedPrecondition(KafkaLog::Open(options).status()));
  options.connection.properties = {{"no.such.setting", "1"}};
  EXPECT_TRUE(absl::IsInvalidArgument(KafkaLog::Open(options).status()));
  options.connection.properties = {{"statistics.interval.ms", "0"}};
  EXPECT_NE(MustOpen(options), nullptr);
}

TEST_F(KafkaLogTest, ReadsMessagesOfStrangersAsForeignRecords) {
  auto log = MustOpen();
  ASSERT_TRUE(AppendAndWait(*log, kFirst, {"ours"}).ok());
  Stranger().Write(TopicOf(Topic::kHistory), 0, "their key", "their value");
  ASSERT_TRUE(AppendAndWait(*log, kFirst, {"ours again"}).ok());
  const auto expect = [](EventLog& log) {
    const std::vector<Seen> seen = Visit(log, kFirst, 1);
    ASSERT_EQ(seen.size(), 3u);
    EXPECT_EQ(seen[0].value, "ours");
    EXPECT_TRUE(seen[1].id.absent());
    EXPECT_EQ(seen[1].subject, "their key");
    EXPECT_EQ(seen[1].value, "their value");
    EXPECT_EQ(seen[2].value, "ours again");
  };
  expect(*log);
  log = MustOpen();
  expect(*log);
}

TEST_F(KafkaLogTest, VisitsAnOffsetWithoutARecordAsAForeignRecord) {
  auto log = MustOpen();
  Stranger stranger(topics_.prefix());
  stranger.Transact([&] { stranger.Write(TopicOf(Topic::kHistory), 0, "k", "theirs"); });
  ASSERT_TRUE(PollUntil(*log, [&] { return *log->End(kFirst) == 3; }));
  ASSERT_TRUE(AppendAndWait(*log, kFirst, {"ours"}).ok());
  stranger.Transact([&] { stranger.Write(TopicOf(Topic::kHistory), 0, "k", "the last"); });
  ASSERT_TRUE(PollUntil(*log, [&] { return *log->End(kFirst) == 6; })) << "a marker at the end";
  const auto expect = [](EventLog& log) {
    EXPECT_EQ(*log.End(kFirst), 6);
    const std::vector<Seen> seen = Visit(log, kFirst, 0);
    ASSERT_EQ(seen.size(), 6u);
    for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].offset, static_cast<Offset>(i));
    EXPECT_EQ(seen[1].value, "theirs");
    EXPECT_TRUE(seen[2].id.absent());
    EXPECT_EQ(seen[2].value, "");
    EXPECT_EQ(seen[3].value, "ours");
    EXPECT_EQ(seen[4].value, "the last");
    EXPECT_TRUE(seen[5].id.absent());
  };
  expect(*log);
  log = MustOpen();
  expect(*log);
}

// The broker's own cleaner takes away what a later record of the same key replaces.
TEST_F(KafkaLogTest, ReadsATopicOfKeysThatWasCompacted) {
  constexpr TopicPartition kKeys{Topic::kKeys, 0};
  auto log = MustOpen();
  TopicSpec hurried = Plan()[static_cast<size_t>(Topic::kKeys)];
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"segment.ms", "100"},
                                          {"min.cleanable.dirty.ratio", "0.01"},
                                          {"max.compaction.lag.ms", "100"}}) {
    hurried.settings.push_back({name, value});
  }
  auto admin = *KafkaAdmin::Connect(Options().connection);
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  ASSERT_TRUE(admin->Mend(hurried, deadline).ok());
  std::vector<Seen> seen;
  Offset last = 0;
  bool compacted = false;
  for (int i = 0; !compacted && absl::Now() < deadline; ++i) {
    ASSERT_TRUE(AppendAndWait(*log, kKeys, {absl::StrCat("value ", i)}).ok());
    last = *log->End(kKeys) - 1;
    log = MustOpen();
    ASSERT_NE(log, nullptr);
    seen = Visit(*log, kKeys, 0);
    ASSERT_EQ(seen.size(), static_cast<size_t>(last) + 1);
    EXPECT_EQ(seen.back().value, absl::StrCat("value ", i));
    compacted = seen[1].id.absent();
  }
  EXPECT_TRUE(compacted) << "the broker's cleaner did not come";
  EXPECT_FALSE(seen[0].id.absent()) << "the genesis record has a key of its own";
  for (size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].offset, static_cast<Offset>(i));
    EXPECT_TRUE(!seen[i].id.absent() || seen[i].value.empty());
  }
}

// 12 MiB, of which a tail holds 4 at most, and one that was just opened 256 records.
class KafkaLogPast : public KafkaLogTest {
 protected:
  static constexpr Offset kRecords = 3000;
  static std::string ValueAt(Offset offset) {
    return absl::StrCat("value ", offset, " ", std::string(4000, static_cast<char>(offset)));
  }
  void SetUp() override {
    log_ = MustOpen();
    ASSERT_NE(log_, nullptr);
    for (Offset offset = 1; offset <= kRecords;) {
      std::vector<std::string> values;
      for (int i = 0; i < 500; ++i) values.push_back(ValueAt(offset++));
      ASSERT_TRUE(AppendAndWait(*log_, kFirst, values).ok());
    }
  }
  void ExpectAt(EventLog& log, Offset from, int64_t max) {
    const std::vector<Seen> seen = Visit(log, kFirst, from, max);
    ASSERT_EQ(seen.size(), static_cast<size_t>(std::min(max, kRecords + 1 - from))) << from;
    for (size_t i = 0; i < seen.size(); ++i) {
      EXPECT_EQ(seen[i].offset, from + static_cast<Offset>(i));
      EXPECT_EQ(seen[i].value, ValueAt(seen[i].offset));
    }
  }
  std::unique_ptr<KafkaLog> log_;
};

TEST_F(KafkaLogPast, IsReadInOrderFromAnywhere) {
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  for (int i = 0; i < 60; ++i) {
    const Offset from = 1 + static_cast<Offset>(random() % kRecords);
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    ExpectAt(*log_, from, 1 + static_cast<int64_t>(random() % 50));
    if (i % 10 != 0) continue;
    ASSERT_TRUE(AppendAndWait(*log_, {Topic::kHistory, 1}, {"tail"}).ok());
  }
}

TEST_F(KafkaLogPast, IsCaughtUpWithInWindows) {
  log_ = MustOpen();
  for (Offset from = 1; from <= kRecords; from += 700) ExpectAt(*log_, from, 700);
}

TEST_F(KafkaLogPast, IsReadBySeveralThreads) {
  log_ = MustOpen();
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&, i] {
      for (Offset from = 1 + 300 * i; from <= kRecords; from += 500) ExpectAt(*log_, from, 100);
    });
  }
  for (std::thread& reader : readers) reader.join();
}

TEST_F(KafkaLogPast, GoesOnWhereTheVisitorStopped) {
  Offset last = 0;
  const auto next = log_->Read(kFirst, 1, kRecords, [&](Offset offset, const RecordView&) {
    last = offset;
    return offset < 100;
  });
  EXPECT_EQ(*next, 101);
  EXPECT_EQ(last, 100);
  ExpectAt(*log_, *next, 10);
}

TEST_F(KafkaLogPast, IsDamagedWhenRecordsWereDeleted) {
  Stranger().Truncate(TopicOf(Topic::kHistory), 0, 1000);
  const auto read = log_->Read(kFirst, 500, 1, [](Offset, const RecordView&) { return true; });
  EXPECT_TRUE(absl::IsDataLoss(read.status())) << read.status();
  EXPECT_THAT(std::string(read.status().message()), HasSubstr(TopicOf(Topic::kHistory)));
  log_.reset();
  const auto again = KafkaLog::Open(Options());
  EXPECT_TRUE(absl::IsDataLoss(again.status())) << again.status();
}

}  // namespace
}  // namespace tierline::log
