#include "runtime/log/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/event_types.h"
#include "runtime/log/append_queue.h"
#include "runtime/log/genesis.h"
#include "runtime/log/kafka_log.h"
#include "runtime/log/memory_log.h"
#include "runtime/log/rocks_log.h"
#include "tests/kit/kafka.h"
#include "tests/kit/log_driver.h"
#include "tests/kit/ports.h"
#include "tests/kit/scratch_dir.h"

// What runtime/log/event_log.h promises, for every engine.

namespace tierline::log {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using tierline::testing::AppendAndWait;
using tierline::testing::KafkaBroker;
using tierline::testing::PollUntil;
using tierline::testing::RecordOf;
using tierline::testing::RecordsOf;
using tierline::testing::ScratchTopics;
using tierline::testing::ValuesFrom;

struct Engine {
  std::string name;
  // Opens the log that lives in `dir`, or founds it.
  std::function<absl::StatusOr<std::unique_ptr<EventLog>>(const std::string& dir,
                                                          int32_t partitions)>
      open;
  // Removes what is not in `dir`.
  std::function<void(const std::string& dir)> remove = [](const std::string&) {};
};

Engine Memory() {
  return {"Memory",
          [](const std::string&, int32_t partitions) -> absl::StatusOr<std::unique_ptr<EventLog>> {
            tierline::testing::SeededRandom random;
            return std::make_unique<MemoryLog>(partitions, random);
          }};
}

Engine Rocks() {
  return {
      "Rocks",
      [](const std::string& dir, int32_t partitions) -> absl::StatusOr<std::unique_ptr<EventLog>> {
        return RocksLog::Open(dir, {.partitions = partitions});
      }};
}

// Topics under a name that belongs to `dir`, on the broker that ctest starts.
Engine Kafka() {
  const auto prefix = [](const std::string& dir) {
    return absl::StrCat(std::filesystem::path(dir).parent_path().filename().string(), ".");
  };
  return {"Kafka",
          [prefix](const std::string& dir,
                   int32_t partitions) -> absl::StatusOr<std::unique_ptr<EventLog>> {
            return KafkaLog::Open({.connection = {.bootstrap_servers = KafkaBroker()},
                                   .partitions = partitions,
                                   .replication = 1,
                                   .topic_prefix = prefix(dir)});
          },
          [prefix](const std::string& dir) { ScratchTopics(prefix(dir)); }};
}

constexpr int32_t kPartitions = 3;
constexpr TopicPartition kFirst{Topic::kHistory, 0};
constexpr TopicPartition kLast{Topic::kHistory, kPartitions - 1};

class EventLogContract : public ::testing::TestWithParam<Engine> {
 protected:
  void SetUp() override { Open(); }
  void TearDown() override {
    log_.reset();
    GetParam().remove(dir_ / "log");
  }
  void Open() {
    log_.reset();
    auto log = GetParam().open(dir_ / "log", kPartitions);
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }

