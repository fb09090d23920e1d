#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "escalation/escalation.h"
#include "tests/escalation/amended.h"
#include "tests/kit/scenario.h"
#include "tierline/escalation/v1/escalation.pb.h"

// Orders of superiors, and what is urgent (R-406, R-407).

namespace tierline::escalation {
namespace {

using testing::Bureau;
using ::testing::ElementsAre;
using testing::MsOf;
using testing::Scenario;

Event Opened(const std::string& office) {
  Event event;
  event.mutable_inquiry_opened()->set_office(office);
  return event;
}

Event Registered(const std::string& office, bool solvable = true, bool urgent = false) {
  Event event;
  auto* registered = event.mutable_inquiry_registered();
  registered->set_office(office);
  registered->set_level(base::v1::LEVEL_PREFECTURE);
  registered->set_category("dues");
  registered->set_solvable(solvable);
  registered->set_urgent(urgent);
  return event;
}

Event Closed() {
  Event event;
  event.mutable_inquiry_closed()->set_outcome(events::v1::CLOSE_OUTCOME_RESOLVED);
  return event;
}

Event Classified(bool urgent) {
  Event event;
  event.mutable_inquiry_classified()->set_urgent(urgent);
  return event;
}

v1::Command Acknowledge(const std::string& office) {
  v1::Command command;
  command.mutable_acknowledge_supervision()->set_office(office);
  return command;
}

v1::Command AcknowledgeUrgent(const std::string& office) {
  v1::Command command;
  command.mutable_acknowledge_urgent()->set_office(office);
  return command;
}

// Urumqi (650100, 10:00-14:00 and 15:30-19:30) owns it; the centre (8:30-12:00, 14:30-17:30) and
// Xinjiang (650000, as Urumqi) are its superiors.
class SupervisionTest : public ::testing::Test {
 protected:
  void SetUp() override { Begin(true); }
  void Begin(bool solvable) {
    scenario_ = std::make_unique<Scenario>(std::make_unique<EscalationService>(), bureau_.get());
    scenario_->At("2009-04-01T10:30:00+08:00")
        .Given(Opened("650100"))
        .Given(Registered("650100", solvable));
    scenario_->WhenDue("set_deadline");
  }
  v1::Command Order(const std::string& office = "000000", const std::string& date = "2009-04-10") {
    v1::Command command;
    auto* order = command.mutable_order_supervision();
    order->set_office(office);
    order->set_reason("It has been lying there.");
    order->set_due_date(date);
    order->add_evidence(Uuid::FromBytes(state().evidence(0)).ToString());
    return command;
  }
  const state::v1::EscalationState& state() { return scenario_->state().escalation(); }
  bool Owes(const std::string& what) {
    for (const std::string& owed : scenario_->ThenOwed())
      if (owed == what) return true;
    return false;
  }

