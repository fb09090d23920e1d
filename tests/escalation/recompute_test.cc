#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "escalation/escalation.h"
#include "escalation/explain.h"
#include "tests/escalation/amended.h"
#include "tests/kit/scenario.h"

// Open deadlines follow the directory, by an event; what has come stands (R-404).

namespace tierline::escalation {
namespace {

using testing::Amended;
using testing::Bureau;
using ::testing::ElementsAre;
using testing::MsOf;
using testing::Scenario;
using testing::WithDay;
using testing::WithLimit;

Event Registered() {
  Event event;
  auto* registered = event.mutable_inquiry_registered();
  registered->set_office("340100");
  registered->set_level(base::v1::LEVEL_PREFECTURE);
  registered->set_category("dues");
  return event;
}

Event Closed() {
  Event event;
  event.mutable_inquiry_closed()->set_outcome(events::v1::CLOSE_OUTCOME_RESOLVED);
  return event;
}

// Registered on Friday 2009-04-03, due in three working days: the 4th to 6th were a holiday.
class RecomputeTest : public ::testing::Test {
 protected:
  static constexpr char kDue[] = "2009-04-09T17:30:00+08:00";
  static constexpr char kWarning[] = "2009-04-08T17:30:00+08:00";

  void SetUp() override {
    scenario_.At("2009-04-03T10:00:00+08:00").Given(Registered()).WhenDue("set_deadline");
    ASSERT_EQ(scenario_.ThenEvent().deadline_set().due_at_ms(), MsOf(kDue));
  }
  // Looks again at `at`, with `next` in force.
  Scenario& Look(const std::string& at, const directory::Directory& next) {
    scenario_.context().directory = &next;
    return scenario_.At(at).WhenDue("recompute");
  }
  bool Nothing() { return scenario_.ThenEvent().event_case() == Event::EVENT_NOT_SET; }
  const state::v1::Deadline& Clock() { return scenario_.state().escalation().deadlines(0); }