  tierline::testing::ScratchDir dir_;
  std::unique_ptr<EventLog> log_;
};

TEST_P(EventLogContract, FoundsEveryPartitionWithAGenesisRecordOfTheSameLog) {
  std::string log_id;
  for (const TopicPartition of : AllPartitions(kPartitions)) {
    EXPECT_EQ(*log_->End(of), 1);
    const auto next = log_->Read(of, 0, 10, [&](Offset offset, const RecordView& record) {
      EXPECT_EQ(offset, 0);
      const absl::StatusOr<GenesisFacts> facts = ReadGenesis(record);
      EXPECT_TRUE(facts.ok()) << facts.status();
      EXPECT_EQ(facts->partitions, kPartitions);
      if (log_id.empty()) log_id = facts->log_id.ToString();
      EXPECT_EQ(facts->log_id.ToString(), log_id);
      return true;
    });
    EXPECT_EQ(*next, 1);
  }
}

TEST_P(EventLogContract, HasOnePartitionOfTheDirectoryAndOneOfTheKeys) {
  EXPECT_EQ(log_->Partitions(Topic::kHistory), kPartitions);
  EXPECT_EQ(log_->Partitions(Topic::kDirectory), 1);
  EXPECT_EQ(log_->Partitions(Topic::kKeys), 1);
}

TEST_P(EventLogContract, KeepsTheOrderOfAppends) {
  ASSERT_TRUE(AppendAndWait(*log_, kFirst, {"a", "b"}).ok());
  ASSERT_TRUE(AppendAndWait(*log_, kFirst, {"c"}).ok());
  EXPECT_THAT(*ValuesFrom(*log_, kFirst, 1), ElementsAre("a", "b", "c"));
  EXPECT_EQ(*log_->End(kFirst), 4);
}

TEST_P(EventLogContract, ReturnsEveryFieldOfARecord) {
  const std::string prev(32, 'p');
  const RecordView record{.id = MakeUuidV7(5, 6, 7),
                          .type = "tierline.test.v1",
                          .source = base::v1::SERVICE_INTAKE,
                          .subject = "office/000000",
                          .time_ms = 1'780'000'000'123,
                          .causation = MakeUuidV7(8, 9, 10),
                          .command = MakeUuidV7(11, 12, 13),
                          .epoch = MakeUuidV7(14, 15, 16),
                          .seq = 17,
                          .prev = prev,
                          .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                          .value = "value"};
  bool done = false;
  ASSERT_TRUE(
      log_->Append(kFirst, {&record, 1}, [&](absl::Status status) { done = status.ok(); }).ok());
  ASSERT_TRUE(PollUntil(*log_, [&] { return done; }));
  int visits = 0;
  ASSERT_TRUE(log_->Read(kFirst, 1, 1,
                         [&](Offset, const RecordView& read) {
                           ++visits;
                           EXPECT_EQ(read.id, record.id);
                           EXPECT_EQ(read.type, record.type);
                           EXPECT_EQ(read.source, record.source);
                           EXPECT_EQ(read.subject, record.subject);
                           EXPECT_EQ(read.time_ms, record.time_ms);
                           EXPECT_EQ(read.causation, record.causation);
                           EXPECT_EQ(read.command, record.command);
                           EXPECT_EQ(read.epoch, record.epoch);
                           EXPECT_EQ(read.seq, record.seq);
                           EXPECT_EQ(read.prev, record.prev);
                           EXPECT_EQ(read.traceparent, record.traceparent);
                           EXPECT_EQ(read.value, record.value);
                           return true;
                         })
                  .ok());
  EXPECT_EQ(visits, 1);
}

TEST_P(EventLogContract, ShowsNothingBeforeItIsCommitted) {
  bool done = false;
  const std::vector<std::string> values = {"a"};
  ASSERT_TRUE(log_->Append(kFirst, RecordsOf(values), [&](absl::Status) { done = true; }).ok());
  EXPECT_FALSE(done) << "called back from Append";
  EXPECT_EQ(*log_->End(kFirst), 1);
  ASSERT_TRUE(PollUntil(*log_, [&] { return done; }));
  EXPECT_EQ(*log_->End(kFirst), 2);
}

TEST_P(EventLogContract, CopiesWhatIsAppended) {
  std::string value = "before";
  bool done = false;
  const RecordView record = RecordOf(value);
  ASSERT_TRUE(log_->Append(kFirst, {&record, 1}, [&](absl::Status) { done = true; }).ok());
  value = "after!";
  ASSERT_TRUE(PollUntil(*log_, [&] { return done; }));
  EXPECT_THAT(*ValuesFrom(*log_, kFirst, 1), ElementsAre("before"));
}

TEST_P(EventLogContract, CallsBackInTheOrderOfTheAppendsOfAPartition) {
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) {
    const RecordView record = RecordOf("x");
    ASSERT_TRUE(log_->Append(kFirst, {&record, 1},
                             [&order, i](absl::Status status) {
                               EXPECT_TRUE(status.ok());
                               order.push_back(i);
                             })
                    .ok());
  }
  ASSERT_TRUE(PollUntil(*log_, [&] { return order.size() == 100; }));
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_P(EventLogContract, HasTheRecordsReadableWhenItCallsBack) {
  Offset end = 0;
  bool done = false;
  const RecordView record = RecordOf("x");
  ASSERT_TRUE(log_->Append(kFirst, {&record, 1},
                           [&](absl::Status) {
                             end = *log_->End(kFirst);
                             done = true;
                           })
                  .ok());
  ASSERT_TRUE(PollUntil(*log_, [&] { return done; }));
  EXPECT_EQ(end, 2);
}

TEST_P(EventLogContract, AcceptsAppendsFromACallback) {
  int done = 0;
  const RecordView record = RecordOf("x");
  ASSERT_TRUE(
      log_->Append(
              kFirst, {&record, 1},
              [&](absl::Status) {
                ++done;
                EXPECT_TRUE(log_->Append(kFirst, {&record, 1}, [&](absl::Status) { ++done; }).ok());
              })
          .ok());
  ASSERT_TRUE(PollUntil(*log_, [&] { return done == 2; }));
  EXPECT_EQ(*log_->End(kFirst), 3);
}

TEST_P(EventLogContract, KeepsPartitionsAndTopicsApart) {
  int done = 0;
  const std::vector<TopicPartition> all = AllPartitions(kPartitions);
  std::vector<std::string> values;
  for (size_t i = 0; i < all.size(); ++i) values.push_back(absl::StrCat("of ", i));
  for (int round = 0; round < 5; ++round) {  // interleaved, in one Poll
    for (size_t i = 0; i < all.size(); ++i) {
      const RecordView record = RecordOf(values[i]);
      ASSERT_TRUE(
          log_->Append(all[i], {&record, 1}, [&](absl::Status status) { done += status.ok(); })
              .ok());
    }
  }
  ASSERT_TRUE(PollUntil(*log_, [&] { return done == static_cast<int>(5 * all.size()); }));
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_THAT(*ValuesFrom(*log_, all[i], 1),
                ::testing::AllOf(::testing::SizeIs(5), ::testing::Each(values[i])));
  }
}