  const std::shared_ptr<const directory::Directory> bureau_ = Bureau();
  std::unique_ptr<Scenario> scenario_;
};

// R-406, case 39: the order is due by the supervisor's calendar, the handling clock by the owner's.
TEST_F(SupervisionTest, IsDueAtTheSupervisorsCloseOfBusiness) {
  scenario_->At("2009-04-02T09:00:00+08:00").When(Order());
  const auto& ordered = scenario_->ThenEvent().supervision_ordered();
  EXPECT_EQ(ordered.due_at_ms(), MsOf("2009-04-10T17:30:00+08:00"));
  EXPECT_EQ(ordered.hours(), "national");
  EXPECT_EQ(ordered.owner(), "650100");
  EXPECT_EQ(ordered.level(), base::v1::LEVEL_CENTRAL);
  EXPECT_EQ(state().deadlines(0).due_at_ms(), MsOf("2009-04-07T19:30:00+08:00"));
  EXPECT_TRUE(Owes("miss_supervision@" + std::to_string(MsOf("2009-04-10T17:30:00+08:00"))));
}

// R-406, case 39: another supervisor, another close.
TEST_F(SupervisionTest, IsDueLaterWhereTheSupervisorWorksLater) {
  scenario_->At("2009-04-02T09:00:00+08:00").When(Order("650000"));
  EXPECT_EQ(scenario_->ThenEvent().supervision_ordered().due_at_ms(),
            MsOf("2009-04-10T19:30:00+08:00"));
}

// R-406
TEST_F(SupervisionTest, IsFulfilledByAResolutionAtTheDueInstant) {
  scenario_->At("2009-04-02T09:00:00+08:00").When(Order());
  scenario_->At("2009-04-10T17:30:00+08:00").Given(Closed()).WhenDue("settle_supervision");
  EXPECT_EQ(scenario_->ThenEvent().supervision_fulfilled().resolved_at_ms(),
            MsOf("2009-04-10T17:30:00+08:00"));
  EXPECT_TRUE(state().supervisions(0).fulfilled());
  EXPECT_FALSE(Owes("miss_supervision@" + std::to_string(MsOf("2009-04-10T17:30:00+08:00"))));
}

// R-406: the order climbs, by its due instant and not by when the timer fires.
TEST_F(SupervisionTest, IsMissedAMillisecondLaterAndClimbsToTheSupervisorsSuperior) {
  scenario_->At("2009-04-02T09:00:00+08:00").When(Order("650000"));
  scenario_->At("2009-04-10T19:30:00.001+08:00").Given(Closed()).WhenDue("settle_supervision");
  EXPECT_EQ(scenario_->ThenEvent().reaction_declined().reason(), "MISSED_OR_REOPENED");
  scenario_->At("2009-04-12T09:00:00+08:00").WhenDue("miss_supervision");
  const auto& missed = scenario_->ThenEvent().supervision_missed();
  EXPECT_EQ(missed.due_at_ms(), MsOf("2009-04-10T19:30:00+08:00"));
  EXPECT_EQ(missed.superior(), "000000");
  EXPECT_EQ(missed.owner(), "650100");
  EXPECT_TRUE(state().supervisions(0).missed());
}

// R-406: nobody stands above the root; its leader is told.
TEST_F(SupervisionTest, OfTheRootIsMissedToItsLeader) {
  scenario_->At("2009-04-02T09:00:00+08:00").When(Order());
  scenario_->At("2009-04-10T17:30:00+08:00").WhenDue("miss_supervision");
  EXPECT_EQ(scenario_->ThenEvent().supervision_missed().superior(), "");
}

// R-406: after a miss another order may follow; while one stands it may not.
TEST_F(SupervisionTest, StandsAloneUntilItHasEnded) {
  scenario_->At("2009-04-02T09:00:00+08:00").When(Order("650000")).When(Order());
  EXPECT_EQ(scenario_->ThenRejection().reason, "SUPERVISION_STANDS");
  scenario_->At("2009-04-10T19:30:00+08:00").WhenDue("miss_supervision");
  scenario_->When(Order("000000", "2009-04-20"));
  EXPECT_TRUE(scenario_->ThenEvent().has_supervision_ordered());
}

// R-406
TEST_F(SupervisionTest, IsAcknowledgedByTheOwnerOnce) {
  scenario_->When(Acknowledge("650100"));
  EXPECT_EQ(scenario_->ThenRejection().reason, "NO_SUPERVISION");
  scenario_->At("2009-04-02T09:00:00+08:00").When(Order()).When(Acknowledge("650000"));
  EXPECT_EQ(scenario_->ThenRejection().field, "office");
  scenario_->At("2009-04-02T10:00:00+08:00").When(Acknowledge("650100"));
  EXPECT_EQ(scenario_->ThenEvent().supervision_acknowledged().office(), "650100");
  EXPECT_EQ(state().supervisions(0).acknowledged_at_ms(), MsOf("2009-04-02T10:00:00+08:00"));
  scenario_->When(Acknowledge("650100"));
  EXPECT_EQ(scenario_->ThenRejection().reason, "ALREADY_ACKNOWLEDGED");
}

// R-307, R-406: what can not be solved can not be ordered.
TEST_F(SupervisionTest, IsRefusedOfWhatIsNotSolvableNotRegisteredOrClosed) {
  Begin(false);
  scenario_->At("2009-04-02T09:00:00+08:00").When(Order());
  EXPECT_EQ(scenario_->ThenRejection().reason, "NOT_SOLVABLE");
  Begin(true);
  scenario_->At("2009-04-02T09:00:00+08:00").Given(Closed()).When(Order());
  EXPECT_EQ(scenario_->ThenRejection().reason, "ALREADY_CLOSED");
  const v1::Command order = Order();
  Scenario open(std::make_unique<EscalationService>(), bureau_.get());
  open.When(order);
  EXPECT_EQ(open.ThenRejection().reason, "INQUIRY_NOT_FOUND");
  open.Given(Opened("650100")).When(order);
  EXPECT_EQ(open.ThenRejection().reason, "NOT_REGISTERED");
}

// R-406: every refusal says which field and why.
TEST_F(SupervisionTest, IsRefusedWithTheFieldAtFault) {
  struct Row {
    void (*spoil)(v1::OrderSupervisionRequest*);
    const char *field, *value, *says;
  };
  for (const Row& row : {
           Row{[](auto* r) { r->set_office("999999"); }, "office", "999999", "is not an office"},
           Row{[](auto* r) { r->set_office("650100"); }, "office", "650100", "above the owner"},
           Row{[](auto* r) { r->set_office("650200"); }, "office", "650200", "above the owner"},
           Row{[](auto* r) { r->clear_reason(); }, "reason", "empty", "required"},
           Row{[](auto* r) { r->set_reason(std::string(4001, 'x')); }, "reason", "4001 bytes",
               "at most 4000"},
           Row{[](auto* r) { r->clear_evidence(); }, "evidence", "empty", "show the delay"},
           Row{[](auto* r) { r->set_evidence(0, "5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21"); },
               "evidence", "5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21", "is no event of the inquiry"},
           Row{[](auto* r) { r->set_due_date("2009-4-10"); }, "due_date", "2009-4-10",
               "YYYY-MM-DD"},
           Row{[](auto* r) { r->set_due_date("2009-04-11"); }, "due_date", "2009-04-11",
               "no working day of the superior"},
           Row{[](auto* r) { r->set_due_date("2009-04-06"); }, "due_date", "2009-04-06",
               "no working day of the superior"},
           Row{[](auto* r) { r->set_due_date("2009-04-01"); }, "due_date", "2009-04-01",
               "has passed"},
           Row{[](auto* r) { r->set_due_date("2909-04-01"); }, "due_date", "2909-04-01", "beyond"},
       }) {
    v1::Command order = Order();
    row.spoil(order.mutable_order_supervision());
    scenario_->At("2009-04-02T09:00:00+08:00").When(order);
    EXPECT_EQ(scenario_->ThenRejection().field, row.field);
    EXPECT_EQ(scenario_->ThenRejection().value, row.value);
    EXPECT_THAT(scenario_->ThenRejection().message, ::testing::HasSubstr(row.says));
  }
}

// R-310: the reason is sealed.
TEST_F(SupervisionTest, SealsTheReason) {
  scenario_->At("2009-04-02T09:00:00+08:00").When(Order());
  EXPECT_EQ(scenario_->ThenEvent().supervision_ordered().reason().ciphertext(),
            "reason:It has been lying there.");
}

// R-407: whatever the hour, by the wall clock; fifteen minutes for each level.
class UrgentTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // A Sunday night, in a holiday.
    scenario_.At("2009-04-05T02:00:00+08:00")
        .Given(Opened("650100"))
        .Given(Registered("650100", true, true))
        .WhenDue("report_urgent");
  }
  const events::v1::UrgentReported& Reported() { return scenario_.ThenEvent().urgent_reported(); }
  const state::v1::UrgentReport& Told(int at) {
    return scenario_.state().escalation().urgent_reports(at);
  }

