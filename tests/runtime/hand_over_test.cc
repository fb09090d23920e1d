#include <gtest/gtest.h>

#include "tests/runtime/replica.h"

// A partition goes from one owner to another.

namespace tierline::testing {
namespace {

class HandOverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    a_.Own();
    b_.Settle(2);
  }
  void Both(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      a_.Step();
      b_.Step();
    }
  }

  SeededRandom random_;
  log::MemoryLog log_{1, random_};
  FakeClock clock_;
  Replica a_{&log_, &clock_, "a"};
  Replica b_{&log_, &clock_, "b"};
};

TEST_F(HandOverTest, NamesNoOwnerWhereThereNeverWasOne) {
  log::MemoryLog empty(1, random_);
  Replica alone(&empty, &clock_, "alone");
  const auto answer = alone.Send(1, "note");
  alone.Settle(2);
  EXPECT_TRUE(absl::IsUnavailable(answer->status));
  EXPECT_EQ(answer->owner_endpoint, "");
}

TEST_F(HandOverTest, NamesNotItselfAfterItsClaimOfAnEarlierLife) {
  a_.Restart();  // assigned nothing, and the log still names it
  const auto answer = a_.Send(1, "note");
  a_.Settle(2);
  EXPECT_TRUE(absl::IsUnavailable(answer->status));
  EXPECT_EQ(answer->owner_endpoint, "");
}

TEST_F(HandOverTest, ClaimsWhatALeavingOwnerReleasedAlthoughItIsNotAssigned) {
  a_->Release();
  Both(2);
  EXPECT_FALSE(b_->Owns(kNotes)) << "the one that is assigned comes first";
  const auto answer = b_.Send(1, "note");  // waits for the claim instead of being refused
  clock_.Advance(absl::Milliseconds(300));
  Both(4);
  EXPECT_TRUE(b_->Owns(kNotes));
  EXPECT_FALSE(a_->Owns(kNotes));
  EXPECT_TRUE(answer->accepted());
}

TEST_F(HandOverTest, ClaimsAtOnceWhatWasReleasedWhenItIsAssigned) {
  b_->SetAssigned(kNotes, true);
  b_.Step();  // its claim is on its way
  a_->Release();
  Both(3);
  EXPECT_TRUE(b_->Owns(kNotes));
}

TEST_F(HandOverTest, LeavesWhatWasReleasedToWhoClaimedItFirst) {
  Replica c(&log_, &clock_, "c");
  c.Settle(2);
  a_->Release();
  Both(2);
  c->SetAssigned(kNotes, true);
  c.Settle(4);
  Both(1);  // b reads c's claim
  clock_.Advance(absl::Milliseconds(300));
  Both(4);
  EXPECT_TRUE(c->Owns(kNotes));
  EXPECT_FALSE(b_->Owns(kNotes));
  EXPECT_TRUE(b_->Owns(kReports)) << "which c did not want";
}

TEST_F(HandOverTest, ClaimsWhatItFindsReleasedWhenItStarts) {
  a_->Release();
  a_.Settle(2);
  Replica c(&log_, &clock_, "c");
  clock_.Advance(absl::Milliseconds(300));
  c.Settle(3);
  EXPECT_TRUE(c->Owns(kNotes));
}

TEST_F(HandOverTest, TakesBackNothingThatItReleasedItself) {
  a_->Release();
  a_.Settle(2);
  clock_.Advance(absl::Seconds(10));
  a_.Settle(4);
  EXPECT_FALSE(a_->Owns(kNotes));
}

TEST_F(HandOverTest, KeepsAnOwnerThatIsNotAssignedUntilAnotherClaims) {
  a_->SetAssigned(kNotes, false);
  const auto first = a_.Send(1, "note");
  a_.Settle(3);
  EXPECT_TRUE(first->accepted());
  b_->SetAssigned(kNotes, true);
  b_.Settle(3);
  const auto second = a_.Send(2, "note");
  a_.Settle(3);
  EXPECT_EQ(second->owner_endpoint, "b:8000");
}

}  // namespace
}  // namespace tierline::testing
