#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "escalation/escalation.h"
#include "intake/intake.h"
#include "runtime/log/memory_log.h"
#include "runtime/partition/processor.h"
#include "tests/kit/directory_log.h"
#include "tests/kit/intake_commands.h"
#include "tests/kit/keys.h"
#include "tests/kit/ports.h"

// Deadlines follow a real directory, through the processor and over the death of replicas.

namespace tierline::escalation {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr log::TopicPartition kPartition{log::Topic::kHistory, 0};
constexpr char kInquiry[] = "0190a000-0000-8000-8000-000000000001";

// Everything that outlives a replica.
struct Ground {
  testing::SeededRandom random;
  log::MemoryLog log{1, random};
  testing::FakeClock clock;
  kit::DirectoryLog directory{"demo-2345"};
  int64_t position = 1;

  partition::DirectoryAt At() {
    const auto* now = directory.service().current();
    if (now == nullptr) return {};
    now = &now->At(clock.Now());
    return {.directory = now, .position = position, .zone = now->zone(), .edition = now->edition()};
  }
  // The same pack with other working days for all that has no limit of its own, in force from
  // `effective` on; empty: at once.
  void Publish(int working_days, const std::string& effective = "") {
    directory.PublishWith(
        [&](directory::v1::PackPart* tables) {
          for (auto& limit : *tables->mutable_policies(0)->mutable_limits()) {
            if (limit.id() == "default") limit.set_working_days(working_days);
          }
        },
        effective);
    ASSERT_EQ(directory.reason(), "accepted");
    ++position;
  }
  std::vector<Event> All(Event::EventCase arm) {
    std::vector<Event> all;
    const auto read = log.Read(kPartition, 0, 1000, [&](Offset, const RecordView& record) {
      Event event;
      event.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()));
      if (event.event_case() == arm) all.push_back(event);
      return true;
    });
    EXPECT_TRUE(read.ok());
    return all;
  }
};

class Node {
 public:
  Node(Ground* ground, std::string name) : ground_(ground), keys_(name) {
    std::vector<std::unique_ptr<Service>> services;
    services.push_back(std::make_unique<intake::IntakeService>());
    services.push_back(std::make_unique<EscalationService>());
    processor_ = std::make_unique<partition::Processor>(
        kPartition, std::make_unique<partition::Fold>("", std::move(services), nullptr),
        partition::Ports{.log = &ground->log,
                         .clock = &ground->clock,
                         .random = &ground->random,
                         .sealer = &sealer_,
                         .keys = &keys_,
                         .directory = [ground] { return ground->At(); }},
        partition::ProcessorOptions{.instance = name});
    EXPECT_TRUE(processor_->Start().ok());
  }
  void Own() {
    processor_->SetAssigned(base::v1::SERVICE_INTAKE, true);
    processor_->SetAssigned(base::v1::SERVICE_ESCALATION, true);
    Settle();
  }
  void Send(const intake::v1::Command& body) {
    Command command;
    command.service = base::v1::SERVICE_INTAKE;
    command.subject = kInquiry;
    command.request_id = MakeUuidV7(1, 0, ++requests_);
    command.body = std::make_unique<intake::v1::Command>(body);
    processor_->Submit(std::move(command), [](const partition::CommandResult& result) {
      EXPECT_TRUE(result.status.ok() && !result.rejection) << result.rejection->reason;
    });
    Settle();
  }
  void Settle() {
    for (int i = 0; i < 8; ++i) {
      processor_->Decide();
      ground_->log.Poll(absl::ZeroDuration());
      EXPECT_TRUE(processor_->ReadBack().ok());
    }
  }
  partition::Processor* operator->() { return processor_.get(); }
  const state::v1::Deadline& Clock() {
    return (*processor_->fold().Find(kInquiry))->escalation().deadlines(0);
  }

 private:
  Ground* const ground_;
  testing::FakeSealer sealer_;
  testing::FakeKeys keys_;
  std::unique_ptr<partition::Processor> processor_;
  uint64_t requests_ = 0;
};

class RecomputeProcessorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ground_.directory.At("2026-05-01 09:00:00");
    ground_.Publish(5);
    node_ = std::make_unique<Node>(&ground_, "a");
    node_->Own();
    node_->Send(testing::OpenByHand("920300", "billing"));
    node_->Send(testing::Register());
    ASSERT_THAT(ground_.All(Event::kDeadlineSet), SizeIs(1));
    first_due_ms_ = node_->Clock().due_at_ms();
  }
  std::vector<Event> Recomputed() { return ground_.All(Event::kDeadlineRecomputed); }

  Ground ground_;
  std::unique_ptr<Node> node_;
  int64_t first_due_ms_ = 0;
};

