// Publishing behind the folds: what, in which order, and from where on.
#include "runtime/partition/republisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/event_types.h"
#include "runtime/log/memory_log.h"
#include "tests/kit/keys.h"
#include "tests/kit/ports.h"
#include "tests/kit/toy_services.h"

namespace tierline::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kCount = 2;

// A public topic in memory that several publishers may share.
struct Published {
  Offset source;
  Uuid id;
  std::string value;
};
using Board = std::map<int32_t, std::vector<Published>>;

class FakePublicTopic final : public log::PublicTopic {
 public:
  explicit FakePublicTopic(Board* board) : board_(board) {}

  void Follow(int32_t partition, bool follows) override {
    if (!follows) places_.erase(partition);
    if (follows && !places_.contains(partition)) wanted_.insert(partition);
  }
  std::optional<log::PublicPlace> Place(int32_t partition) const override {
    const auto place = places_.find(partition);
    return place == places_.end() ? std::nullopt : std::optional(place->second);
  }
  absl::Status Publish(int32_t partition, const RecordView& record) override {
    if (room_ == 0) return absl::ResourceExhaustedError("full");
    --room_;
    log::PublicPlace& place = places_.at(partition);
    (*board_)[partition].push_back({place.next, record.id, std::string(record.value)});
    place = {place.next + 1, record.id};
    return absl::OkStatus();
  }
  void Pass(int32_t partition) override { ++places_.at(partition).next; }
  void Poll() override {
    if (!reachable_) return;
    for (const int32_t partition : wanted_) {
      const auto& published = (*board_)[partition];
      places_[partition] = published.empty()
                               ? log::PublicPlace{}
                               : log::PublicPlace{published.back().source + 1, published.back().id};
    }
    wanted_.clear();
  }
  size_t in_flight() const override { return 0; }

  void set_room(int64_t room) { room_ = room; }
  void set_reachable(bool reachable) { reachable_ = reachable; }
  // Something was lost on the way.
  void Lose(int32_t partition) {
    places_.erase(partition);
    wanted_.insert(partition);
  }

 private:
  Board* board_;
  std::map<int32_t, log::PublicPlace> places_;
  std::set<int32_t> wanted_;
  int64_t room_ = 1 << 30;
  bool reachable_ = true;
};

class RepublisherTest : public ::testing::Test {
 protected:
  // A process that follows all partitions, and publishes.
  struct Process {
    std::unique_ptr<partition::Partitions> partitions;
    std::unique_ptr<FakePublicTopic> topic;
    log::SoleMember membership;
    std::unique_ptr<partition::Republisher> republisher;
  };

  std::unique_ptr<partition::Processor> MakeProcessor(log::TopicPartition of) {
    partition::Ports ports{
        .log = &log_, .clock = &clock_, .random = &random_, .sealer = &sealer_, .keys = &keys_};
    ports.directory = [] { return partition::DirectoryAt{}; };
    std::vector<std::unique_ptr<Service>> services;
    services.push_back(MakeNotes());
    return std::make_unique<partition::Processor>(
        of, std::make_unique<partition::Fold>("", std::move(services), nullptr), ports,
        partition::ProcessorOptions{});
  }

  std::unique_ptr<Process> Start() {
    auto process = std::make_unique<Process>();
    std::vector<std::unique_ptr<partition::Processor>> history;
    for (int i = 0; i < kCount; ++i) history.push_back(MakeProcessor({log::Topic::kHistory, i}));
    process->partitions = std::make_unique<partition::Partitions>(
        std::move(history), MakeProcessor({log::Topic::kDirectory, 0}));
    EXPECT_TRUE(process->partitions->Start(1).ok());
    process->topic = std::make_unique<FakePublicTopic>(&board_);
    process->republisher = std::make_unique<partition::Republisher>(partition::Republisher::Ports{
        process->partitions.get(), &log_, process->topic.get(), &process->membership});
    return process;
  }

  void Publish(Process* process, int rounds = 20) {
    for (int i = 0; i < rounds; ++i) {
      now_ += absl::Milliseconds(20);
      ASSERT_TRUE(process->partitions->Step(&log_, now_).ok());
      process->republisher->FollowMembership(now_);
      process->republisher->Step(now_);
    }
  }

  // Valid events: one epoch for each partition, which is claimed first.
  Uuid Append(int32_t partition, std::string_view type, const Event& event,
              std::string_view subject) {
    const std::string value = event.SerializeAsString();
    Writer& writer = writers_[partition];
    RecordView record = {.id = MakeUuidV7(1, ++ids_, 0),
                         .type = type,
                         .source = kNotes,
                         .subject = subject,
                         .time_ms = 1,
                         .value = value};
    if (type == kOwnerClaimed) {
      writer = {record.id, 0};
    } else {
      record.seq = writer.seq++;
    }
    record.epoch = writer.epoch;
    EXPECT_TRUE(
        log_.Append({log::Topic::kHistory, partition}, {&record, 1}, [](absl::Status) {}).ok());
    log_.Poll(absl::ZeroDuration());
    return record.id;
  }
  void Claim(int32_t partition) {
    Event event;
    event.mutable_owner_claimed()->set_service(kNotes);
    Append(partition, kOwnerClaimed, event, "");
  }
  // A type without prev, so that any is valid.
  Uuid AppendEvent(int32_t partition = 0) {
    Event event;
    event.set_subject("s");
    event.set_content("fingerprint");
    event.mutable_call_reported()->set_sequence(7);
    return Append(partition, "tierline.routing.call-reported.v1", event, "s");
  }