TEST_P(EventLogContract, ReadsAWindow) {
  ASSERT_TRUE(AppendAndWait(*log_, kLast, {"1", "2", "3", "4", "5"}).ok());
  std::vector<std::string> seen;
  const auto see = [&](Offset offset, const RecordView& record) {
    EXPECT_EQ(absl::StrCat(offset), std::string(record.value));
    seen.emplace_back(record.value);
    return true;
  };
  EXPECT_EQ(*log_->Read(kLast, 2, 3, see), 5);
  EXPECT_THAT(seen, ElementsAre("2", "3", "4"));
  seen.clear();
  EXPECT_EQ(*log_->Read(kLast, 4, 100, see), 6);
  EXPECT_THAT(seen, ElementsAre("4", "5"));
  seen.clear();
  EXPECT_EQ(*log_->Read(kLast, 4, 0, see), 4);
  EXPECT_THAT(seen, IsEmpty());
}

TEST_P(EventLogContract, StopsAfterTheRecordAtWhichTheVisitorSaysSo) {
  ASSERT_TRUE(AppendAndWait(*log_, kFirst, {"1", "2", "3"}).ok());
  EXPECT_EQ(
      *log_->Read(kFirst, 1, 100, [](Offset offset, const RecordView&) { return offset < 2; }), 3);
}

TEST_P(EventLogContract, VisitsNothingAtTheEnd) {
  EXPECT_EQ(*log_->Read(kFirst, 1, 10,
                        [](Offset, const RecordView&) {
                          ADD_FAILURE();
                          return true;
                        }),
            1);
}

TEST_P(EventLogContract, RefusesToReadBeyondTheEnd) {
  const auto ignore = [](Offset, const RecordView&) { return true; };
  EXPECT_TRUE(absl::IsOutOfRange(log_->Read(kFirst, 2, 10, ignore).status()));
  EXPECT_TRUE(absl::IsOutOfRange(log_->Read(kFirst, -1, 10, ignore).status()));
}

