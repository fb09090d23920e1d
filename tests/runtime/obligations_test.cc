#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/replica.h"

// Obligations fire once each, in due order, with their due instants, whatever happens to the
// replicas.

namespace tierline::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ObligationsTest : public ::testing::Test {
 protected:
  int64_t NowMs() { return absl::ToUnixMillis(clock_.Now()); }
  // The due instants of all valid DeadlineSet, relative to the start, in the order of the log.
  std::vector<int64_t> Fired() {
    std::vector<int64_t> fired;
    for (const Logged& record : ValidOf(&memory_)) {
      const Event event = record.event();
      if (event.has_deadline_set()) fired.push_back(event.deadline_set().due_at_ms() - start_ms_);
    }
    return fired;
  }

  SeededRandom random_;
  log::MemoryLog memory_{1, random_};
  FlakyLog log_{&memory_};
  FakeClock clock_;
  const int64_t start_ms_ = NowMs();
  Replica a_{&log_, &clock_, "a"};
};

TEST_F(ObligationsTest, FireAtTheirInstantAndNotBefore) {
  a_.Own();
  a_.Send(1, "remind 50");
  a_.Settle();
  clock_.Advance(absl::Milliseconds(49));
  a_.Settle();
  EXPECT_THAT(Fired(), IsEmpty());
  EXPECT_EQ(a_->NextWork(), absl::FromUnixMillis(start_ms_ + 50));
  clock_.Advance(absl::Milliseconds(1));
  a_.Settle();
  EXPECT_THAT(Fired(), ElementsAre(50));
  clock_.Advance(absl::Hours(1));
  a_.Settle();
  EXPECT_THAT(Fired(), ElementsAre(50));
}

TEST_F(ObligationsTest, NameTheirCauseAndBearAnIdThatFollowsFromIt) {
  a_.Own();
  const auto remind = a_.Send(1, "remind 1");
  a_.Settle();
  clock_.Advance(absl::Milliseconds(1));
  a_.Settle();
  const Logged last = AllOf(&memory_).back();
  EXPECT_EQ(last.view().causation.ToString(), remind->receipt.event_id());
  EXPECT_EQ(last.view().command, MakeReactionId(last.view().causation, "echo", kSubject));
  EXPECT_EQ(last.event().reaction(), "echo");
}

TEST_F(ObligationsTest, FireInDueOrderAcrossSubjectsEvenWhenLate) {
  a_.Own();
  a_.Send(MakeCommand(kNotes, "x", RequestId(1), "remind 10"));
  a_.Send(MakeCommand(kNotes, "x", RequestId(2), "remind 40"));
  a_.Send(MakeCommand(kNotes, "y", RequestId(3), "remind 30"));
  a_.Send(MakeCommand(kNotes, "y", RequestId(4), "remind 20"));
  a_.Settle();
  clock_.Advance(absl::Milliseconds(100));
  a_.Settle();
  EXPECT_THAT(Fired(), ElementsAre(10, 20, 30, 40));
}

TEST_F(ObligationsTest, SurviveARestartWithAndWithoutTheStore) {
  a_.Own();
  a_.Send(MakeCommand(kNotes, "x", RequestId(1), "remind 40"));
  a_.Send(MakeCommand(kNotes, "y", RequestId(2), "remind 20"));
  a_.Settle();
  ASSERT_TRUE(a_->Flush().ok());
  a_.Send(MakeCommand(kNotes, "z", RequestId(3), "remind 30"));
  a_.Settle();
  a_.Restart();  // x and y from the store, z from the log
  a_.Own();
  clock_.Advance(absl::Milliseconds(20));
  a_.Settle();
  EXPECT_THAT(Fired(), ElementsAre(20));
  a_.store().Restore({});
  a_.Restart();
  a_.Own();
  clock_.Advance(absl::Milliseconds(100));
  a_.Settle();
  ASSERT_TRUE(a_->Flush().ok());
  a_.Restart();
  a_.Own();
  EXPECT_THAT(Fired(), ElementsAre(20, 30, 40));
}

TEST_F(ObligationsTest, FireOnceAfterAFailedAppend) {
  a_.Own();
  a_.Send(1, "remind 1");
  a_.Settle();
  clock_.Advance(absl::Milliseconds(1));
  for (const auto fault : {FlakyLog::Fault::kLost, FlakyLog::Fault::kAppendedButReported}) {
    log_.set_fault(fault);
    a_.Settle(2);
    log_.set_fault(FlakyLog::Fault::kNone);
    clock_.Advance(absl::Seconds(3));
  }
  a_.Settle();
  EXPECT_THAT(Fired(), ElementsAre(1));
}

TEST_F(ObligationsTest, AreActedOnByWhoeverOwnsTheService) {
  a_.Own();
  a_.Send(1, "remind 10");
  a_.Settle();
  Replica b(&log_, &clock_, "b");
  clock_.Advance(absl::Milliseconds(5));
  b.Settle();
  a_->SetAssigned(kEcho, false);
  clock_.Advance(absl::Milliseconds(5));
  b.Settle();  // due, and not b's yet
  b->SetAssigned(kEcho, true);
  b.Settle();
  a_.Settle();
  EXPECT_THAT(Fired(), ElementsAre(10));
  EXPECT_EQ(b->counts().reactions, 1);
}

