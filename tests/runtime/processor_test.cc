#include "runtime/partition/processor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/replica.h"

namespace tierline::testing {
namespace {

using Fault = FlakyLog::Fault;

class ProcessorTest : public ::testing::Test {
 protected:
  SeededRandom random_;
  log::MemoryLog memory_{1, random_};
  FlakyLog log_{&memory_};
  FakeClock clock_;
  Replica a_{&log_, &clock_, "a"};
};

TEST_F(ProcessorTest, DecidesNothingBeforeItsOwnClaimIsReadBack) {
  const auto answer = a_.Send(1, "note first");
  a_->SetAssigned(kNotes, true);
  EXPECT_FALSE(a_->Decide());  // the claim is appended
  EXPECT_FALSE(a_->Decide());  // and not yet read
  EXPECT_FALSE(a_->Owns(kNotes));
  log_.Poll(absl::ZeroDuration());
  EXPECT_FALSE(a_->Decide());  // durable, and still not read
  ASSERT_TRUE(a_->ReadBack().ok());
  EXPECT_TRUE(a_->Owns(kNotes));
  EXPECT_TRUE(a_->Decide());
  EXPECT_EQ(answer->replies, 0);
  a_.Step();
  EXPECT_TRUE(answer->accepted());
}

TEST_F(ProcessorTest, RefusesWhatItDoesNotOwnAndNamesTheOwner) {
  a_.Own();
  Replica b(&log_, &clock_, "b");
  const auto answer = b.Send(1, "note");
  b.Step();
  EXPECT_EQ(answer->status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(answer->owner_endpoint, "a:8000");
}

TEST_F(ProcessorTest, AnswersOnlyWhatIsReadBackAndDelivered) {
  a_.Own();
  log_.set_fault(Fault::kSilent);
  const auto answer = a_.Send(1, "note");
  a_.Settle();
  EXPECT_EQ(a_.State().events(), 1);  // in the log, but nobody said that it is there to stay
  EXPECT_EQ(answer->replies, 0);
  log_.set_fault(Fault::kNone);
  const auto later = a_.Send(2, "note");
  a_.Settle(2);
  EXPECT_TRUE(later->accepted());
  EXPECT_TRUE(answer->accepted());  // a later success covers it
}

TEST_F(ProcessorTest, DecidesPipelinedCommandsOnTheFoldAndWhatIsPending) {
  a_.Own();
  const auto note = a_.Send(1, "note one");
  const auto close = a_.Send(2, "close");
  const auto reopen = a_.Send(3, "reopen");
  const int appends = log_.appends();
  a_.Step();
  EXPECT_EQ(log_.appends(), appends + 1);  // one append for all three
  EXPECT_EQ(note->receipt.etag(), "\"1\"");
  EXPECT_EQ(close->receipt.etag(), "\"2\"");
  EXPECT_EQ(reopen->receipt.etag(), "\"3\"");
}

TEST_F(ProcessorTest, KeepsARefusalThatRestsOnWhatIsPendingUntilThatIsSure) {
  a_.Own();
  a_.Send(1, "close");
  const auto note = a_.Send(2, "note");
  a_->Decide();
  EXPECT_EQ(note->replies, 0);
  a_.Settle(2);
  EXPECT_EQ(note->rejection, "ALREADY_CLOSED");
}

TEST_F(ProcessorTest, GivesARetryTheSameAnswerWhileTheFirstIsPending) {
  a_.Own();
  const auto first = a_.Send(1, "note");
  const auto retry = a_.Send(1, "note");
  a_.Step();
  EXPECT_TRUE(first->accepted());
  EXPECT_TRUE(retry->accepted());
  EXPECT_EQ(retry->receipt.event_id(), first->receipt.event_id());
  EXPECT_EQ(CountOf(&memory_, Event::kNoteAdded), 1);
}

TEST_F(ProcessorTest, GivesARetryTheSameAnswerAfterwards) {
  a_.Own();
  const auto first = a_.Send(1, "note");
  a_.Step();
  a_.Send(2, "note more");
  a_.Step();
  const auto retry = a_.Send(1, "note");
  a_.Step();
  EXPECT_EQ(retry->receipt.event_id(), first->receipt.event_id());
  EXPECT_EQ(retry->receipt.etag(), first->receipt.etag());
  EXPECT_EQ(CountOf(&memory_, Event::kNoteAdded), 2);
}

TEST_F(ProcessorTest, GivesARetryTheSameAnswerAfterARestart) {
  a_.Own();
  const auto first = a_.Send(1, "note");
  a_.Step();
  a_.Restart();  // with nothing in the store
  a_.Own();
  const auto retry = a_.Send(1, "note");
  a_.Step();
  EXPECT_EQ(retry->receipt.event_id(), first->receipt.event_id());
  ASSERT_TRUE(a_->Flush().ok());
  a_.Restart();  // with everything in the store
  a_.Own();
  const auto again = a_.Send(1, "note");
  a_.Step();
  EXPECT_EQ(again->receipt.event_id(), first->receipt.event_id());
}

TEST_F(ProcessorTest, RefusesARequestIdWithOtherContentWhilePendingAndAfter) {
  a_.Own();
  a_.Send(1, "note");
  const auto pending = a_.Send(1, "note something else");
  a_.Step();
  EXPECT_EQ(pending->rejection, "REQUEST_ID_REUSED");
  const auto after = a_.Send(1, "close");
  a_.Step();
  EXPECT_EQ(after->rejection, "REQUEST_ID_REUSED");
}

TEST_F(ProcessorTest, RefusesAStaleEtagAsAborted) {
  a_.Own();
  a_.Send(1, "note");
  a_.Step();
  Command stale = MakeCommand(kNotes, kSubject, RequestId(2), "note");
  stale.etag = "\"0\"";
  const auto refused = a_.Send(std::move(stale));
  Command fresh = MakeCommand(kNotes, kSubject, RequestId(3), "note");
  fresh.etag = "\"1\"";
  const auto accepted = a_.Send(std::move(fresh));
  a_.Settle(3);
  EXPECT_EQ(refused->rejection, "ETAG_MISMATCH");
  EXPECT_TRUE(accepted->accepted());
}

TEST_F(ProcessorTest, DecidesAndStampsAtOneInstant) {
  a_.Own();
  clock_.Advance(absl::Microseconds(700));
  a_.Send(1, "remind 50");
  a_.Settle();
  EXPECT_EQ(a_->fold().NextDueMs() % 1000, 50);
}

TEST_F(ProcessorTest, ClaimsAgainAfterAFailedAppendAndAnswersOnce) {
  for (const Fault fault : {Fault::kFull, Fault::kLost, Fault::kAppendedButReported}) {
    SCOPED_TRACE(static_cast<int>(fault));
    log::MemoryLog memory(1, random_);
    FlakyLog log(&memory);
    Replica a(&log, &clock_);
    a.Own();
    const int64_t claims = a->counts().claims;
    log.set_fault(fault);
    const auto answer = a.Send(1, "note");
    a.Step();
    EXPECT_EQ(answer->replies, 0);
    log.set_fault(Fault::kNone);
    clock_.Advance(absl::Seconds(3));
    a.Settle();
    EXPECT_TRUE(answer->accepted());
    EXPECT_GT(a->counts().claims, claims);
    EXPECT_EQ(CountOf(&memory, Event::kNoteAdded), 1);
  }
}

TEST_F(ProcessorTest, BoundsItsQueue) {
  a_.options().queue_max = 3;
  a_.Restart();
  a_->SetAssigned(kNotes, true);
  std::vector<std::shared_ptr<Answer>> answers;
  for (int i = 1; i <= 5; ++i) answers.push_back(a_.Send(i, "note"));
  EXPECT_EQ(answers[2]->replies, 0);
  EXPECT_EQ(answers[3]->status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(answers[4]->status.code(), absl::StatusCode::kResourceExhausted);
  a_.Settle();
  EXPECT_TRUE(answers[2]->accepted());
}

TEST_F(ProcessorTest, DoesNotDecideAfterTheDeadline) {
  a_->SetAssigned(kNotes, true);
  Command command = MakeCommand(kNotes, kSubject, RequestId(1), "note");
  command.deadline = clock_.Now() + absl::Milliseconds(5);
  const auto answer = a_.Send(std::move(command));
  clock_.Advance(absl::Milliseconds(6));
  a_.Settle();
  EXPECT_EQ(answer->status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(CountOf(&memory_, Event::kNoteAdded), 0);
}

TEST_F(ProcessorTest, TellsTheCallerAtItsDeadlineThatTheOutcomeIsUnknown) {
  a_.Own();
  log_.set_fault(Fault::kLateAndLost);
  Command command = MakeCommand(kNotes, kSubject, RequestId(1), "note");
  command.deadline = clock_.Now() + absl::Milliseconds(5);
  const auto answer = a_.Send(std::move(command));
  a_.Step();
  clock_.Advance(absl::Milliseconds(6));
  a_.Step();
  EXPECT_EQ(answer->status.code(), absl::StatusCode::kUnavailable);
}

TEST_F(ProcessorTest, HandsTheOwnershipOverToWhoeverClaimsLater) {
  a_.Own();
  Replica b(&log_, &clock_, "b");
  a_->SetAssigned(kNotes, false);
  b->SetAssigned(kNotes, true);
  b.Settle(2);
  EXPECT_TRUE(b->Owns(kNotes));
  EXPECT_TRUE(a_->Owns(kNotes));  // it has not read that yet; what it decides now is void
  const auto zombie = a_.Send(1, "note");
  a_.Settle(2);
  EXPECT_FALSE(a_->Owns(kNotes));
  EXPECT_EQ(zombie->status.code(), absl::StatusCode::kUnavailable);
  const auto retry = b.Send(1, "note");
  b.Settle(2);
  EXPECT_TRUE(retry->accepted());
  EXPECT_EQ(b.State().events(), 1);
}

TEST_F(ProcessorTest, ReleasesSoThatASuccessorSeesIt) {
  a_.Own();
  a_->Release();
  a_.Step();
  EXPECT_FALSE(a_->Owns(kNotes));
  EXPECT_TRUE(a_->fold().FindWriter(kNotes)->released());
}

TEST_F(ProcessorTest, StampsEventsThatNeverRunBack) {
  a_.Own();
  clock_.Advance(absl::Seconds(10));
  a_.Send(1, "note");
  a_.Step();
  clock_.Advance(-absl::Seconds(20));
  a_.Send(2, "note");
  a_.Step();
  const auto all = AllOf(&memory_);
  EXPECT_GE(all.back().view().time_ms, all[all.size() - 2].view().time_ms);
}

TEST_F(ProcessorTest, WaitsForTheDirectoryThatEarlierEventsWereDecidedOn) {
  a_.set_directory_position(7);
  a_.Own();
  a_.Send(1, "note");
  a_.Step();
  a_.Restart();
  a_.set_directory_position(6);
  a_.Own();
  const auto answer = a_.Send(2, "note");
  a_.Settle();
  EXPECT_EQ(answer->replies, 0);
  a_.set_directory_position(7);
  a_.Settle(2);
  EXPECT_TRUE(answer->accepted());
}

TEST_F(ProcessorTest, WaitsForAKeyAndGivesBackWhatItDoesNotUse) {
  a_.Own();
  a_.keys().set_left(0);
  const auto open = a_.Send(1, "open");
  a_.Settle();
  EXPECT_EQ(open->replies, 0);
  a_.keys().set_left(1);
  a_.Settle(2);
  EXPECT_TRUE(open->accepted());
  EXPECT_EQ(a_.State().key_id(), "key-000000000001");
  a_.keys().set_left(1);
  a_.Send(MakeCommand(kNotes, "another subject", RequestId(2), "reopen"));
  a_.Settle(2);
  EXPECT_EQ(a_.keys().returned(), 1u);
}

TEST_F(ProcessorTest, CountsAnEventOnceInRows) {
  a_.Own();
  a_.Send(1, "note one");
  a_.Send(2, "note two");  // makes it look at the subject with the first one pending
  a_.Send(3, "note three");
  a_.Settle(2);
  EXPECT_EQ(a_.TallyOf(kNotes, Event::kNoteAdded), "3");
  a_.Restart();
  EXPECT_EQ(a_.TallyOf(kNotes, Event::kNoteAdded), "3");
}

TEST_F(ProcessorTest, RebuildsStateOfAnotherLog) {
  a_.Own();
  a_.Send(1, "note");
  a_.Step();
  ASSERT_TRUE(a_->Flush().ok());
  log::MemoryLog other(1, random_);
  Replica stranger(&other, &clock_, "b");
  stranger.store().Restore(a_.store().Snapshot());
  stranger.Restart();
  EXPECT_EQ(stranger.State().events(), 0);
  EXPECT_EQ(stranger->fold().offset(), 1);
}

TEST_F(ProcessorTest, SaysNotFoundOnlyAfterItHasReadToTheEnd) {
  a_.Own();
  log_.set_slow_refresh();
  const auto answer = a_.Send(1, "remark");
  a_.Settle();
  EXPECT_EQ(answer->replies, 0);
  EXPECT_EQ(a_->waiting(), 1u);
  log_.AnswerRefreshes(absl::OkStatus());
  a_.Settle();
  EXPECT_EQ(answer->rejection, "NOT_OPENED");
  EXPECT_EQ(a_->waiting(), 0u);
}

TEST_F(ProcessorTest, FindsWhatANewOwnerHasAcceptedInTheMeantime) {
  a_.Own();
  log_.set_slow_refresh();
  const auto answer = a_.Send(1, "remark");
  a_->Decide();  // it does not know the subject
  Replica b(&memory_, &clock_, "b");
  b.Own();
  b.Send(2, "note");
  b.Settle();
  a_.Settle();  // reads b's claim and note
  log_.AnswerRefreshes(absl::OkStatus());
  a_->SetAssigned(kNotes, false);
  a_.Settle();
  EXPECT_EQ(answer->rejection, "");
  EXPECT_EQ(answer->owner_endpoint, "b:8000");
}

TEST_F(ProcessorTest, AsksForARetryWhenItCanNotReadToTheEnd) {
  a_.Own();
  log_.set_slow_refresh();
  const auto answer = a_.Send(1, "remark");
  a_->Decide();
  log_.AnswerRefreshes(absl::UnavailableError("no broker"));
  EXPECT_TRUE(absl::IsUnavailable(answer->status));
}

}  // namespace
}  // namespace tierline::testing
