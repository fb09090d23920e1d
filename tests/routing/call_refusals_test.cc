#include <functional>

#include "routing/limits.h"
#include "tests/routing/calls.h"

namespace tierline::routing {
namespace {

using namespace testing;  // calls, reports and the scenario

// case 24
TEST(CallRefusals, RefusesToReceiveACallTwice) {
  Routing routing;
  routing.When(Receive(kWithMenu)).When(Receive(kWithMenu));
  EXPECT_EQ(routing.ThenRejection().reason, "ALREADY_RECEIVED");
}

TEST(CallRefusals, RefusesWithoutADirectory) {
  tierline::testing::Scenario routing(std::make_unique<RoutingService>());
  routing.When(Receive(kWithMenu));
  EXPECT_EQ(routing.ThenRejection().reason, "NO_DIRECTORY");
  EXPECT_EQ(routing.ThenRejection().code, absl::StatusCode::kFailedPrecondition);
}

TEST(CallRefusals, RefusesFieldsThatCanNotBeAndNamesThemWithoutTheirDigits) {
  struct {
    const char* field;
    std::function<void(v1::ReceiveCallRequest*)> spoil;
  } rows[] = {
      {"platform", [](auto* r) { r->clear_platform(); }},
      {"platform", [](auto* r) { r->set_platform(std::string(65, 'x')); }},
      {"switch_call_id", [](auto* r) { r->clear_switch_call_id(); }},
      {"switch_call_id", [](auto* r) { r->set_switch_call_id(std::string(129, '7')); }},
      {"call.caller", [](auto* r) { r->mutable_call()->set_caller(std::string(65, '7')); }},
      {"call.dialled", [](auto* r) { r->mutable_call()->set_dialled(std::string(65, '7')); }},
      {"call.trunk_area", [](auto* r) { r->mutable_call()->set_trunk_area("777777777"); }},
      {"call.location_area", [](auto* r) { r->mutable_call()->set_location_area("777777777"); }},
      {"call.arrived_at_ms", [](auto* r) { r->mutable_call()->clear_arrived_at_ms(); }},
      {"call.arrived_at_ms", [](auto* r) { r->mutable_call()->set_arrived_at_ms(INT64_MAX); }},
      {"call.arrived_at_ms", [](auto* r) { r->set_arrival_by_server(true); }},
      {"purpose", [](auto* r) { r->set_purpose(static_cast<events::v1::CallPurpose>(9)); }},
  };
  for (const auto& row : rows) {
    v1::Command command = Receive(kWithMenu);
    row.spoil(command.mutable_receive_call());
    Routing routing;
    routing.When(command);
    const Rejection& rejection = routing.ThenRejection();
    EXPECT_EQ(rejection.reason, "INVALID_FIELD") << row.field;
    EXPECT_EQ(rejection.field, row.field);
    EXPECT_FALSE(rejection.rule.empty() || rejection.message.empty()) << row.field;
    EXPECT_EQ((rejection.value + rejection.message).find("777"), std::string::npos) << row.field;
  }
}

TEST(CallRefusals, NamesTheRuleOfTheFieldThatIsTooLong) {
  v1::Command recording = LeaveMessage(), callback = LeaveMessage();
  recording.mutable_leave_voice_message()->set_recording(std::string(kRecordingMax + 1, 'x'));
  callback.mutable_leave_voice_message()->set_callback_number(std::string(kNumberMax + 1, '7'));
  const struct {
    const char* rule;
    v1::Command command;
  } rows[] = {
      {"R-113", recording}, {"R-113", callback}, {"R-116", Choose(std::string(kKeysMax + 1, '7'))}};
  for (const auto& row : rows) {
    Routing routing;
    routing.When(Receive(kWithMenu)).When(row.command);
    EXPECT_EQ(routing.ThenRejection().reason, "INVALID_FIELD") << row.rule;
    EXPECT_EQ(routing.ThenRejection().rule, row.rule);
  }
}

// A clock that is far ahead would move a call to a day that has not come.
TEST(CallRefusals, RefusesTimesMoreThanADayAhead) {
  const absl::Time day_before = absl::FromUnixMillis(Ms(kWorking)) - absl::Hours(24);
  Routing routing;
  routing.At(day_before - absl::Milliseconds(1)).When(Receive(kRinging));
  EXPECT_EQ(routing.ThenRejection().field, "call.arrived_at_ms");
  routing.At(day_before).When(Receive(kRinging));
  EXPECT_TRUE(routing.ThenEvent().has_call_received());
  routing.When(Report({1, 1, kOffered}));
  EXPECT_EQ(routing.ThenRejection().field, "switch_time_ms");
  routing.When(Report({1, 0, kOffered}));
  EXPECT_TRUE(routing.ThenEvent().has_call_reported());
}

TEST(CallRefusals, ReportsAndChoicesNeedACall) {
  Routing routing;
  routing.When(Report({1, 0, kOffered}));
  EXPECT_EQ(routing.ThenRejection().reason, "CALL_NOT_FOUND");
  EXPECT_EQ(routing.ThenRejection().code, absl::StatusCode::kNotFound);
  routing.When(Choose("1"));
  EXPECT_EQ(routing.ThenRejection().reason, "CALL_NOT_FOUND");
}

TEST(CallRefusals, RefusesReportsThatCanNotBe) {
  struct {
    const char* field;
    Seen seen;
  } rows[] = {
      {"sequence", {0, 0, kOffered}},
      {"sequence", {kReportsMax + 1, 0, kOffered}},
      {"kind", {1, 0, events::v1::CALL_REPORT_KIND_UNSPECIFIED}},
      {"kind", {1, 0, static_cast<events::v1::CallReportKind>(9)}},
      {"switch_time_ms", {1, -Ms(kWorking), kOffered}},
      {"cause", {1, 0, kOffered, events::v1::CALL_END_CAUSE_BUSY}},
      {"cause", {1, 0, kEnded}},
      {"cause", {1, 0, kEnded, static_cast<events::v1::CallEndCause>(99)}},
  };
  for (const auto& row : rows) {
    Routing routing;
    routing.When(Receive(kRinging)).When(Report(row.seen));
    EXPECT_EQ(routing.ThenRejection().field, row.field);
    EXPECT_EQ(routing.ThenRejection().rule, "R-120");
  }
}

//
TEST(CallRefusals, RefusesASequenceTwiceAndAnythingAfterTheEnd) {
  Routing routing;
  routing.When(Receive(kRinging)).When(Report({2, 9000, kEnded, events::v1::CALL_END_CAUSE_BUSY}));
  routing.When(Report({2, 9000, kEnded, events::v1::CALL_END_CAUSE_BUSY}));
  EXPECT_EQ(routing.ThenRejection().reason, "DUPLICATE_SEQUENCE");
  EXPECT_EQ(routing.ThenRejection().code, absl::StatusCode::kAlreadyExists);
  routing.When(Report({3, 9000, kAnswered}));
  EXPECT_EQ(routing.ThenRejection().field, "sequence");
  routing.When(Report({1, 9000, kEnded, events::v1::CALL_END_CAUSE_BUSY}));
  EXPECT_EQ(routing.ThenRejection().field, "sequence");
}

TEST(CallRefusals, MenuNeedsKeysOfATelephoneAndACallThatHasOne) {
  Routing routing;
  routing.When(Receive(kWithMenu)).When(Choose("1a"));
  EXPECT_EQ(routing.ThenRejection().field, "keys");
  routing.When(Choose(std::string(kKeysMax + 1, '9')));
  EXPECT_EQ(routing.ThenRejection().field, "keys");
  Routing rings;
  rings.When(Receive(kRinging)).When(Choose("1"));
  EXPECT_EQ(rings.ThenRejection().reason, "NO_MENU_OPEN");
}

}  // namespace
}  // namespace tierline::routing
