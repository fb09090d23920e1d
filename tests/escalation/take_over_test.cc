#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "escalation/escalation.h"
#include "escalation/explain.h"
#include "escalation/holders.h"
#include "tests/escalation/amended.h"
#include "tests/kit/scenario.h"

// A superior takes over: the clock of the case runs on, what is left of the limit goes on by the
// new owner's calendar (R-402, R-409).

namespace tierline::escalation {
namespace {

using testing::Bureau;
using ::testing::ElementsAre;
using testing::MsOf;
using testing::Scenario;
using testing::WithDay;

Event Opened(const std::string& office = "650100") {
  Event event;
  event.mutable_inquiry_opened()->set_office(office);
  event.mutable_inquiry_opened()->set_level(base::v1::LEVEL_PREFECTURE);
  return event;
}

Event Registered(bool urgent = false, const std::string& office = "650100") {
  Event event;
  auto* registered = event.mutable_inquiry_registered();
  registered->set_office(office);
  registered->set_level(base::v1::LEVEL_PREFECTURE);
  registered->set_category("dues");
  registered->set_urgent(urgent);
  return event;
}

Event TakenOver(const std::string& by) {
  Event event;
  auto* taken = event.mutable_inquiry_taken_over();
  taken->set_from_office("650100");
  taken->set_from_level(base::v1::LEVEL_PREFECTURE);
  taken->set_office(by);
  taken->set_level(base::v1::LEVEL_CENTRAL);
  return event;
}

Event Closed() {
  Event event;
  event.mutable_inquiry_closed()->set_outcome(events::v1::CLOSE_OUTCOME_RESOLVED);
  return event;
}

Event Reopened() {
  Event event;
  event.mutable_inquiry_reopened()->set_office("000000");
  return event;
}

// Urumqi works 10:00-14:00 and 15:30-19:30, the centre 8:30-12:00 and 14:30-17:30. Registered on
// Wednesday 2009-04-01, three days: due on Tuesday the 7th at 19:30, after a holiday.
class TakeOverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    scenario_.At("2009-04-01T10:30:00+08:00").Given(Opened()).Given(Registered());
    scenario_.WhenDue("set_deadline");
    ASSERT_EQ(scenario_.ThenEvent().deadline_set().due_at_ms(), MsOf("2009-04-07T19:30:00+08:00"));
  }
  const events::v1::DeadlineRecomputed& TakeOver(const std::string& at) {
    scenario_.At(at).Given(TakenOver("000000")).WhenDue("carry_over");
    return scenario_.ThenEvent().deadline_recomputed();
  }

  const std::shared_ptr<const directory::Directory> bureau_ = Bureau();
  Scenario scenario_{std::make_unique<EscalationService>(), bureau_.get()};
};

// R-409, case 40: four hours are left on Friday the 3rd and eight on the 7th; the centre has two
// left on Friday, six and a half on the 7th, and the rest on the 8th in the morning.
TEST_F(TakeOverTest, CarriesTheWorkingTimeThatIsLeftToTheCalendarOfTheNewOwner) {
  const auto& to = TakeOver("2009-04-03T15:30:00+08:00");
  EXPECT_EQ(to.reason(), events::v1::RECOMPUTE_REASON_OWNER_CHANGED);
  EXPECT_EQ(to.left_ms(), 12 * 3'600'000);
  EXPECT_EQ(to.carried_at_ms(), MsOf("2009-04-03T15:30:00+08:00"));
  EXPECT_EQ(to.due_at_ms(), MsOf("2009-04-08T12:00:00+08:00"));
  EXPECT_EQ(to.previous_due_at_ms(), MsOf("2009-04-07T19:30:00+08:00"));
  EXPECT_EQ(to.started_at_ms(), MsOf("2009-04-01T10:30:00+08:00"));
  EXPECT_EQ(to.office(), "000000");
  EXPECT_EQ(to.hours(), "national");
  // The warning, four working hours away, is on the 7th at 10:30.
  EXPECT_EQ(to.left_to_warning_ms(), 4 * 3'600'000);
  EXPECT_EQ(to.warn_at_ms(), MsOf("2009-04-07T10:30:00+08:00"));
}