TEST_F(ObligationsTest, WaitForTheDirectoryThatTheirCauseWasDecidedOn) {
  a_.set_directory_position(5);
  a_.Own();
  a_.Send(1, "remind 10");
  a_.Settle();
  a_.set_directory_position(4);
  clock_.Advance(absl::Milliseconds(20));
  a_.Settle();
  EXPECT_THAT(Fired(), IsEmpty());
  a_.set_directory_position(5);
  EXPECT_EQ(a_->NextWork(), absl::InfinitePast());
  a_.Settle();
  EXPECT_THAT(Fired(), ElementsAre(10));
}

// What stands owed: the toy says the position of the directory whenever it finds another one.
class StandingTest : public ObligationsTest {
 protected:
  // The positions that were said, in the order of the log.
  std::vector<int64_t> Said() {
    std::vector<int64_t> said = Fired();
    for (int64_t& at : said) at += start_ms_;
    return said;
  }
  void SetUp() override {
    a_.Own();
    a_.Send(1, "remind watch");
    a_.Settle();
  }
};

TEST_F(StandingTest, SayNothingAndStayUntilThereIsSomethingToDo) {
  EXPECT_THAT(Said(), IsEmpty());
  EXPECT_EQ(a_.State().obligations_size(), 1);
  EXPECT_EQ(CountOf(&memory_, Event::kReactionDeclined), 0);
  a_.set_edition(5, 1);
  EXPECT_EQ(a_->NextWork(), absl::InfinitePast());
  a_.Settle();
  EXPECT_THAT(Said(), ElementsAre(5));
  a_.set_edition(7, 2);
  a_.Settle();
  EXPECT_THAT(Said(), ElementsAre(5, 7));
  EXPECT_EQ(a_.State().obligations_size(), 1);
}

TEST_F(StandingTest, AreLeftAloneWhileTheSameSnapshotIsInForce) {
  a_.set_edition(5, 1);
  a_.Settle();
  a_.set_directory_position(6);  // a record that changes nothing in force
  EXPECT_GT(a_->NextWork(), clock_.Now());
  a_.Settle();
  EXPECT_THAT(Said(), ElementsAre(5));
}

TEST_F(StandingTest, AreActedOnOnceForEachCauseAfterAFailedAppend) {
  a_.set_edition(5, 1);
  for (const auto fault : {FlakyLog::Fault::kLost, FlakyLog::Fault::kAppendedButReported}) {
    log_.set_fault(fault);
    a_.Settle(2);
    log_.set_fault(FlakyLog::Fault::kNone);
    clock_.Advance(absl::Seconds(3));
  }
  a_.Settle();
  EXPECT_THAT(Said(), ElementsAre(5));
}

TEST_F(StandingTest, AreLookedAtAfterARestartWithAndWithoutTheStore) {
  ASSERT_TRUE(a_->Flush().ok());
  a_.set_edition(5, 1);
  a_.Restart();
  a_.Own();
  EXPECT_THAT(Said(), ElementsAre(5));
  a_.store().Restore({});
  a_.set_edition(6, 2);
  a_.Restart();
  a_.Own();
  EXPECT_THAT(Said(), ElementsAre(5, 6));
  a_.Restart();
  a_.Own();
  EXPECT_THAT(Said(), ElementsAre(5, 6));
}

TEST_F(StandingTest, AreActedOnByWhoeverComesToOwnTheServiceLater) {
  Replica b(&log_, &clock_, "b");
  b.Settle();
  b.set_edition(5, 1);
  b.Settle();  // b sees the change first, and owns nothing
  EXPECT_THAT(Said(), IsEmpty());
  b->SetAssigned(kEcho, true);
  b.Settle();
  EXPECT_THAT(Said(), ElementsAre(5));
  a_.set_edition(5, 1);
  a_.Settle();
  EXPECT_THAT(Said(), ElementsAre(5));
  EXPECT_EQ(a_.Digest(), b.Digest());
}

// The snapshot changed between the decision and its reading back.
TEST_F(StandingTest, AreLookedAtWhenTheyAppearEvenThoughTheSnapshotIsOld) {
  a_.set_edition(5, 1);
  a_->Decide();          // says 5, which is not read back yet
  a_.set_edition(6, 2);  // and is old already
  a_.Settle();
  EXPECT_THAT(Said(), ElementsAre(5, 6));
}

TEST_F(ObligationsTest, AreLeftAloneOnceAnotherOneHasSettledThem) {
  a_.Own();
  a_.Send(1, "remind 10");
  a_.Send(2, "remind 10 with all others");  // its echo settles them
  a_.Send(3, "remind 10");
  a_.Settle();
  clock_.Advance(absl::Milliseconds(10));
  a_.Settle();
  EXPECT_THAT(
      Fired(),
      ElementsAre(10, 10));  // the first and the second; the third is settled while it is pending
  EXPECT_EQ(a_.State().obligations_size(), 0);
}

TEST_F(ObligationsTest, AreDeclinedOnlyOnTheStateThatIsInTheLog) {
  a_.Own();
  a_.Send(1, "remind 10");
  a_.Settle();
  Replica b(&log_, &clock_, "b");
  clock_.Advance(absl::Milliseconds(10));
  b->SetAssigned(kNotes, true);
  b.Settle(2);  // b owns the notes from here on, which a has not read
  a_.Send(2, "close");
  a_->Decide();  // void, and what rests on it must be void too
  a_.Settle();
  EXPECT_THAT(Fired(), ElementsAre(10));
  EXPECT_EQ(CountOf(&memory_, Event::kReactionDeclined), 0);
}

}  // namespace
}  // namespace tierline::testing