  static std::shared_ptr<const directory::Directory> Make() {
    return testing::Amended([](directory::v1::PackPart* tables) {
      for (auto& policy : *tables->mutable_policies()) policy.set_urgent_acknowledge_s(900);
    });
  }
  const std::shared_ptr<const directory::Directory> directory_ = Make();
  Scenario scenario_{std::make_unique<EscalationService>(), directory_.get()};
};

// R-407, case 39
TEST_F(UrgentTest, TellsTheSuperiorAtOnceWhateverAnyCalendarSays) {
  EXPECT_EQ(Reported().office(), "650000");
  EXPECT_EQ(Reported().level(), base::v1::LEVEL_PROVINCE);
  EXPECT_EQ(Reported().owner(), "650100");
  EXPECT_EQ(Reported().skipped(), "");
  EXPECT_EQ(Reported().acknowledge_by_ms(), MsOf("2009-04-05T02:15:00+08:00"));
  EXPECT_EQ(Reported().policy(), "bureau-12345");
}

// R-407: silence goes to the next level and is recorded; the root's goes to its leader.
TEST_F(UrgentTest, GoesPastWhoeverKeepsSilentUpToTheLeaderOfTheRoot) {
  scenario_.At("2009-04-05T02:15:00+08:00").WhenDue("climb_urgent");
  EXPECT_EQ(Reported().office(), "000000");
  EXPECT_EQ(Reported().skipped(), "650000");
  EXPECT_EQ(Reported().acknowledge_by_ms(), MsOf("2009-04-05T02:30:00+08:00"));
  EXPECT_TRUE(Told(0).skipped());
  scenario_.At("2009-04-05T02:30:00+08:00").WhenDue("climb_urgent");
  EXPECT_EQ(Reported().office(), "");
  EXPECT_EQ(Reported().skipped(), "000000");
  EXPECT_EQ(Reported().acknowledge_by_ms(), 0);
  for (const std::string& owed : scenario_.ThenOwed())
    EXPECT_EQ(owed.find("_urgent"), std::string::npos) << owed;
}