//
TEST_F(RecomputeProcessorTest, SaysSoOnceWhenAnotherPackIsInForce) {
  EXPECT_THAT(Recomputed(), IsEmpty());
  ground_.Publish(7);
  node_->Settle();
  ASSERT_THAT(Recomputed(), SizeIs(1));
  EXPECT_GT(node_->Clock().due_at_ms(), first_due_ms_);
  EXPECT_EQ(Recomputed()[0].deadline_recomputed().previous_due_at_ms(), first_due_ms_);
  EXPECT_EQ(Recomputed()[0].directory(), ground_.position);
  node_->Settle();
  EXPECT_THAT(Recomputed(), SizeIs(1));
}

// lines are facts of their own; no snapshot is another one because of them.
TEST_F(RecomputeProcessorTest, SleepsThroughAStepOfALine) {
  const uint64_t edition = ground_.At().edition;
  ground_.directory.Step(directory::v1::LINE_STEP_SUSPEND, {kit::DirectoryLog::Line("910000")});
  ASSERT_EQ(ground_.directory.reason(), "accepted");
  ++ground_.position;
  EXPECT_EQ(ground_.At().edition, edition);
}

// published now, in force later.
TEST_F(RecomputeProcessorTest, WaitsForTheInstantFromWhichTheChangeIsInForce) {
  ground_.Publish(7, "2026-05-30 00:00:00");
  node_->Settle();
  EXPECT_THAT(Recomputed(), IsEmpty());
  ground_.clock.Advance(ground_.directory.TimeOf("2026-05-30 00:00:00") - ground_.clock.Now());
  EXPECT_EQ((*node_)->NextWork(), absl::InfinitePast());
  node_->Settle();
  EXPECT_THAT(Recomputed(), SizeIs(1));
}

// the replica dies with the event in the log and not read back, and a second time
// before it appended anything.
TEST_F(RecomputeProcessorTest, SaysSoOnceAlthoughReplicasDieInBetween) {
  ground_.Publish(7);
  (*node_)->Decide();
  ground_.log.Poll(absl::ZeroDuration());
  node_ = std::make_unique<Node>(&ground_, "b");
  node_->Own();
  EXPECT_THAT(Recomputed(), SizeIs(1));
  ground_.Publish(9);
  node_ = std::make_unique<Node>(&ground_, "c");
  node_->Own();
  ASSERT_THAT(Recomputed(), SizeIs(2));
  EXPECT_EQ(Recomputed()[1].deadline_recomputed().previous_due_at_ms(),
            Recomputed()[0].deadline_recomputed().due_at_ms());
}

// the old owner and the new one both look; the log takes one.
TEST_F(RecomputeProcessorTest, SaysSoOnceAlthoughTheOwnershipMoves) {
  Node next(&ground_, "b");
  ground_.Publish(7);
  next->SetAssigned(base::v1::SERVICE_ESCALATION, true);
  next->Decide();  // claims
  ground_.log.Poll(absl::ZeroDuration());
  (*node_)->Decide();  // has not heard of it: what it appends is void
  ground_.log.Poll(absl::ZeroDuration());
  next.Settle();
  node_->Settle();
  EXPECT_EQ(next.Clock().recomputed(), 1);
  EXPECT_EQ(node_->Clock().due_at_ms(), next.Clock().due_at_ms());
}

// the old due instant comes and nothing is missed; the new one comes and it is.
TEST_F(RecomputeProcessorTest, MissesAtTheNewDueInstantOnly) {
  ground_.Publish(7);
  node_->Settle();
  const int64_t due_ms = node_->Clock().due_at_ms();
  ground_.clock.Advance(absl::FromUnixMillis(due_ms - 1) - ground_.clock.Now());
  node_->Settle();
  EXPECT_THAT(ground_.All(Event::kDeadlineMissed), IsEmpty());
  EXPECT_THAT(ground_.All(Event::kDeadlineWarned), SizeIs(1));
  ground_.clock.Advance(absl::Milliseconds(1));
  node_->Settle();
  ASSERT_THAT(ground_.All(Event::kDeadlineMissed), SizeIs(1));
  EXPECT_EQ(ground_.All(Event::kDeadlineMissed)[0].deadline_missed().due_at_ms(), due_ms);
  ground_.Publish(9);
  node_->Settle();
  EXPECT_THAT(Recomputed(), SizeIs(1));  // missed stays missed
}

}  // namespace
}  // namespace tierline::escalation
