#include "tools/load/history_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The audit can fail: each thing that must not happen is made to happen, and is found.

namespace tierline::load {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kDueMs = 5'000;
constexpr int64_t kWarnMs = 3'000;

Uuid Id(uint64_t n) { return MakeUuidV7(0, 0, n); }

// A history that is as it should be: registered, a deadline, a warning, a miss, closed.
class AuditTest : public ::testing::Test {
 protected:
  AuditTest() {
    history_.inquiry_id = "an inquiry";
    AddCommand(1, 1'000).mutable_inquiry_opened();
    AddCommand(2, 2'000).mutable_inquiry_registered();
    auto* set = AddReaction(3, 2'000, 2, "set_deadline").mutable_deadline_set();
    set->set_limit("default");
    set->set_due_at_ms(kDueMs);
    set->set_warn_at_ms(kWarnMs);
    AddReaction(4, 3'000, 3, "warn").mutable_deadline_warned();
    AddReaction(5, 5'000, 3, "miss").mutable_deadline_missed();
    AddCommand(6, 6'000).mutable_inquiry_closed();
  }

  events::v1::Event& Add(uint64_t n, int64_t time_ms) {
    auto& record = history_.records.emplace_back();
    record.set_offset(static_cast<int64_t>(n));
    record.set_id(Id(n).ToString());
    record.set_subject(history_.inquiry_id);
    record.set_time_ms(time_ms);
    record.mutable_event()->set_occurred_at_ms(time_ms);
    return *record.mutable_event();
  }
  events::v1::Event& AddCommand(uint64_t n, int64_t time_ms) {
    acknowledged_.push_back({Id(100 + n), Id(n), "AnyCommand"});
    auto& event = Add(n, time_ms);
    history_.records.back().set_command_id(Id(100 + n).ToString());
    return event;
  }
  events::v1::Event& AddReaction(uint64_t n, int64_t time_ms, uint64_t cause,
                                 const std::string& reaction) {
    auto& event = Add(n, time_ms);
    history_.records.back().set_command_id(Id(200 + n).ToString());
    history_.records.back().set_causation_id(Id(cause).ToString());
    event.set_reaction(reaction);
    return event;
  }
  void Erase(int index) { history_.records.erase(history_.records.begin() + index); }

  // Chains the records, whatever they are, as the server would have.
  HistoryCheck Check(HistoryExpectation expectation = {.now_ms = 10'000}) {
    std::string before;
    for (auto& record : history_.records) {
      record.set_prev_hash(before);
      record.set_hash(before = "hash of " + record.id());
    }
    history_.chain.set_verified(true);
    history_.chain.set_events(std::ssize(history_.records));
    history_.chain.set_head(before);
    return CheckHistory(history_, acknowledged_, expectation);
  }

  History history_;
  std::vector<Acknowledged> acknowledged_;
};

TEST_F(AuditTest, FindsNothingWhereNothingIsWrong) {
  const HistoryCheck check = Check();
  EXPECT_THAT(check.faults, IsEmpty());
  EXPECT_THAT(check.lost, IsEmpty());
  EXPECT_EQ(check.found, 3);
  EXPECT_EQ(check.deadlines_set, 1);
  EXPECT_EQ(check.deadlines_warned, 1);
  EXPECT_EQ(check.deadlines_missed, 1);
}

TEST_F(AuditTest, FindsACommandThatIsMissing) {
  Erase(1);
  const HistoryCheck check = Check();
  ASSERT_THAT(check.lost, SizeIs(1));
  EXPECT_EQ(check.lost[0].event_id, Id(2));
  EXPECT_EQ(check.found, 2);
}

TEST_F(AuditTest, FindsACommandThatWasAppliedTwice) {
  auto copy = history_.records[0];
  copy.set_id(Id(9).ToString());
  copy.set_offset(9);
  copy.set_time_ms(9'000);
  history_.records.push_back(copy);
  EXPECT_THAT(Check().faults, Contains(HasSubstr("applied twice")));
}

TEST_F(AuditTest, FindsAnEventThatStandsTwice) {
  auto copy = history_.records[5];
  copy.set_offset(9);
  history_.records.push_back(copy);
  const HistoryCheck check = Check();
  EXPECT_THAT(check.lost, SizeIs(1));
}

TEST_F(AuditTest, FindsACommandUnderAnotherEventThanWasAcknowledged) {
  acknowledged_[0].event_id = Id(77);
  EXPECT_THAT(Check().lost, SizeIs(1));
}

TEST_F(AuditTest, FindsACommandThatNobodySent) {
  acknowledged_.pop_back();
  EXPECT_THAT(Check().faults, Contains(HasSubstr("nobody sent")));
  EXPECT_THAT(Check({.now_ms = 10'000, .settled = false}).faults, IsEmpty());
}

TEST_F(AuditTest, FindsTimeThatRunsBack) {
  history_.records[5].set_time_ms(4'000);
  EXPECT_THAT(Check().faults, Contains(HasSubstr("older than the event before")));
}

TEST_F(AuditTest, FindsOffsetsThatDoNotAscend) {
  history_.records[5].set_offset(5);
  EXPECT_THAT(Check().faults, Contains(HasSubstr("stands after")));
}

TEST_F(AuditTest, FindsAHashThatDoesNotLink) {
  Check();
  history_.records[3].set_prev_hash("another");
  EXPECT_THAT(CheckHistory(history_, acknowledged_, {.now_ms = 10'000}).faults,
              Contains(HasSubstr("does not follow the hash")));
}

TEST_F(AuditTest, FindsAChainThatTheServerDoesNotVerify) {
  Check();
  history_.chain.set_verified(false);
  EXPECT_THAT(CheckHistory(history_, acknowledged_, {.now_ms = 10'000}).faults,
              Contains(HasSubstr("chain: ")));
}

TEST_F(AuditTest, FindsADeadlineWithoutAnEnd) {
  Erase(4);
  EXPECT_THAT(Check().faults, Contains(HasSubstr("neither missed nor met")));
  EXPECT_THAT(Check({.now_ms = kDueMs - 1}).faults, IsEmpty());
}

// missed when it is due by now, not when it was due before.
TEST_F(AuditTest, FollowsADeadlineThatWasRecomputed) {
  Erase(4);
  auto* to = AddReaction(7, 4'000, 3, "recompute").mutable_deadline_recomputed();
  to->set_limit("default");
  to->set_previous_due_at_ms(kDueMs);
  to->set_due_at_ms(8'000);
  AddReaction(8, 8'000, 7, "miss").mutable_deadline_missed();
  std::swap(history_.records[4], history_.records[5]);  // closed after it
  std::swap(history_.records[5], history_.records[6]);
  history_.records[6].set_offset(9);
  history_.records[6].set_time_ms(9'000);
  history_.records[6].mutable_event()->set_occurred_at_ms(9'000);
  EXPECT_THAT(Check().faults, IsEmpty());
  EXPECT_EQ(Check().deadlines_set, 1);
  history_.records[5].set_time_ms(7'999);
  EXPECT_THAT(Check().faults, Contains(HasSubstr("misses too early")));
}

TEST_F(AuditTest, FindsADeadlineThatWasMissedTwice) {
  AddReaction(7, 6'000, 3, "miss").mutable_deadline_missed();
  EXPECT_THAT(Check().faults, Contains(HasSubstr("missed 2 times")));
}

TEST_F(AuditTest, FindsAWarningThatNeverCame) {
  Erase(3);
  EXPECT_THAT(Check().faults, Contains(HasSubstr("acted on 0 times")));
}

TEST_F(AuditTest, FindsASecondWarning) {
  auto copy = history_.records[3];
  copy.set_id(Id(9).ToString());
  history_.records.insert(history_.records.begin() + 4, copy);
  EXPECT_THAT(Check().faults, Contains(HasSubstr("warned 2 times")));
}

TEST_F(AuditTest, FindsAMissBeforeTheDueInstant) {
  history_.records[4].set_time_ms(kDueMs - 1);
  EXPECT_THAT(Check().faults, Contains(HasSubstr("misses too early")));
}

// resolved exactly at the due instant is on time.
TEST_F(AuditTest, FindsAMissOfWhatWasResolvedInTime) {
  std::swap(history_.records[4], history_.records[5]);
  history_.records[4].set_offset(5);
  history_.records[5].set_offset(6);
  history_.records[4].set_time_ms(kDueMs);
  history_.records[4].mutable_event()->set_occurred_at_ms(kDueMs);
  history_.records[5].set_time_ms(kDueMs);
  EXPECT_THAT(Check().faults, Contains(HasSubstr("resolved in time")));
}

}  // namespace
}  // namespace tierline::load