// R-407: level by level: who has read it passes it on at once.
TEST_F(UrgentTest, GoesOnToTheNextLevelWhenTheLastHasAcknowledged) {
  scenario_.At("2009-04-05T02:05:00+08:00").When(AcknowledgeUrgent("650000"));
  EXPECT_TRUE(scenario_.ThenEvent().has_urgent_acknowledged());
  scenario_.WhenDue("pass_urgent");
  EXPECT_EQ(Reported().office(), "000000");
  EXPECT_EQ(Reported().skipped(), "");
  EXPECT_EQ(Told(0).acknowledged_at_ms(), MsOf("2009-04-05T02:05:00+08:00"));
  scenario_.At("2009-04-05T02:06:00+08:00")
      .When(AcknowledgeUrgent("000000"))
      .WhenDue("pass_urgent");
  EXPECT_EQ(scenario_.ThenEvent().reaction_declined().reason(), "AT_THE_ROOT");
  for (const std::string& owed : scenario_.ThenOwed())
    EXPECT_EQ(owed.find("_urgent"), std::string::npos) << owed;
}

// R-407, R-408: at the instant is in time; after it is silence, even if the timer is late.
TEST_F(UrgentTest, TakesALateAcknowledgementForSilenceAndRecordsIt) {
  scenario_.At("2009-04-05T02:15:00.001+08:00").When(AcknowledgeUrgent("650000"));
  scenario_.At("2009-04-05T02:16:00+08:00").WhenDue("climb_urgent");
  EXPECT_EQ(Reported().skipped(), "650000");
  EXPECT_TRUE(Told(0).skipped());
  EXPECT_EQ(Told(0).acknowledged_at_ms(), MsOf("2009-04-05T02:15:00.001+08:00"));
}

TEST_F(UrgentTest, TakesAnAcknowledgementAtTheInstantForOneInTime) {
  scenario_.At("2009-04-05T02:15:00+08:00").When(AcknowledgeUrgent("650000"));
  scenario_.WhenDue("pass_urgent");
  EXPECT_EQ(Reported().skipped(), "");
}

// R-407
TEST_F(UrgentTest, IsAcknowledgedOnceAndOnlyByWhoWasTold) {
  scenario_.When(AcknowledgeUrgent("000000"));
  EXPECT_EQ(scenario_.ThenRejection().field, "office");
  EXPECT_EQ(scenario_.ThenRejection().value, "000000");
  scenario_.When(AcknowledgeUrgent(""));
  EXPECT_EQ(scenario_.ThenRejection().value, "empty");
  scenario_.When(AcknowledgeUrgent("650000")).When(AcknowledgeUrgent("650000"));
  EXPECT_EQ(scenario_.ThenRejection().reason, "ALREADY_ACKNOWLEDGED");
}

// R-407: what is downgraded or resolved climbs no further; what was told stays told.
TEST_F(UrgentTest, StopsWhenItIsNoLongerUrgentOrIsResolved) {
  scenario_.At("2009-04-05T02:10:00+08:00").Given(Classified(false));
  scenario_.At("2009-04-05T02:15:00+08:00").WhenDue("climb_urgent");
  EXPECT_EQ(scenario_.ThenEvent().reaction_declined().reason(), "NOT_URGENT");
  EXPECT_EQ(scenario_.state().escalation().urgent_reports_size(), 1);
  scenario_.Given(Classified(true)).WhenDue("report_urgent");
  EXPECT_EQ(Reported().office(), "650000");
  scenario_.Given(Closed()).WhenDue("climb_urgent");
  EXPECT_EQ(scenario_.ThenEvent().reaction_declined().reason(), "ALREADY_RESOLVED");
}

