#include "escalation/escalation.h"

#include <gtest/gtest.h>

#include "escalation/deadline.h"
#include "tests/kit/packs.h"
#include "tests/kit/scenario.h"

namespace tierline::escalation {
namespace {

using testing::Scenario;

int64_t Ms(const std::string& rfc3339) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, rfc3339, &time, &error)) << error;
  return absl::ToUnixMillis(time);
}

Event Registered(const std::string& category, bool urgent = false) {
  Event event;
  auto* registered = event.mutable_inquiry_registered();
  registered->set_office("340100");
  registered->set_level(base::v1::LEVEL_PREFECTURE);
  registered->set_category(category);
  registered->set_urgent(urgent);
  return event;
}

Event Closed() {
  Event event;
  event.mutable_inquiry_closed()->set_outcome(events::v1::CLOSE_OUTCOME_RESOLVED);
  return event;
}

class EscalationTest : public ::testing::Test {
 protected:
  EscalationTest()
      : bureau_(kit::NationalDirectory()->WithPolicy("bureau-12345")),
        scenario_(std::make_unique<EscalationService>(), bureau_.get()) {}

  const std::shared_ptr<const directory::Directory> bureau_;
  Scenario scenario_;
};

// R-401, R-403
TEST_F(EscalationTest, SetsTheDeadlineByThePolicyOnTheOfficesCalendar) {
  scenario_.At("2009-04-03T10:00:00+08:00").Given(Registered("dues")).WhenDue("set_deadline");
  const auto& set = scenario_.ThenEvent().deadline_set();
  EXPECT_EQ(set.limit(), "consultation");
  EXPECT_EQ(set.policy(), "bureau-12345");
  EXPECT_EQ(set.due_at_ms(), Ms("2009-04-09T17:30:00+08:00"));  // the 4th to 6th were a holiday
  EXPECT_EQ(set.warn_at_ms(), Ms("2009-04-08T17:30:00+08:00"));
  EXPECT_EQ(set.hours(), "national");
}

// R-401
TEST_F(EscalationTest, TakesTheFirstLimitThatMatches) {
  scenario_.At("2009-04-01T10:00:00+08:00")
      .Given(Registered("dues", /*urgent=*/true))
      .WhenDue("set_deadline");
  EXPECT_EQ(scenario_.ThenEvent().deadline_set().limit(), "urgent");
  EXPECT_EQ(scenario_.ThenEvent().deadline_set().due_at_ms(), Ms("2009-04-01T17:30:00+08:00"));
}

// R-401: thirteen working days, excluding the first day.
TEST_F(EscalationTest, GivesSuggestionsThirteenWorkingDays) {
  scenario_.At("2009-03-31T09:00:00+08:00").Given(Registered("opinions")).WhenDue("set_deadline");
  EXPECT_EQ(scenario_.ThenEvent().deadline_set().due_at_ms(), Ms("2009-04-20T17:30:00+08:00"));
}

// R-401: the source has no numbers.
TEST(Escalation, SetsNoDeadlineWhereThePolicyHasNoLimit) {
  Scenario scenario(std::make_unique<EscalationService>(), kit::NationalDirectory().get());
  scenario.Given(Registered("dues")).WhenDue("set_deadline");
  EXPECT_EQ(scenario.ThenEvent().reaction_declined().reason(), "NO_LIMIT");
  EXPECT_TRUE(scenario.ThenOwed().empty());
}

// R-405, R-408
TEST_F(EscalationTest, OwesTheWarningAndTheMissAtTheirInstants) {
  scenario_.At("2009-04-01T10:00:00+08:00").Given(Registered("dues")).WhenDue("set_deadline");
  EXPECT_EQ(scenario_.ThenOwed(),
            (std::vector<std::string>{"warn@" + std::to_string(Ms("2009-04-03T17:30:00+08:00")),
                                      "miss@" + std::to_string(Ms("2009-04-07T17:30:00+08:00")),
                                      "recompute@0"}));
}