TEST_P(EventLogContract, RefusesAPartitionThatItDoesNotHave) {
  const RecordView record = RecordOf("x");
  for (const TopicPartition none :
       {TopicPartition{Topic::kHistory, kPartitions}, TopicPartition{Topic::kHistory, -1},
        TopicPartition{Topic::kDirectory, 1}, TopicPartition{Topic::kKeys, 1}}) {
    EXPECT_TRUE(absl::IsInvalidArgument(
        log_->Append(none, {&record, 1}, [](absl::Status) { ADD_FAILURE(); })));
    EXPECT_TRUE(absl::IsInvalidArgument(log_->End(none).status()));
    EXPECT_TRUE(absl::IsInvalidArgument(
        log_->Read(none, 0, 1, [](Offset, const RecordView&) { return true; }).status()));
  }
  log_->Poll(absl::ZeroDuration());
}

TEST_P(EventLogContract, TakesARecordOfAlmostOneMebibyteAndRefusesALargerOne) {
  const std::string fits((1 << 20) - 1024, 'x');
  EXPECT_TRUE(AppendAndWait(*log_, kFirst, {fits}).ok());
  EXPECT_THAT(*ValuesFrom(*log_, kFirst, 1), ElementsAre(fits));
  const std::string large((1 << 20) + 1, 'x');
  EXPECT_TRUE(absl::IsInvalidArgument(AppendAndWait(*log_, kFirst, {"small", large})));
  EXPECT_EQ(*log_->End(kFirst), 2) << "all or none";
}

TEST_P(EventLogContract, BoundsItsQueueAndWorksOnAfterAPoll) {
  size_t accepted = 0;
  size_t delivered = 0;
  const RecordView record = RecordOf("x");
  absl::Status status;
  while (accepted < 10 * kQueuedRecordsMax) {
    status = log_->Append(kFirst, {&record, 1}, [&](absl::Status each) { delivered += each.ok(); });
    if (!status.ok()) break;
    ++accepted;
  }
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  ASSERT_TRUE(PollUntil(*log_, [&] { return delivered == accepted; }));
  EXPECT_TRUE(AppendAndWait(*log_, kFirst, {"after"}).ok());
  EXPECT_EQ(*log_->End(kFirst), static_cast<Offset>(accepted + 2));
}

TEST_P(EventLogContract, BoundsTheBytesOfItsQueue) {
  const std::string value((1 << 20) - 1024, 'x');
  const RecordView record = RecordOf(value);
  size_t accepted = 0;
  size_t done = 0;
  while (accepted < 1000 && log_->Append(kFirst, {&record, 1}, [&](absl::Status) { ++done; }).ok())
    ++accepted;
  EXPECT_LT(accepted, 1000u);
  EXPECT_TRUE(PollUntil(*log_, [&] { return done == accepted; }));
}

TEST_P(EventLogContract, HasReadToTheEndWhenItIsRefreshed) {
  ASSERT_TRUE(AppendAndWait(*log_, kFirst, {"a", "b"}).ok());
  bool done = false;
  log_->Refresh(kFirst, [&](absl::Status status) {
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(*log_->End(kFirst), 3);
    done = true;
  });
  EXPECT_TRUE(PollUntil(*log_, [&] { return done; }));
}

TEST_P(EventLogContract, ReadsFromAnotherThreadWhileItsOwnAppends) {
  std::vector<std::string> values;
  for (int i = 0; i < 2000; ++i) values.push_back(absl::StrCat("value ", i));
  ASSERT_TRUE(AppendAndWait(*log_, kFirst, values).ok());
  ASSERT_EQ(ValuesFrom(*log_, kFirst, 1)->size(), values.size());
  std::vector<std::string> seen;
  absl::StatusOr<Offset> next = 0;
  std::atomic<bool> done{false};
  std::thread reader([&] {
    next = log_->ReadAside(kFirst, 1, 2001, [&](Offset offset, const RecordView& record) {
      EXPECT_EQ(offset, static_cast<Offset>(seen.size()) + 1);
      seen.emplace_back(record.value);
      return true;
    });
    done = true;
  });
  do {
    ASSERT_TRUE(AppendAndWait(*log_, kFirst, {"meanwhile"}).ok());
  } while (!done);
  reader.join();
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(*next, 2001);
  EXPECT_EQ(seen, values);
}

