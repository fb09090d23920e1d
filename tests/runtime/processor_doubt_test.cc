#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/replica.h"

// What a processor does with callers and pending events while the outcome of an append is in doubt.

namespace tierline::testing {
namespace {

using Fault = FlakyLog::Fault;

class DoubtTest : public ::testing::Test {
 protected:
  std::shared_ptr<Answer> SendWithin(absl::Duration patience, uint64_t request, std::string text) {
    Command command = MakeCommand(kNotes, kSubject, RequestId(request), std::move(text));
    command.deadline = clock_.Now() + patience;
    return a_.Send(std::move(command));
  }

  SeededRandom random_;
  log::MemoryLog memory_{1, random_};
  FlakyLog log_{&memory_};
  FakeClock clock_;
  Replica a_{&log_, &clock_, "a"};
};

TEST_F(DoubtTest, GivesUpWhatIsPendingWhenAnotherReplicaClaims) {
  a_.Own();
  log_.set_fault(Fault::kLost);
  const auto answer = a_.Send(1, "note");
  a_->SetAssigned(kNotes, false);  // so it will not claim again
  a_.Settle(2);
  log_.set_fault(Fault::kNone);
  Replica b(&log_, &clock_, "b");
  b->SetAssigned(kNotes, true);
  b.Settle(3);
  EXPECT_EQ(answer->replies, 0);
  a_.Settle(2);
  EXPECT_EQ(answer->status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(a_->pending(), 0u);
}

TEST_F(DoubtTest, AnswersEveryRetryAfterTheFirstCallerGaveUp) {
  a_.Own();
  log_.set_fault(Fault::kSilent);
  const auto first = SendWithin(absl::Milliseconds(5), 1, "note");
  a_->Decide();
  const auto retry = SendWithin(absl::Seconds(60), 1, "note");
  clock_.Advance(absl::Milliseconds(10));
  a_.Settle(2);
  EXPECT_EQ(first->status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(retry->replies, 0);
  log_.set_fault(Fault::kNone);
  a_.Send(2, "note");
  a_.Settle(3);
  EXPECT_TRUE(retry->accepted());
  EXPECT_EQ(first->replies, 1);
}

TEST_F(DoubtTest, AnswersEveryRetryAfterAnotherDecision) {
  a_.Own();
  log_.set_fault(Fault::kLost);
  const auto first = a_.Send(1, "note");
  const auto retry = a_.Send(1, "note");
  a_.Settle(2);
  log_.set_fault(Fault::kNone);
  clock_.Advance(absl::Seconds(3));
  a_.Settle();
  EXPECT_TRUE(first->accepted());
  EXPECT_TRUE(retry->accepted());
  EXPECT_EQ(retry->receipt.event_id(), first->receipt.event_id());
}

TEST_F(DoubtTest, KeepsTheDeadlineOfARetry) {
  a_.Own();
  log_.set_fault(Fault::kLateAndLost);
  SendWithin(absl::Seconds(60), 1, "note");
  const auto retry = SendWithin(absl::Milliseconds(5), 1, "note");
  a_.Settle(2);
  clock_.Advance(absl::Milliseconds(10));
  a_.Settle(2);
  EXPECT_EQ(retry->status.code(), absl::StatusCode::kUnavailable);
}

TEST_F(DoubtTest, DoesNotDecideForNobodyAgain) {
  a_.Own();
  log_.set_fault(Fault::kLateAndLost);
  const auto answer = SendWithin(absl::Milliseconds(5), 1, "note");
  a_.Settle(2);
  clock_.Advance(absl::Milliseconds(10));
  a_.Settle(2);
  EXPECT_EQ(answer->status.code(), absl::StatusCode::kUnavailable);
  log_.set_fault(Fault::kNone);
  clock_.Advance(-absl::Milliseconds(10));  // a clock may be set back
  a_.Settle(2);
  clock_.Advance(absl::Seconds(3));
  a_.Settle();
  EXPECT_EQ(CountOf(&memory_, Event::kNoteAdded), 0);
  EXPECT_EQ(answer->replies, 1);
}

TEST_F(DoubtTest, KeepsDeadlinesWhileTooMuchIsPending) {
  a_.options().pending_max = 1;
  a_.Restart();
  a_.Own();
  log_.set_fault(Fault::kLateAndLost);
  SendWithin(absl::Seconds(60), 1, "note");
  const auto waiting = SendWithin(absl::Milliseconds(5), 2, "note");
  a_.Settle(2);
  clock_.Advance(absl::Milliseconds(10));
  a_.Settle(1);
  EXPECT_EQ(waiting->status.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(DoubtTest, AnswersEverythingWhenItIsShutDown) {
  a_.Own();
  const auto first = a_.Send(1, "note");
  const auto retry = a_.Send(1, "note");
  a_->Decide();
  const auto queued = a_.Send(2, "note");
  a_->FailAll(absl::UnavailableError("the server stops"));
  for (const auto& answer : {first, retry, queued}) {
    EXPECT_EQ(answer->replies, 1);
    EXPECT_EQ(answer->status.code(), absl::StatusCode::kUnavailable);
  }
}

TEST_F(DoubtTest, ReadsAClaimThatArrivesLateAsTheEndOfItsOwn) {
  a_->SetAssigned(kNotes, true);
  log_.set_fault(Fault::kAppendedButReported);
  a_->Decide();
  memory_.Poll(absl::ZeroDuration());  // the claim is in the log
  log_.Poll(absl::ZeroDuration());     // and reported as lost
  log_.set_fault(Fault::kNone);
  const auto answer = a_.Send(1, "note");
  a_.Settle(2);
  EXPECT_FALSE(a_->Owns(kNotes));
  clock_.Advance(absl::Seconds(3));
  a_.Settle();
  EXPECT_TRUE(a_->Owns(kNotes));
  EXPECT_TRUE(answer->accepted());
}

}  // namespace
}  // namespace tierline::testing