// R-404, R-409: no directory has changed, though the hours of the new owner are others.
TEST_F(TakeOverTest, IsNoReasonToComputeTheClockFromItsStart) {
  scenario_.At("2009-04-03T15:30:00+08:00").Given(TakenOver("000000")).WhenDue("recompute");
  EXPECT_EQ(scenario_.ThenEvent().event_case(), Event::EVENT_NOT_SET);
  scenario_.WhenDue("carry_over");
  scenario_.WhenDue("recompute");
  EXPECT_EQ(scenario_.ThenEvent().event_case(), Event::EVENT_NOT_SET);
  EXPECT_EQ(scenario_.state().escalation().deadlines(0).due_at_ms(),
            MsOf("2009-04-08T12:00:00+08:00"));
}

// R-410: from the take-over on, by the hours of the new owner.
TEST_F(TakeOverTest, ExplainsWhatWasCarriedOver) {
  TakeOver("2009-04-03T15:30:00+08:00");
  const auto timeline = Explain(scenario_.state().escalation().deadlines(0), *bureau_);
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  EXPECT_EQ(absl::ToUnixMillis(timeline->due.at), MsOf("2009-04-08T12:00:00+08:00"));
  absl::Duration counted;
  for (const auto& step : timeline->steps) counted += step.counted;
  EXPECT_EQ(counted, absl::Hours(12));
}

// R-409, R-405: the new owner misses it, and its own superior hears of it: the root has none.
TEST_F(TakeOverTest, IsMissedByTheNewOwnerAtTheNewInstant) {
  TakeOver("2009-04-03T15:30:00+08:00");
  EXPECT_THAT(
      scenario_.ThenOwed(),
      ElementsAre("warn@" + std::to_string(MsOf("2009-04-07T10:30:00+08:00")),
                  "miss@" + std::to_string(MsOf("2009-04-08T12:00:00+08:00")), "recompute@0"));
  scenario_.At("2009-04-08T12:00:00+08:00").WhenDue("miss");
  EXPECT_EQ(scenario_.ThenEvent().deadline_missed().office(), "000000");
  EXPECT_EQ(scenario_.ThenEvent().deadline_missed().superior(), "");
}

// R-404, R-409: from the take-over on, by what was left then.
TEST_F(TakeOverTest, IsRecomputedFromTheTakeOverWhenTheCalendarChangesLater) {
  TakeOver("2009-04-03T15:30:00+08:00");
  scenario_.WhenDue("recompute");
  EXPECT_EQ(scenario_.ThenEvent().event_case(), Event::EVENT_NOT_SET);
  const auto amended = WithDay("2009-04-08", "holiday");
  scenario_.context().directory = amended.get();
  scenario_.At("2009-04-07T09:00:00+08:00").WhenDue("recompute");
  const auto& to = scenario_.ThenEvent().deadline_recomputed();
  EXPECT_EQ(to.due_at_ms(), MsOf("2009-04-09T12:00:00+08:00"));
  EXPECT_EQ(to.carried_at_ms(), MsOf("2009-04-03T15:30:00+08:00"));
  EXPECT_EQ(to.left_ms(), 12 * 3'600'000);
  EXPECT_EQ(to.reason(), events::v1::RECOMPUTE_REASON_DIRECTORY_CHANGED);
}

// R-409: in two steps, each by the calendar of who held it.
TEST_F(TakeOverTest, IsCarriedOverAgainFromOneSuperiorToTheNext) {
  scenario_.At("2009-04-03T15:30:00+08:00").Given(TakenOver("650000")).WhenDue("carry_over");
  EXPECT_EQ(scenario_.ThenEvent().deadline_recomputed().due_at_ms(),
            MsOf("2009-04-07T19:30:00+08:00"));
  const auto& to = TakeOver("2009-04-07T10:00:00+08:00");
  EXPECT_EQ(to.left_ms(), 8 * 3'600'000);
  EXPECT_EQ(to.due_at_ms(), MsOf("2009-04-08T11:30:00+08:00"));
}