TEST_P(EventLogContract, ReadsAsideUntilTheVisitorHasEnough) {
  ASSERT_TRUE(AppendAndWait(*log_, kFirst, {"one", "two", "three"}).ok());
  ASSERT_EQ(ValuesFrom(*log_, kFirst, 1)->size(), 3u);
  const auto next = log_->ReadAside(
      kFirst, 1, 4, [](Offset, const RecordView& record) { return record.value != "two"; });
  EXPECT_EQ(*next, 3);
  const TopicPartition unknown{Topic::kHistory, kPartitions};
  const auto refused =
      log_->ReadAside(unknown, 0, 1, [](Offset, const RecordView&) { return true; });
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << refused.status();
}

// Engines whose contents outlive the object.
class PersistentLogContract : public EventLogContract {};

TEST_P(PersistentLogContract, KeepsEverythingWhenItIsOpenedAgain) {
  std::vector<std::string> values;
  for (int i = 0; i < 5000; ++i) values.push_back(absl::StrCat("value ", i));
  ASSERT_TRUE(AppendAndWait(*log_, kLast, values).ok());
  Open();
  EXPECT_EQ(*ValuesFrom(*log_, kLast, 1), values);
  EXPECT_EQ(*log_->End(kFirst), 1);
  ASSERT_TRUE(AppendAndWait(*log_, kLast, {"after"}).ok());
  EXPECT_EQ(*log_->End(kLast), 5002);
  EXPECT_THAT(*ValuesFrom(*log_, kLast, 5000), ElementsAre("value 4999", "after"));
}

TEST_P(PersistentLogContract, RefusesToOpenWithAnotherNumberOfPartitions) {
  log_.reset();
  const auto other = GetParam().open(dir_ / "log", kPartitions + 1);
  EXPECT_TRUE(absl::IsFailedPrecondition(other.status())) << other.status();
  const auto fewer = GetParam().open(dir_ / "log", kPartitions - 1);
  EXPECT_TRUE(absl::IsFailedPrecondition(fewer.status())) << fewer.status();
}

const auto kNameOf = [](const auto& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(Engines, EventLogContract, ::testing::Values(Memory(), Rocks(), Kafka()),
                         kNameOf);
INSTANTIATE_TEST_SUITE_P(Engines, PersistentLogContract, ::testing::Values(Rocks(), Kafka()),
                         kNameOf);

// Vectors of Kafka's own UtilsTest; the sign bit is dropped, as toPositive does.
TEST(PartitionOf, AgreesWithKafkasClients) {
  constexpr int32_t kAllBits = 0x7fffffff;
  const std::vector<std::pair<std::string_view, int32_t>> vectors = {
      {"21", -973932308},
      {"foobar", -790332482},
      {"a-little-bit-long-string", -985981536},
      {"a-little-bit-longer-string", -1486304829},
      {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
      {"abc", 479470107}};
  for (const auto& [key, hash] : vectors) {
    EXPECT_EQ(PartitionOf(key, kAllBits), (hash & kAllBits) % kAllBits) << key;
    EXPECT_EQ(PartitionOf(key, 64), (hash & kAllBits) % 64) << key;
  }
}

TEST(TopicName, IsTheNameInKafka) {
  EXPECT_EQ(TopicName(Topic::kHistory), "tierline.history.v1");
  EXPECT_EQ(TopicName(Topic::kDirectory), "tierline.directory.v1");
  EXPECT_EQ(TopicName(Topic::kKeys), "tierline.keys.v1");
}

}  // namespace
}  // namespace tierline::log