// R-405
TEST_F(EscalationTest, MissesWithTheDueInstantAndTellsTheSuperior) {
  scenario_.At("2009-04-01T10:00:00+08:00").Given(Registered("dues")).WhenDue("set_deadline");
  scenario_.At("2009-04-20T10:00:00+08:00").WhenDue("miss");
  const auto& missed = scenario_.ThenEvent().deadline_missed();
  EXPECT_EQ(missed.due_at_ms(), Ms("2009-04-07T17:30:00+08:00"));
  EXPECT_EQ(missed.superior(), "340000");
  EXPECT_TRUE(scenario_.ThenOwed().empty());
}

// R-403, case 36: resolved exactly at the due instant is on time.
TEST_F(EscalationTest, IsOnTimeAtTheDueInstantAndLateAMillisecondAfter) {
  for (const auto& [late_ms, met] : {std::pair(0, true), {1, false}}) {
    Scenario scenario(std::make_unique<EscalationService>(), bureau_.get());
    scenario.At("2009-04-01T10:00:00+08:00").Given(Registered("dues")).WhenDue("set_deadline");
    const absl::Time due = absl::FromUnixMillis(scenario.ThenEvent().deadline_set().due_at_ms());
    scenario.At(due + absl::Milliseconds(late_ms)).Given(Closed()).WhenDue("miss");
    EXPECT_EQ(scenario.ThenEvent().has_deadline_met(), met) << late_ms;
  }
}

TEST_F(EscalationTest, SettlesTheClockAtOnceWhenTheInquiryIsClosedInTime) {
  scenario_.At("2009-04-01T10:00:00+08:00").Given(Registered("dues")).WhenDue("set_deadline");
  scenario_.At("2009-04-02T10:00:00+08:00").Given(Closed()).WhenDue("settle");
  EXPECT_EQ(scenario_.ThenEvent().deadline_met().resolved_at_ms(), Ms("2009-04-02T10:00:00+08:00"));
  EXPECT_TRUE(scenario_.ThenOwed().empty());
}

TEST_F(EscalationTest, DoesNotWarnOfWhatIsResolved) {
  scenario_.At("2009-04-01T10:00:00+08:00").Given(Registered("dues")).WhenDue("set_deadline");
  scenario_.Given(Closed()).WhenDue("warn");
  EXPECT_EQ(scenario_.ThenEvent().reaction_declined().reason(), "ALREADY_RESOLVED");
}

// R-305: earlier breaches stay.
TEST_F(EscalationTest, StartsANewClockWhenTheInquiryIsReopenedAndKeepsTheMiss) {
  scenario_.At("2009-04-01T10:00:00+08:00").Given(Registered("dues")).WhenDue("set_deadline");
  scenario_.At("2009-04-08T10:00:00+08:00").WhenDue("miss").Given(Closed());
  Event reopened;
  reopened.mutable_inquiry_reopened()->set_office("340100");
  reopened.mutable_inquiry_reopened()->set_category("dues");
  scenario_.At("2009-04-09T10:00:00+08:00").Given(reopened).WhenDue("set_deadline");
  EXPECT_EQ(scenario_.ThenEvent().deadline_set().due_at_ms(), Ms("2009-04-14T17:30:00+08:00"));
  ASSERT_EQ(scenario_.state().escalation().deadlines_size(), 2);
  EXPECT_TRUE(scenario_.state().escalation().deadlines(0).missed());
}

Event Message(const std::string& left, const std::string& due) {
  Event event;
  auto* message = event.mutable_voice_message_left();
  message->set_office("340100");
  message->set_level(base::v1::LEVEL_PREFECTURE);
  message->set_left_at_ms(Ms(left));
  if (!due.empty()) message->set_callback_due_at_ms(Ms(due));
  message->set_hours("national");
  return event;
}

Event Called(bool reached) {
  Event event;
  event.mutable_callback_made()->set_reached(reached);
  return event;
}

// R-113: the clock of a call-back comes with the message, under any policy.
class CallbackTest : public ::testing::Test {
 protected:
  void SetUp() override {
    scenario_.At("2009-04-01T18:00:00+08:00")
        .Given(Message("2009-04-01T18:00:00+08:00", "2009-04-02T17:30:00+08:00"))
        .WhenDue("set_callback");
  }
  Scenario scenario_{std::make_unique<EscalationService>(), kit::NationalDirectory().get()};
};

