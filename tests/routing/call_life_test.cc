#include <algorithm>
#include <numeric>
#include <vector>

#include "tests/routing/calls.h"

namespace tierline::routing {
namespace {

using namespace testing;  // calls, reports and the scenario

// What became of a call of which the switch saw all of `course`.
events::v1::CallEnded Ended(const std::string& caller, const std::string& at,
                            const std::vector<Seen>& course) {
  Routing routing;
  routing.When(Receive(caller, "12371", at));
  for (const Seen& seen : course) routing.When(Report(seen));
  routing.WhenDue("end");
  return routing.ThenEvent().call_ended();
}

TEST(CallLife, ReceivingSealsTheNumbersAndOwesAnEnd) {
  Routing routing;
  routing.When(Receive(kWithMenu));
  const auto& received = routing.ThenEvent().call_received();
  EXPECT_EQ(received.platform(), "switch-1");
  EXPECT_EQ(received.caller().ciphertext(), "caller:055162345678");
  EXPECT_EQ(received.switch_call_id().ciphertext(), "switch_call_id:call-0001");
  EXPECT_EQ(received.key_id(), "key-000000000001");
  EXPECT_EQ(received.purpose(), events::v1::CALL_PURPOSE_PUBLIC);
  EXPECT_EQ(received.decision().action(), events::v1::ROUTE_ACTION_MENU);
  const int64_t unknown_ms = Ms(kWorking) + 7'200'000;
  EXPECT_EQ(received.unknown_at_ms(), unknown_ms);
  EXPECT_EQ(routing.ThenOwed(), std::vector<std::string>{"unknown@" + std::to_string(unknown_ms)});
}

// R-110
TEST(CallLife, NothingIsSealedForAWithheldNumber) {
  Routing routing;
  routing.When(Receive("anonymous"));
  EXPECT_FALSE(routing.ThenEvent().call_received().has_caller());
}

// R-112
TEST(CallLife, ArrivesWhenTheServerDecidesWhereThePlatformDoesNotSay) {
  Routing routing;
  v1::Command command = Receive(kRinging);
  command.mutable_receive_call()->mutable_call()->clear_arrived_at_ms();
  command.mutable_receive_call()->set_arrival_by_server(true);
  routing.When(command);
  const auto& received = routing.ThenEvent().call_received();
  EXPECT_EQ(received.input().arrived_at_ms(), Ms(kWorking));
  EXPECT_EQ(received.unknown_at_ms(), Ms(kWorking) + 7'200'000);
}

TEST(CallLife, MenuIsChosenOnce) {
  Routing routing;
  routing.When(Receive(kWithMenu)).When(Choose("93"));
  EXPECT_EQ(routing.ThenEvent().menu_chosen().keys(), "93");
  EXPECT_EQ(routing.ThenEvent().menu_chosen().decision().served_office(), "340181");
  EXPECT_EQ(routing.state().call().decision().served_office(), "340181");
  routing.When(Choose("1"));
  EXPECT_EQ(routing.ThenRejection().reason, "NO_MENU_OPEN");
}

TEST(CallLife, RejectedCallsEndAtOnceAsRouteFailed) {
  Routing routing;
  routing.When(Receive(kWithMenu, "12370"));
  EXPECT_EQ(routing.ThenOwed(), std::vector<std::string>{"end@0"});
  routing.WhenDue("end");
  EXPECT_EQ(routing.ThenEvent().call_ended().outcome(), base::v1::OUTCOME_ROUTE_FAILED);
  EXPECT_EQ(routing.ThenEvent().call_ended().ended_at_ms(), Ms(kWorking));
  EXPECT_TRUE(routing.ThenOwed().empty());
}

// R-117, R-119, cases 21, 22 and 23
TEST(CallLife, EachCourseHasItsOutcome) {
  using namespace events::v1;  // the names of the causes
  const std::string noon = "2009-04-01 12:00:00";
  const std::string open = kWorking;
  struct {
    base::v1::Outcome outcome;
    std::string caller, at;
    std::vector<Seen> course;
    int64_t wait_ms, talk_ms;
  } rows[] = {
      {base::v1::OUTCOME_ANSWERED,
       kRinging,
       open,
       {{1, 1000, kOffered},
        {2, 6000, kAnswered},
        {3, 96000, kEnded, CALL_END_CAUSE_CALLER_HUNG_UP}},
       5000,
       90000},
      {base::v1::OUTCOME_ANSWERED,
       kRinging,
       open,
       {{1, 1000, kOffered},
        {2, 6000, kAnswered},
        {3, 96000, kEnded, CALL_END_CAUSE_OFFICE_HUNG_UP}},
       5000,
       90000},
      {base::v1::OUTCOME_BLOCKED, kRinging, open, {{1, 1000, kEnded, CALL_END_CAUSE_BUSY}}, 0, 0},
      {base::v1::OUTCOME_BLOCKED,
       kRinging,
       open,
       {{1, 1000, kOffered}, {2, 3000, kEnded, CALL_END_CAUSE_BUSY}},
       2000,
       0},
      {base::v1::OUTCOME_NO_ANSWER,
       kRinging,
       open,
       {{1, 1000, kOffered}, {2, 61000, kEnded, CALL_END_CAUSE_RING_TIMEOUT}},
       60000,
       0},
      {base::v1::OUTCOME_NO_ANSWER,
       kRinging,
       open,
       {{1, 1000, kOffered}, {2, 4000, kEnded, CALL_END_CAUSE_OFFICE_HUNG_UP}},
       3000,
       0},
      {base::v1::OUTCOME_ABANDONED,
       kRinging,
       open,
       {{1, 1000, kOffered}, {2, 9000, kEnded, CALL_END_CAUSE_CALLER_HUNG_UP}},
       8000,
       0},
      {base::v1::OUTCOME_ABANDONED,
       kWithMenu,
       open,
       {{1, 1000, kOffered}, {2, 9000, kEnded, CALL_END_CAUSE_CALLER_HUNG_UP}},
       8000,
       0},
      {base::v1::OUTCOME_MENU_EXIT,
       kWithMenu,
       open,
       {{1, 9000, kEnded, CALL_END_CAUSE_CALLER_HUNG_UP}},
       0,
       0},
      {base::v1::OUTCOME_AFTER_HOURS,
       kRinging,
       noon,
       {{1, 9000, kEnded, CALL_END_CAUSE_VOICE_PLAYED}},
       0,
       0},
      {base::v1::OUTCOME_AFTER_HOURS,
       kRinging,
       noon,
       {{1, 9000, kEnded, CALL_END_CAUSE_CALLER_HUNG_UP}},
       0,
       0},
      {base::v1::OUTCOME_ROUTE_FAILED,
       kRinging,
       open,
       {{1, 1000, kEnded, CALL_END_CAUSE_FAILED}},
       0,
       0},
      // An operator picks up when the caller is gone: the switch's clock decides (R-120).
      {base::v1::OUTCOME_ABANDONED,
       kRinging,
       open,
       {{1, 1000, kOffered},
        {2, 9001, kAnswered},
        {3, 9000, kEnded, CALL_END_CAUSE_CALLER_HUNG_UP}},
       8000,
       0},
      {base::v1::OUTCOME_ANSWERED,
       kRinging,
       open,
       {{1, 1000, kOffered},
        {2, 9000, kAnswered},
        {3, 9000, kEnded, CALL_END_CAUSE_CALLER_HUNG_UP}},
       8000,
       0},
  };
  for (const auto& row : rows) {
    const auto ended = Ended(row.caller, row.at, row.course);
    const auto where = base::v1::Outcome_Name(row.outcome);
    EXPECT_EQ(ended.outcome(), row.outcome) << where;
    EXPECT_EQ(ended.wait_ms(), row.wait_ms) << where;
    EXPECT_EQ(ended.talk_ms(), row.talk_ms) << where;
    int64_t last_ms = 0;
    for (const Seen& seen : row.course) {
      if (seen.kind == kEnded) last_ms = Ms(kWorking) + seen.after_ms;
    }
    EXPECT_EQ(ended.ended_at_ms(), last_ms) << where;
    EXPECT_EQ(ended.arrived_at_ms(), Ms(row.at)) << where;
  }
}

TEST(CallLife, EndNamesTheOfficesAndThePurpose) {
  Routing routing;
  v1::Command command = Receive(kWithMenu);
  command.mutable_receive_call()->set_purpose(events::v1::CALL_PURPOSE_SPOT_CHECK);
  routing.When(command).When(Choose("2"));
  routing.When(Report({1, 1000, kEnded, events::v1::CALL_END_CAUSE_BUSY})).WhenDue("end");
  const auto& ended = routing.ThenEvent().call_ended();
  EXPECT_EQ(ended.intended_office(), "340100");
  EXPECT_EQ(ended.served_office(), "340100");
  EXPECT_EQ(ended.level(), base::v1::LEVEL_PREFECTURE);
  EXPECT_EQ(ended.purpose(), events::v1::CALL_PURPOSE_SPOT_CHECK);
}

TEST(CallLife, IsUnknownWhenNobodyReportsTheEnd) {
  Routing routing;
  routing.When(Receive(kRinging)).When(Report({1, 1000, kOffered})).WhenDue("unknown");
  EXPECT_EQ(routing.ThenEvent().call_ended().outcome(), base::v1::OUTCOME_UNKNOWN);
  // The due instant, whenever the timer really fired.
  EXPECT_EQ(routing.ThenEvent().call_ended().ended_at_ms(), Ms(kWorking) + 7'200'000);
  EXPECT_TRUE(routing.ThenOwed().empty());
}

TEST(CallLife, StaysUnknownWhenAReportIsMissing) {
  Routing routing;
  routing.When(Receive(kRinging));
  routing.When(Report({2, 9000, kEnded, events::v1::CALL_END_CAUSE_CALLER_HUNG_UP}));
  EXPECT_EQ(routing.ThenOwed().size(), 1u);
  routing.WhenDue("unknown");
  EXPECT_EQ(routing.ThenEvent().call_ended().outcome(), base::v1::OUTCOME_UNKNOWN);
}

TEST(CallLife, LateReportsAreRecordedAndChangeNothing) {
  Routing routing;
  routing.When(Receive(kRinging)).WhenDue("unknown");
  routing.When(Report({1, 9000, kEnded, events::v1::CALL_END_CAUSE_BUSY}));
  EXPECT_TRUE(routing.ThenEvent().has_call_reported());
  EXPECT_TRUE(routing.ThenOwed().empty());
  EXPECT_EQ(routing.state().call().outcome(), base::v1::OUTCOME_UNKNOWN);
  routing.When(Choose("1"));
  EXPECT_EQ(routing.ThenRejection().reason, "ALREADY_ENDED");
}

TEST(CallLife, TimerDeclinesWhenTheCallHasEnded) {
  Routing routing;
  routing.When(Receive(kRinging)).When(Report({1, 9000, kEnded, events::v1::CALL_END_CAUSE_BUSY}));
  const Obligation timer = routing.state().obligations(0);
  routing.WhenDue("end");
  const Event late = routing.service().React(routing.state(), timer, routing.context());
  EXPECT_EQ(late.reaction_declined().reason(), "ALREADY_ENDED");
}

// R-120, case 24: every order of the reports, each sent twice, gives one and the same end.
TEST(CallLife, ReportsInAnyOrderAndRepeatedGiveTheSameSingleOutcome) {
  const std::vector<Seen> course = {{1, 1000, kOffered},
                                    {2, 2000, kOffered},
                                    {3, 7000, kAnswered},
                                    {4, 8000, kAnswered},
                                    {5, 50000, kEnded, events::v1::CALL_END_CAUSE_CALLER_HUNG_UP}};
  const std::string expected = Ended(kRinging, kWorking, course).SerializeAsString();
  std::vector<size_t> order(course.size());
  std::iota(order.begin(), order.end(), 0);
  do {
    Routing routing;
    routing.When(Receive(kRinging));
    for (const size_t i : order) {
      routing.When(Report(course[i]));
      EXPECT_TRUE(routing.ThenEvent().has_call_reported());
      routing.When(Report(course[i]));
      EXPECT_EQ(routing.ThenRejection().reason, "DUPLICATE_SEQUENCE");
    }
    const auto owed = routing.ThenOwed();
    EXPECT_EQ(std::count(owed.begin(), owed.end(), "end@0"), 1);
    routing.WhenDue("end");
    EXPECT_EQ(routing.ThenEvent().call_ended().SerializeAsString(), expected);
    EXPECT_TRUE(routing.ThenOwed().empty());
  } while (std::next_permutation(order.begin(), order.end()));
}

// Evolve accepts every event in every state, foreign ones without effect.
TEST(CallLife, EvolveAcceptsAnyEventInAnyState) {
  RoutingService service;
  Subject subject;
  Event event;
  event.mutable_call_reported()->set_sequence(1);
  service.Evolve(event, {.source = base::v1::SERVICE_ROUTING}, &subject);
  event.mutable_call_ended();
  service.Evolve(event, {.source = base::v1::SERVICE_ROUTING}, &subject);
  event.mutable_menu_chosen();
  service.Evolve(event, {.source = base::v1::SERVICE_ROUTING}, &subject);
  event.mutable_call_received();
  service.Evolve(event, {.source = base::v1::SERVICE_ROUTING}, &subject);
  EXPECT_EQ(service.Version(subject), 4);
  event.mutable_inquiry_opened();
  service.Evolve(event, {.source = base::v1::SERVICE_INTAKE}, &subject);
  EXPECT_EQ(service.Version(subject), 4);
}

TEST(CallLife, IsDescribedToClients) {
  Routing routing;
  routing.When(Receive(kWithMenu));
  const v1::Call call = Describe("an-id", routing.state());
  EXPECT_EQ(call.inquiry_id(), "an-id");
  EXPECT_EQ(call.etag(), "\"1\"");
  EXPECT_EQ(call.input().caller_area(), "0551");
  EXPECT_EQ(call.platform(), "switch-1");
  EXPECT_EQ(call.outcome(), base::v1::OUTCOME_UNSPECIFIED);
}

// R-116: a caller who has hung up is nowhere in a menu.
TEST(CallLife, IsDescribedWithoutItsMenuOnceItHasEnded) {
  Routing routing;
  routing.When(Receive(kWithMenu));
  EXPECT_TRUE(Describe("an-id", routing.state()).has_menu_place());
  routing.When(Report({1, 9000, kEnded, events::v1::CALL_END_CAUSE_CALLER_HUNG_UP}));
  routing.WhenDue("end");
  EXPECT_EQ(routing.ThenEvent().call_ended().outcome(), base::v1::OUTCOME_MENU_EXIT);
  EXPECT_FALSE(Describe("an-id", routing.state()).has_menu_place());
}

}  // namespace
}  // namespace tierline::routing