  std::vector<Uuid> Ids(int32_t partition = 0) {
    std::vector<Uuid> ids;
    for (const Published& each : board_[partition]) ids.push_back(each.id);
    return ids;
  }

  struct Writer {
    Uuid epoch;
    int64_t seq = 0;
  };
  FakeClock clock_;
  SeededRandom random_{1};
  log::MemoryLog log_{kCount, random_};
  FakeSealer sealer_;
  FakeKeys keys_;
  Board board_;
  std::map<int32_t, Writer> writers_;
  uint64_t ids_ = 0;
  absl::Time now_ = absl::FromUnixSeconds(1000);
};

TEST_F(RepublisherTest, PublishesValidEventsInOrderAndNothingElse) {
  Claim(0);
  const Uuid first = AppendEvent();
  ++writers_[0].seq;  // the next ones name a wrong seq
  AppendEvent();
  AppendEvent();
  Claim(0);
  const Uuid second = AppendEvent();
  auto process = Start();
  Publish(process.get());
  EXPECT_THAT(Ids(), ElementsAre(first, second));
  EXPECT_EQ(process->republisher->Counts().published, 2);
  EXPECT_EQ(process->republisher->Counts().lag, 0);
}

TEST_F(RepublisherTest, PublishesWhatMayLeaveTheHouse) {
  Claim(0);
  AppendEvent();
  auto process = Start();
  Publish(process.get());
  ASSERT_EQ(board_[0].size(), 1U);
  EXPECT_EQ(board_[0][0].value.find("fingerprint"), std::string::npos);
  EXPECT_EQ(board_[0][0].source, 2);  // behind genesis and claim
}

TEST_F(RepublisherTest, GoesOnBehindTheLastPublishedEvent) {
  Claim(0);
  const Uuid first = AppendEvent();
  Publish(Start().get());
  const Uuid second = AppendEvent();
  Publish(Start().get());
  EXPECT_THAT(Ids(), ElementsAre(first, second));
}

TEST_F(RepublisherTest, PublishesAgainWhatWasLostOnTheWay) {
  Claim(0);
  const Uuid first = AppendEvent();
  auto process = Start();
  Publish(process.get());
  const Uuid second = AppendEvent();
  Publish(process.get());
  board_[0].pop_back();
  process->topic->Lose(0);
  Publish(process.get());
  EXPECT_THAT(Ids(), ElementsAre(first, second));
}

TEST_F(RepublisherTest, WaitsWhileTheQueueIsFullAndLosesNothing) {
  Claim(0);
  std::vector<Uuid> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(AppendEvent());
  auto process = Start();
  process->topic->set_room(2);
  Publish(process.get());
  EXPECT_EQ(Ids().size(), 2U);
  EXPECT_EQ(process->republisher->Counts().lag, 3);
  process->topic->set_room(100);
  Publish(process.get());
  EXPECT_EQ(Ids(), ids);
}

TEST_F(RepublisherTest, CountsEverythingAsLagWhileNobodyKnowsHowFarTheTopicIs) {
  Claim(0);
  AppendEvent();
  auto process = Start();
  process->topic->set_reachable(false);
  Publish(process.get());
  EXPECT_THAT(Ids(), IsEmpty());
  EXPECT_EQ(process->republisher->Counts().lag, 3 + 1);  // the other partition has its genesis
}

TEST_F(RepublisherTest, BringsLongHistoriesUpToDateOneAfterTheOther) {
  for (int partition = 0; partition < kCount; ++partition) {
    Claim(partition);
    for (int i = 0; i < 3000; ++i) AppendEvent(partition);
  }
  auto process = Start();
  Publish(process.get(), 4);
  EXPECT_GT(board_[0].size(), 1000U);
  EXPECT_EQ(board_[1].size(), 0U);
  Publish(process.get(), 20);
  EXPECT_EQ(board_[0].size(), 3000U);
  EXPECT_EQ(board_[1].size(), 3000U);
}

TEST_F(RepublisherTest, LeavesATopicOfAnotherLogAlone) {
  Claim(0);
  AppendEvent();
  board_[0].push_back({1, MakeUuidV7(9, 9, 9), ""});
  auto process = Start();
  Publish(process.get());
  EXPECT_EQ(Ids().size(), 1U);
  EXPECT_GT(process->republisher->Counts().lag, 0);
}

TEST_F(RepublisherTest, WaitsForABuildThatKnowsTheType) {
  Claim(0);
  const Uuid first = AppendEvent();
  Event event;
  event.set_subject("s");
  Append(0, "tierline.routing.call-parked.v1", event, "s");
  AppendEvent();
  auto process = Start();
  Publish(process.get());
  EXPECT_THAT(Ids(), ElementsAre(first));
  EXPECT_EQ(process->republisher->Counts().lag, 2);
}

}  // namespace
}  // namespace tierline::testing