TEST_F(CallbackTest, IsSetFromTheMessage) {
  const auto& set = scenario_.ThenEvent().deadline_set();
  EXPECT_EQ(set.limit(), "callback");
  EXPECT_EQ(set.hours(), "national");
  EXPECT_EQ(set.office(), "340100");
  EXPECT_EQ(set.started_at_ms(), Ms("2009-04-01T18:00:00+08:00"));
  EXPECT_EQ(set.due_at_ms(), Ms("2009-04-02T17:30:00+08:00"));
  EXPECT_EQ(
      scenario_.ThenOwed(),
      (std::vector<std::string>{"miss_callback@" + std::to_string(Ms("2009-04-02T17:30:00+08:00")),
                                "recompute_callback@0"}));
}

TEST_F(CallbackTest, IsMissedWhenOnlyAttemptsWereMade) {
  scenario_.At("2009-04-02T09:00:00+08:00").Given(Called(false));
  scenario_.At("2009-04-02T17:30:00+08:00").WhenDue("miss_callback");
  EXPECT_EQ(scenario_.ThenEvent().deadline_missed().limit(), "callback");
  EXPECT_EQ(scenario_.ThenEvent().deadline_missed().superior(), "340000");
  EXPECT_TRUE(scenario_.ThenOwed().empty());
}

TEST_F(CallbackTest, IsMetWhenTheCallerIsReachedOrTheInquiryIsClosed) {
  for (const bool closed : {true, false}) {
    Scenario scenario(std::make_unique<EscalationService>(), kit::NationalDirectory().get());
    scenario.Given(Message("2009-04-01T18:00:00+08:00", "2009-04-02T17:30:00+08:00"))
        .WhenDue("set_callback");
    scenario.At("2009-04-02T09:00:00+08:00").Given(closed ? Closed() : Called(true));
    scenario.WhenDue("settle_callback");
    EXPECT_EQ(scenario.ThenEvent().deadline_met().resolved_at_ms(),
              Ms("2009-04-02T09:00:00+08:00"));
    EXPECT_TRUE(scenario.ThenOwed().empty());
  }
}

// The inquiry's own clock runs beside it.
TEST_F(CallbackTest, LeavesTheInquirysOwnClockAlone) {
  const auto bureau = kit::NationalDirectory()->WithPolicy("bureau-12345");
  scenario_.context().directory = bureau.get();
  scenario_.At("2009-04-02T09:00:00+08:00").Given(Registered("dues")).WhenDue("set_deadline");
  EXPECT_TRUE(scenario_.ThenEvent().has_deadline_set());
  scenario_.Given(Called(true)).WhenDue("settle_callback");
  EXPECT_EQ(scenario_.ThenEvent().deadline_met().limit(), "callback");
  const auto owed = scenario_.ThenOwed();
  ASSERT_EQ(owed.size(), 3u);
  EXPECT_EQ(owed[0].substr(0, 4), "warn");
  EXPECT_EQ(owed[1].substr(0, 5), "miss@");
  EXPECT_FALSE(scenario_.state().escalation().deadlines(1).met());
}

// case 5
TEST(Callback, IsNotOwedWhereThereIsNoNumber) {
  Scenario scenario(std::make_unique<EscalationService>(), kit::NationalDirectory().get());
  scenario.Given(Message("2009-04-01T18:00:00+08:00", ""));
  EXPECT_TRUE(scenario.ThenOwed().empty());
}

// R-114, R-403: an office's own hours decide.
TEST_F(EscalationTest, ComputesOnTheHoursOfTheOfficeThatOwesIt) {
  Event registered = Registered("dues", /*urgent=*/true);
  registered.mutable_inquiry_registered()->set_office(
      "650100");  // Urumqi: 10:00 to 19:30 in winter
  scenario_.At("2009-04-01T18:00:00+08:00").Given(registered).WhenDue("set_deadline");
  EXPECT_EQ(scenario_.ThenEvent().deadline_set().due_at_ms(), Ms("2009-04-01T19:30:00+08:00"));
}

}  // namespace
}  // namespace tierline::escalation