// R-407, R-401: the limit is the pack's; without one nobody is taken to be silent.
TEST_F(UrgentTest, WaitsForEverWhereThePolicySetsNoLimit) {
  const auto none = testing::Amended([](directory::v1::PackPart* tables) {
    for (auto& policy : *tables->mutable_policies()) policy.set_urgent_acknowledge_s(0);
  });
  Scenario scenario(std::make_unique<EscalationService>(), none.get());
  scenario.Given(Opened("650100")).Given(Registered("650100", true, true)).WhenDue("report_urgent");
  EXPECT_EQ(scenario.ThenEvent().urgent_reported().acknowledge_by_ms(), 0);
  for (const std::string& owed : scenario.ThenOwed()) EXPECT_NE(owed.substr(0, 5), "climb") << owed;
  scenario.When(AcknowledgeUrgent("650000")).WhenDue("pass_urgent");
  EXPECT_EQ(scenario.ThenEvent().urgent_reported().office(), "000000");
}

// R-407, R-401: every profile that ships has a limit.
TEST(Urgent, HasALimitInEveryProfileThatShips) {
  for (const char* id : {"source-2009", "gov-hotline", "bureau-12345"}) {
    const auto* policy = kit::NationalDirectory()->FindPolicy(id);
    ASSERT_NE(policy, nullptr) << id;
    EXPECT_GT(policy->urgent_acknowledge_s(), 0) << id;
  }
}

// R-407: the urgent chain is none of what is not urgent.
TEST(Urgent, IsOwedOnlyByWhatIsUrgent) {
  const auto bureau = Bureau();
  Scenario scenario(std::make_unique<EscalationService>(), bureau.get());
  scenario.Given(Opened("650100")).Given(Classified(true)).Given(Classified(false));
  scenario.Given(Registered("650100"));
  EXPECT_THAT(scenario.ThenOwed(), ElementsAre("set_deadline@0"));
}

// R-407: the root tells its own leader.
TEST(Urgent, OfTheRootGoesToItsLeader) {
  const auto bureau = Bureau();
  Scenario scenario(std::make_unique<EscalationService>(), bureau.get());
  scenario.Given(Opened("000000")).Given(Registered("000000", true, true)).WhenDue("report_urgent");
  EXPECT_EQ(scenario.ThenEvent().urgent_reported().office(), "");
  EXPECT_EQ(scenario.ThenEvent().urgent_reported().skipped(), "");
}

// case 39: three clocks of one inquiry by three calendars: the owner's, the supervisor's, none.
TEST_F(UrgentTest, RunsBesideTheOwnersClockAndTheSupervisorsOrder) {
  scenario_.WhenDue("set_deadline");  // the same working day, at the owner's close
  EXPECT_EQ(scenario_.ThenEvent().deadline_set().due_at_ms(), MsOf("2009-04-07T19:30:00+08:00"));
  v1::Command order;
  order.mutable_order_supervision()->set_office("000000");
  order.mutable_order_supervision()->set_reason("At once.");
  order.mutable_order_supervision()->set_due_date("2009-04-07");
  order.mutable_order_supervision()->add_evidence(
      Uuid::FromBytes(scenario_.state().escalation().evidence(0)).ToString());
  scenario_.When(order);
  EXPECT_EQ(scenario_.ThenEvent().supervision_ordered().due_at_ms(),
            MsOf("2009-04-07T17:30:00+08:00"));
  EXPECT_EQ(Told(0).acknowledge_by_ms(), MsOf("2009-04-05T02:15:00+08:00"));
  scenario_.At("2009-04-07T18:00:00+08:00").WhenDue("miss_supervision");
  EXPECT_TRUE(scenario_.ThenEvent().has_supervision_missed());
  scenario_.Given(Closed()).WhenDue("settle");
  EXPECT_TRUE(scenario_.ThenEvent().has_deadline_met());  // late for one, in time for the other
}

}  // namespace
}  // namespace tierline::escalation