  const std::shared_ptr<const directory::Directory> bureau_ = Bureau();
  Scenario scenario_{std::make_unique<EscalationService>(), bureau_.get()};
};

// R-404, case 31
TEST_F(RecomputeTest, MovesAnOpenDeadlineWhenADayOffIsPublishedLate) {
  const auto amended = WithDay("2009-04-08", "holiday");
  Look("2009-04-07T09:00:00+08:00", *amended);
  const auto& to = scenario_.ThenEvent().deadline_recomputed();
  EXPECT_EQ(to.limit(), "consultation");
  EXPECT_EQ(to.previous_due_at_ms(), MsOf(kDue));
  EXPECT_EQ(to.due_at_ms(), MsOf("2009-04-10T17:30:00+08:00"));
  EXPECT_EQ(to.warn_at_ms(), MsOf("2009-04-09T17:30:00+08:00"));
  EXPECT_EQ(to.started_at_ms(), MsOf("2009-04-03T10:00:00+08:00"));
  EXPECT_EQ(to.reason(), events::v1::RECOMPUTE_REASON_DIRECTORY_CHANGED);
  EXPECT_EQ(to.pack_hash(), "amended");
  EXPECT_EQ(scenario_.state().escalation().deadlines_size(), 1);
  EXPECT_EQ(Clock().recomputed(), 1);
}

// R-410: it explains itself as it stands.
TEST_F(RecomputeTest, ExplainsTheCourseThatHoldsNow) {
  const auto before = Explain(Clock(), *bureau_);
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_EQ(absl::ToUnixMillis(before->due.at), MsOf(kDue));
  const auto amended = WithDay("2009-04-08", "holiday");
  Look("2009-04-07T09:00:00+08:00", *amended);
  const auto after = Explain(Clock(), *amended);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(absl::ToUnixMillis(after->due.at), MsOf("2009-04-10T17:30:00+08:00"));
  EXPECT_EQ(after->steps.size(), before->steps.size() + 1);  // the day off
  EXPECT_EQ(Explain(Clock(), *kit::SecondDirectory()).status().code(), absl::StatusCode::kNotFound);
}

// R-404, R-408: the timers are those of the new course and no others.
TEST_F(RecomputeTest, LeavesNoTimerOfTheOldCourse) {
  const auto amended = WithDay("2009-04-08", "holiday");
  Look("2009-04-07T09:00:00+08:00", *amended);
  EXPECT_THAT(
      scenario_.ThenOwed(),
      ElementsAre("warn@" + std::to_string(MsOf("2009-04-09T17:30:00+08:00")),
                  "miss@" + std::to_string(MsOf("2009-04-10T17:30:00+08:00")), "recompute@0"));
  scenario_.At("2009-04-10T17:30:00+08:00").WhenDue("miss");
  EXPECT_EQ(scenario_.ThenEvent().deadline_missed().due_at_ms(), MsOf("2009-04-10T17:30:00+08:00"));
  EXPECT_THAT(scenario_.ThenOwed(), ElementsAre());
}

// R-403, R-404: on time by the new due instant.
TEST_F(RecomputeTest, IsMetByTheDueInstantThatHoldsNow) {
  const auto amended = WithDay("2009-04-08", "holiday");
  Look("2009-04-07T09:00:00+08:00", *amended);
  scenario_.At("2009-04-10T17:30:00+08:00").Given(Closed()).WhenDue("settle");
  EXPECT_EQ(scenario_.ThenEvent().deadline_met().due_at_ms(), MsOf("2009-04-10T17:30:00+08:00"));
  EXPECT_THAT(scenario_.ThenOwed(), ElementsAre());
}

// R-404
TEST_F(RecomputeTest, SaysNothingAndStaysOwedWhileTheDirectorySaysTheSame) {
  const auto same = Amended([](auto*) {});
  Look("2009-04-07T09:00:00+08:00", *same);
  EXPECT_TRUE(Nothing());
  EXPECT_EQ(scenario_.ThenOwed().back(), "recompute@0");
  EXPECT_EQ(scenario_.state().escalation().version(), 1);
}

// R-404
TEST_F(RecomputeTest, LeavesWhatIsDueMissedOrMetAsItIs) {
  const auto amended = WithDay("2009-04-08", "holiday");
  Look(kDue, *amended);  // the miss is about to fire
  EXPECT_TRUE(Nothing());
  scenario_.WhenDue("miss");
  EXPECT_EQ(scenario_.ThenEvent().deadline_missed().due_at_ms(), MsOf(kDue));
  EXPECT_THAT(scenario_.ThenOwed(), ElementsAre());
}

// R-404
TEST_F(RecomputeTest, LeavesWhatIsResolvedAsItIs) {
  const auto amended = WithDay("2009-04-08", "holiday");
  scenario_.At("2009-04-07T08:30:00+08:00").Given(Closed());
  Look("2009-04-07T09:00:00+08:00", *amended);
  EXPECT_TRUE(Nothing());
  scenario_.WhenDue("settle");
  EXPECT_EQ(scenario_.ThenEvent().deadline_met().due_at_ms(), MsOf(kDue));
  EXPECT_THAT(scenario_.ThenOwed(), ElementsAre());
}

// R-404: a shorter limit takes nothing back.
TEST_F(RecomputeTest, NeverMakesALimitShorterThanTheTimeThatHasRun) {
  directory::v1::Limit hasty;
  hasty.set_id("hasty");
  hasty.set_working_days(1);  // due on the 7th, 17:30
  const auto shorter = WithLimit(hasty);
  Look("2009-04-07T17:30:00+08:00", *shorter);
  EXPECT_TRUE(Nothing());
  Look("2009-04-07T17:29:59+08:00", *shorter);
  EXPECT_EQ(scenario_.ThenEvent().deadline_recomputed().due_at_ms(),
            MsOf("2009-04-07T17:30:00+08:00"));
  EXPECT_EQ(scenario_.ThenEvent().deadline_recomputed().limit(), "hasty");
  EXPECT_EQ(scenario_.ThenEvent().deadline_recomputed().policy_version(),
            bureau_->policy().version() + 1);
}

// R-404: without a limit there is nothing to compute with.
TEST_F(RecomputeTest, StandsWhereThePolicyHasNoLimitAnyMore) {
  Look("2009-04-07T09:00:00+08:00", *kit::NationalDirectory());
  EXPECT_TRUE(Nothing());
  EXPECT_EQ(Clock().due_at_ms(), MsOf(kDue));
}

// R-404, R-114: the office is moved below another one and keeps its hours from then on.
TEST_F(RecomputeTest, FollowsTheTreeThatTheHoursAreInheritedBy) {
  directory::v1::OfficeChange change;
  change.set_office("340100");
  change.set_parent("650000");  // from 10:00 to 19:30 in winter
  const auto moved = bureau_->WithChange(change, MakeUuidV7(1, 0, 1));
  Look("2009-04-07T09:00:00+08:00", *moved);
  EXPECT_EQ(scenario_.ThenEvent().deadline_recomputed().due_at_ms(),
            MsOf("2009-04-09T19:30:00+08:00"));
}

// R-405: one warning for each due instant; what was given is given again only if it is to come.
TEST_F(RecomputeTest, WarnsAgainOnlyOfWhatIsStillToCome) {
  scenario_.At(kWarning).WhenDue("warn");
  const auto sooner = WithDay("2009-04-04", "workday");  // due on the 8th, warning on the 7th
  Look(kWarning, *sooner);
  EXPECT_TRUE(Nothing());
  const auto later = WithDay("2009-04-09", "holiday");  // due on the 10th, warning on the 8th
  Look("2009-04-08T18:00:00+08:00", *later);
  EXPECT_EQ(scenario_.ThenEvent().deadline_recomputed().due_at_ms(),
            MsOf("2009-04-10T17:30:00+08:00"));
  EXPECT_THAT(
      scenario_.ThenOwed(),
      ElementsAre("miss@" + std::to_string(MsOf("2009-04-10T17:30:00+08:00")), "recompute@0"));
}

// R-405: the warning of an earlier due instant that has come already is due at once.
TEST_F(RecomputeTest, WarnsAtOnceWhenTheWarningHasComeMeanwhile) {
  const auto sooner = WithDay("2009-04-04", "workday");  // due on the 8th, warning on the 7th
  Look("2009-04-07T18:00:00+08:00", *sooner);
  EXPECT_EQ(scenario_.ThenOwed().front(),
            "warn@" + std::to_string(MsOf("2009-04-07T17:30:00+08:00")));
  scenario_.WhenDue("warn");
  EXPECT_EQ(scenario_.ThenEvent().deadline_warned().due_at_ms(), MsOf("2009-04-08T17:30:00+08:00"));
}

// R-404, case 32: what rests on a year that was not published is confirmed when it is.
TEST(Recompute, ConfirmsAProvisionalDeadlineWhenTheYearIsPublished) {
  const auto bureau = Bureau();
  Scenario scenario(std::make_unique<EscalationService>(), bureau.get());
  scenario.At("2026-12-30T10:00:00+08:00").Given(Registered()).WhenDue("set_deadline");
  ASSERT_TRUE(scenario.ThenEvent().deadline_set().provisional());
  const int64_t due_ms = scenario.ThenEvent().deadline_set().due_at_ms();
  const auto published = WithDay("2027-10-01", "holiday");
  scenario.context().directory = published.get();
  scenario.At("2026-12-31T10:00:00+08:00").WhenDue("recompute");
  const auto& to = scenario.ThenEvent().deadline_recomputed();
  EXPECT_FALSE(to.provisional());
  EXPECT_EQ(to.due_at_ms(), due_ms);
  EXPECT_EQ(to.previous_due_at_ms(), due_ms);
  EXPECT_FALSE(scenario.state().escalation().deadlines(0).provisional());
}

// R-113, R-404: the call-back's clock follows the calendar too.
TEST(Recompute, MovesACallBackToTheNextWorkingDay) {
  const auto bureau = Bureau();
  Scenario scenario(std::make_unique<EscalationService>(), bureau.get());
  Event event;
  auto* left = event.mutable_voice_message_left();
  left->set_office("340100");
  left->set_level(base::v1::LEVEL_PREFECTURE);
  left->set_left_at_ms(MsOf("2009-04-01T18:00:00+08:00"));
  left->set_callback_due_at_ms(MsOf("2009-04-02T17:30:00+08:00"));
  scenario.At("2009-04-01T18:00:00+08:00").Given(event).WhenDue("set_callback");
  scenario.WhenDue("recompute_callback");
  EXPECT_EQ(scenario.ThenEvent().event_case(), Event::EVENT_NOT_SET);
  const auto amended = WithDay("2009-04-02", "holiday");
  scenario.context().directory = amended.get();
  scenario.WhenDue("recompute_callback");
  const int64_t due_ms = MsOf("2009-04-03T17:30:00+08:00");
  EXPECT_EQ(scenario.ThenEvent().deadline_recomputed().limit(), "callback");
  EXPECT_EQ(scenario.ThenEvent().deadline_recomputed().due_at_ms(), due_ms);
  EXPECT_THAT(scenario.ThenOwed(),
              ElementsAre("miss_callback@" + std::to_string(due_ms), "recompute_callback@0"));
}

}  // namespace
}  // namespace tierline::escalation