// R-409: what counts by the wall clock keeps its instant.
TEST(TakeOver, KeepsTheInstantOfAWallClock) {
  directory::v1::Limit wall;
  wall.set_id("wall");
  wall.set_wall_s(24 * 3600);
  const auto directory = testing::WithLimit(wall);
  Scenario scenario(std::make_unique<EscalationService>(), directory.get());
  scenario.At("2009-04-03T10:00:00+08:00").Given(Opened()).Given(Registered());
  scenario.WhenDue("set_deadline");
  scenario.At("2009-04-03T15:00:00+08:00").Given(TakenOver("000000")).WhenDue("carry_over");
  const auto& to = scenario.ThenEvent().deadline_recomputed();
  EXPECT_EQ(to.due_at_ms(), MsOf("2009-04-04T10:00:00+08:00"));
  EXPECT_EQ(to.office(), "000000");
  EXPECT_EQ(to.carried_at_ms(), MsOf("2009-04-03T15:00:00+08:00"));
  EXPECT_EQ(to.left_ms(), 0);
  const auto timeline = Explain(scenario.state().escalation().deadlines(0), *directory);
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  EXPECT_EQ(absl::ToUnixMillis(timeline->due.at), to.due_at_ms());
  scenario.WhenDue("recompute");
  EXPECT_EQ(scenario.ThenEvent().event_case(), Event::EVENT_NOT_SET);
}

// R-404, R-409: what was late when the owner changed is the old owner's.
TEST_F(TakeOverTest, LeavesAMissWithWhoeverWasLate) {
  scenario_.At("2009-04-08T09:00:00+08:00").Given(TakenOver("000000")).WhenDue("carry_over");
  EXPECT_EQ(scenario_.ThenEvent().reaction_declined().reason(), "MISSED_BEFORE");
  scenario_.WhenDue("miss");
  EXPECT_EQ(scenario_.ThenEvent().deadline_missed().office(), "650100");
}

// R-409
TEST_F(TakeOverTest, OwesNothingWhereNoClockRuns) {
  scenario_.At("2009-04-02T10:30:00+08:00").Given(Closed()).WhenDue("settle");
  scenario_.Given(TakenOver("000000"));
  EXPECT_THAT(scenario_.ThenOwed(), ElementsAre());
}

// R-402
TEST_F(TakeOverTest, ChargesTheTimeToWhoeverHeldIt) {
  TakeOver("2009-04-03T15:30:00+08:00");
  scenario_.At("2009-04-04T15:30:00+08:00").Given(Closed());
  scenario_.At("2009-04-06T15:30:00+08:00").Given(Reopened());
  const auto& state = scenario_.state().escalation();
  const int64_t now_ms = MsOf("2009-04-06T16:30:00+08:00");
  ASSERT_EQ(state.holders_size(), 3);
  EXPECT_EQ(state.holders(0).office(), "650100");
  EXPECT_EQ(DwellMs(state.holders(0), now_ms), 53 * 3'600'000);
  EXPECT_EQ(DwellMs(state.holders(1), now_ms), 24 * 3'600'000);
  EXPECT_EQ(DwellMs(state.holders(2), now_ms), 3'600'000);
  EXPECT_EQ(CaseMs(state, now_ms), 78 * 3'600'000);  // it never begins anew
}

// R-402: in any life of an inquiry the dwell times sum to the time of the case.
RC_GTEST_PROP(Holders, SumToTheClockOfTheCase,
              (const std::vector<std::pair<uint8_t, uint8_t>>& life)) {
  Scenario scenario(std::make_unique<EscalationService>());
  absl::Time now = absl::FromUnixSeconds(1'238'547'600);
  const absl::Time opened = now;
  scenario.At(now).Given(Opened());
  bool open = true;
  absl::Duration closed_for;
  for (const auto& [what, minutes] : life) {
    now += absl::Minutes(minutes);
    if (!open) closed_for += absl::Minutes(minutes);
    scenario.At(now);
    if (open && what % 2 == 0) {
      scenario.Given(TakenOver(what % 4 == 0 ? "650000" : "000000"));
    } else {
      scenario.Given(open ? Closed() : Reopened());
      open = !open;
    }
  }
  now += absl::Minutes(7);
  if (!open) closed_for += absl::Minutes(7);
  const auto& state = scenario.state().escalation();
  int64_t dwelt_ms = 0;
  for (const auto& holder : state.holders()) dwelt_ms += DwellMs(holder, absl::ToUnixMillis(now));
  RC_ASSERT(dwelt_ms == CaseMs(state, absl::ToUnixMillis(now)));
  RC_ASSERT(dwelt_ms == absl::ToInt64Milliseconds(now - opened - closed_for));
}

}  // namespace
}  // namespace tierline::escalation
