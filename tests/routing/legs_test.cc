#include "routing/legs.h"

#include "tests/kit/directory_log.h"
#include "tests/routing/calls.h"

// One line for each office: busy, unanswered, overflow, alarm; transfers.

namespace tierline::routing {
namespace {

using namespace testing;  // calls and the scenario
using events::v1::CALL_END_CAUSE_CALLER_HUNG_UP;
using events::v1::CALL_END_CAUSE_VOICE_PLAYED;

const directory::Directory& Overflowing() {
  static const auto& pack = *new std::shared_ptr<const directory::Directory>(
      NationalWith([](auto* tables) { tables->mutable_hotline()->set_overflow_to_parent(true); }));
  return *pack;
}

std::vector<std::string> LegsOf(const Routing& routing) {
  std::vector<std::string> offices;
  for (const auto& leg : routing.state().call().legs()) offices.push_back(leg.office());
  return offices;
}

// The offices of which the superiors are told, until nothing more is owed.
std::vector<std::string> AlarmsOf(Routing& routing) {
  std::vector<std::string> offices;
  const auto owes = [&] {
    const auto owed = routing.ThenOwed();
    return std::count(owed.begin(), owed.end(), "alarm@0") > 0;
  };
  while (owes())
    offices.push_back(routing.WhenDue("alarm").ThenEvent().superior_alarmed().office());
  return offices;
}

// A call to a county of Hefei that rings there.
Routing& RingAtCounty(Routing& routing) {
  routing.When(Receive(kWithMenu)).When(Choose("3"));
  return routing;
}

// the shipped pack lets nothing overflow.
TEST(Legs, StayWhereTheyFailUnlessThePackSaysOtherwise) {
  Routing routing;
  RingAtCounty(routing).When(Report({1, 1000, kBusy}));
  const auto& failed = routing.ThenEvent().leg_failed();
  EXPECT_EQ(failed.office(), "340102");
  EXPECT_EQ(failed.level(), base::v1::LEVEL_COUNTY);
  EXPECT_EQ(failed.kind(), kBusy);
  EXPECT_FALSE(failed.has_next());
  EXPECT_EQ(LegsOf(routing), std::vector<std::string>{"340102"});
}

//
TEST(Legs, OverflowToTheParentWhereThePackSaysSo) {
  for (const auto kind : {kBusy, kRingTimeout}) {
    Routing routing(Overflowing());
    RingAtCounty(routing).When(Report({1, 1000, kind}));
    const auto& next = routing.ThenEvent().leg_failed().next();
    EXPECT_EQ(next.action(), events::v1::ROUTE_ACTION_RING);
    EXPECT_EQ(next.intended_office(), "340102");
    EXPECT_EQ(next.served_office(), "340100");
    EXPECT_EQ(next.line(), "+8655100340100");
    EXPECT_EQ(next.level(), base::v1::LEVEL_PREFECTURE);
    EXPECT_EQ(next.reasons(next.reasons_size() - 1), events::v1::ROUTE_REASON_OVERFLOW);
    EXPECT_EQ(routing.state().call().decision().served_office(), "340100");
    EXPECT_EQ(LegsOf(routing), (std::vector<std::string>{"340102", "340100"}));
  }
}

// up the tree, and then no further.
TEST(Legs, OverflowFromParentToParentUpToTheRoot) {
  Routing routing(Overflowing());
  RingAtCounty(routing);
  for (int sequence = 1; sequence <= 4; ++sequence)
    routing.When(Report({sequence, 1000 * sequence, kBusy}));
  EXPECT_FALSE(routing.ThenEvent().leg_failed().has_next());
  EXPECT_EQ(LegsOf(routing), (std::vector<std::string>{"340102", "340100", "340000", "000000"}));
}

// case 21: the county's busy line stays in the history beside the outcome at the prefecture.
TEST(Legs, OverflowKeepsBothOfficesInTheEvents) {
  Routing routing(Overflowing());
  RingAtCounty(routing).When(Report({1, 1000, kBusy})).When(Report({2, 2000, kOffered}));
  routing.When(Report({3, 7000, kAnswered}));
  routing.When(Report({4, 60000, kEnded, CALL_END_CAUSE_CALLER_HUNG_UP}));
  routing.WhenDue("alarm");
  EXPECT_EQ(routing.ThenEvent().superior_alarmed().office(), "340102");
  routing.WhenDue("end");
  const auto& ended = routing.ThenEvent().call_ended();
  EXPECT_EQ(ended.outcome(), base::v1::OUTCOME_ANSWERED);
  EXPECT_EQ(ended.intended_office(), "340102");
  EXPECT_EQ(ended.served_office(), "340100");
  EXPECT_EQ(ended.wait_ms(), 5000);
}

// each leg that failed is told to its superior, once.
TEST(Legs, FailureIsAlarmedToTheSuperiorOnce) {
  Routing routing(Overflowing());
  RingAtCounty(routing).When(Report({1, 1000, kBusy})).When(Report({2, 2000, kRingTimeout}));
  routing.WhenDue("alarm");
  const auto first = routing.ThenEvent().superior_alarmed();
  EXPECT_EQ(first.superior(), "340100");
  EXPECT_EQ(first.kind(), kBusy);
  EXPECT_EQ(first.failed_at_ms(), Ms(kWorking) + 1000);
  routing.WhenDue("alarm");
  const auto second = routing.ThenEvent().superior_alarmed();
  EXPECT_EQ(second.office(), "340100");
  EXPECT_EQ(second.superior(), "340000");
  EXPECT_EQ(second.kind(), kRingTimeout);
  const auto owed = routing.ThenOwed();
  EXPECT_EQ(std::count(owed.begin(), owed.end(), "alarm@0"), 0);
}

// case 22, R-117: also where the end of the call alone says so.
TEST(Legs, CallThatEndsUnansweredIsAlarmedToo) {
  const struct {
    events::v1::CallEndCause cause;
    base::v1::Outcome outcome;
    events::v1::CallReportKind kind;
  } rows[] = {
      {events::v1::CALL_END_CAUSE_BUSY, base::v1::OUTCOME_BLOCKED, kBusy},
      {events::v1::CALL_END_CAUSE_RING_TIMEOUT, base::v1::OUTCOME_NO_ANSWER, kRingTimeout},
      {events::v1::CALL_END_CAUSE_OFFICE_HUNG_UP, base::v1::OUTCOME_NO_ANSWER, kRingTimeout},
  };
  for (const auto& row : rows) {
    Routing routing;
    routing.When(Receive(kRinging)).When(Report({1, 1000, kOffered}));
    routing.When(Report({2, 31000, kEnded, row.cause})).WhenDue("end");
    EXPECT_EQ(routing.ThenEvent().call_ended().outcome(), row.outcome);
    routing.WhenDue("alarm");
    EXPECT_EQ(routing.ThenEvent().superior_alarmed().kind(), row.kind);
    EXPECT_EQ(routing.ThenEvent().superior_alarmed().superior(), "440000");
    EXPECT_TRUE(routing.ThenOwed().empty());
  }
}

TEST(Legs, RootHasNoSuperiorToTell) {
  Routing routing;
  routing.When(Receive("", "01012371")).When(Choose("")).When(Report({1, 1000, kBusy}));
  routing.WhenDue("alarm");
  EXPECT_EQ(routing.ThenEvent().superior_alarmed().office(), "000000");
  EXPECT_EQ(routing.ThenEvent().superior_alarmed().superior(), "");
}

// one outcome, from the course by the switch's clock. R-117: the superior's line, which
// overflow named, may never have rung: nothing is told of it.
TEST(Legs, CourseWithAFailedLegHasItsOutcome) {
  const struct {
    const char* what;
    base::v1::Outcome outcome;
    std::vector<Seen> course;
  } rows[] = {
      {"busy, the caller gives up",
       base::v1::OUTCOME_BLOCKED,
       {{1, 1000, kBusy}, {2, 3000, kEnded, CALL_END_CAUSE_CALLER_HUNG_UP}}},
      {"rung out, then a message by the voice",
       base::v1::OUTCOME_NO_ANSWER,
       {{1, 1000, kOffered},
        {2, 31000, kRingTimeout},
        {3, 60000, kEnded, CALL_END_CAUSE_VOICE_PLAYED}}},
      {"busy, the next one rings, the caller gives up",
       base::v1::OUTCOME_ABANDONED,
       {{1, 1000, kBusy}, {2, 2000, kOffered}, {3, 9000, kEnded, CALL_END_CAUSE_CALLER_HUNG_UP}}},
      {"busy, the next one answers",
       base::v1::OUTCOME_ANSWERED,
       {{1, 1000, kBusy},
        {2, 2000, kOffered},
        {3, 5000, kAnswered},
        {4, 9000, kEnded, CALL_END_CAUSE_CALLER_HUNG_UP}}},
      {"reported after it came to pass",
       base::v1::OUTCOME_ANSWERED,
       {{3, 5000, kAnswered},
        {1, 1000, kBusy},
        {4, 9000, kEnded, CALL_END_CAUSE_CALLER_HUNG_UP},
        {2, 2000, kOffered}}},
  };
  for (const auto& row : rows) {
    Routing routing(Overflowing());
    RingAtCounty(routing);
    for (const Seen& seen : row.course) routing.When(Report(seen));
    routing.WhenDue("end");
    EXPECT_EQ(routing.ThenEvent().call_ended().outcome(), row.outcome) << row.what;
    EXPECT_EQ(AlarmsOf(routing), std::vector<std::string>{"340102"}) << row.what;
  }
}

// case 23, case 24: what comes late names no next office to ring.
TEST(Legs, LateReportOfAFailureOverflowsNoMore) {
  Routing routing(Overflowing());
  RingAtCounty(routing).When(Report({2, 3000, kEnded, events::v1::CALL_END_CAUSE_CALLER_HUNG_UP}));
  routing.When(Report({1, 1000, kBusy}));
  EXPECT_FALSE(routing.ThenEvent().leg_failed().has_next());
  routing.WhenDue("end");
  EXPECT_EQ(routing.ThenEvent().call_ended().outcome(), base::v1::OUTCOME_BLOCKED);
}

TEST(Legs, ReportOfAFailureNamesAnOfficeAtWhichTheCallRang) {
  Routing routing;
  v1::Command report = Report({1, 1000, kBusy});
  report.mutable_report_call()->set_office("340103");
  RingAtCounty(routing).When(report);
  EXPECT_EQ(routing.ThenRejection().field, "office");
  Routing in_menu;
  in_menu.When(Receive(kWithMenu)).When(Report({1, 1000, kBusy}));
  EXPECT_EQ(in_menu.ThenRejection().field, "office");
}

// case 27: offered at 11:59:58 and busy; the parent still rings at 12:00:05, by the arrival.
TEST(Legs, CallThatCameInWorkingTimeOverflowsAfterIt) {
  Routing routing(Overflowing());
  const std::string at = "2009-04-01 11:59:58";
  routing.AtLocal(at).When(Receive(kWithMenu, "12371", at)).When(Choose("3"));
  routing.AtLocal("2009-04-01 12:00:05").When(Report({1, 7'205'000, kBusy}));
  EXPECT_EQ(routing.ThenEvent().leg_failed().next().served_office(), "340100");
}

// case 27: offered at 11:59:58 and answered at 12:00:05 is a call of the working time.
TEST(Legs, CallThatIsAnsweredAfterClosingIsAnswered) {
  Routing routing;
  const std::string at = "2009-04-01 11:59:58";
  routing.AtLocal(at).When(Receive(kRinging, "12371", at));
  EXPECT_EQ(routing.ThenEvent().call_received().decision().action(), events::v1::ROUTE_ACTION_RING);
  routing.AtLocal("2009-04-01 12:00:30");
  routing.When(Report({1, 7'198'000, kOffered})).When(Report({2, 7'205'000, kAnswered}));
  routing.When(Report({3, 7'225'000, kEnded, CALL_END_CAUSE_CALLER_HUNG_UP})).WhenDue("end");
  EXPECT_EQ(routing.ThenEvent().call_ended().outcome(), base::v1::OUTCOME_ANSWERED);
  EXPECT_EQ(routing.ThenEvent().call_ended().wait_ms(), 7000);
}

// a retry is answered like the report itself, wherever the call has gone since.
TEST(Legs, RetryOfAReportHasTheNextOfficeThatItHadAtFirst) {
  Routing routing(Overflowing());
  RingAtCounty(routing).When(Report({1, 1000, kBusy}));
  const std::string first = routing.ThenEvent().leg_failed().next().SerializeAsString();
  const auto expect_first = [&](const char* after) {
    const auto next = NextAfter(routing.state().call(), 1, &Overflowing());
    ASSERT_TRUE(next) << after;
    EXPECT_EQ(next->SerializeAsString(), first) << after;
  };
  expect_first("the report");
  routing.When(Report({2, 2000, kRingTimeout}));
  const std::string second = routing.ThenEvent().leg_failed().next().SerializeAsString();
  expect_first("an overflow");
  routing.When(TransferTo("340103"));
  expect_first("a transfer");
  EXPECT_EQ(NextAfter(routing.state().call(), 2, &Overflowing())->SerializeAsString(), second);
}

TEST(Legs, ReportThatLedNowhereHasNoNextOffice) {
  Routing routing;
  RingAtCounty(routing).When(Report({1, 1000, kBusy}));
  EXPECT_FALSE(NextAfter(routing.state().call(), 1, &National()));
}

// what a late report of an earlier office says is nothing to tell the caller.
TEST(Legs, CallIsLeftUnansweredOnlyWhereItsLastLegFailedAndItIsNotOver) {
  const struct {
    const char* what;
    bool left;
    std::vector<Seen> course;
  } rows[] = {
      {"it rings", false, {{1, 1000, kOffered}}},
      {"busy up to the root",
       true,
       {{1, 1000, kBusy}, {2, 2000, kBusy}, {3, 3000, kBusy}, {4, 4000, kBusy}}},
      {"busy, the next one rings", false, {{1, 1000, kBusy}, {2, 2000, kOffered}}},
      {"busy after the answer", false, {{2, 2000, kAnswered}, {1, 1000, kBusy}}},
      {"busy after the end",
       false,
       {{2, 2000, kEnded, CALL_END_CAUSE_CALLER_HUNG_UP}, {1, 1000, kBusy}}},
  };
  for (const auto& row : rows) {
    Routing routing(Overflowing());
    RingAtCounty(routing);
    for (const Seen& seen : row.course) routing.When(Report(seen));
    EXPECT_EQ(IsLeftUnanswered(routing.state().call()), row.left) << row.what;
  }
}

// whether a call is part of the trial is by the line that rings: that of Suzhou, whose
// county's line was busy, is on trial when the others are open.
TEST(Legs, OverflowIsATrialCallWhereTheLineThatRingsIsOnTrial) {
  using namespace directory::v1;  // the names of steps
  kit::DirectoryLog log("12371");
  log.At("2009-02-02 09:00:00").PublishWith([](PackPart* tables) {
    tables->mutable_hotline()->set_overflow_to_parent(true);
    for (Line& line : *tables->mutable_lines()) {
      if (line.office() == "320500") line.clear_open_from();
    }
  });
  const auto line = kit::DirectoryLog::Line("320500");
  log.At("2009-04-20 09:00:00");
  for (const LineStep step : {LINE_STEP_VERIFY, LINE_STEP_REPORT, LINE_STEP_FILE,
                              LINE_STEP_INTERCONNECT, LINE_STEP_SIGN_AGREEMENT}) {
    log.Step(step, {line});
  }
  log.Step(LINE_STEP_TEST, {kit::DirectoryLog::Test("320500")});
  log.At("2009-05-04 09:00:00").Step(LINE_STEP_BEGIN_TRIAL, {line});
  ASSERT_EQ(log.reason(), "accepted");
  const char at[] = "2009-05-05 10:00:00";
  state::v1::CallState call;
  call.mutable_input()->set_arrived_at_ms(log.MsOf(at));
  call.mutable_decision()->set_served_office("320505");
  call.add_legs()->set_office("320505");
  const auto suzhou = Overflow(call, log.Then(at));
  ASSERT_TRUE(suzhou);
  EXPECT_EQ(suzhou->served_office(), "320500");
  EXPECT_TRUE(suzhou->trial());
  *call.mutable_decision() = *suzhou;
  call.add_legs()->set_office("320500");
  const auto province = Overflow(call, log.Then(at));
  ASSERT_TRUE(province);
  EXPECT_EQ(province->served_office(), "320000");
  EXPECT_FALSE(province->trial());
}

//
TEST(Transfer, GoesOnToTheOtherOfficeAsANewLeg) {
  Routing routing;
  RingAtCounty(routing).When(Report({1, 1000, kOffered})).When(Report({2, 4000, kAnswered}));
  routing.When(TransferTo("340000"));
  const auto& transferred = routing.ThenEvent().call_transferred();
  EXPECT_EQ(transferred.from_office(), "340102");
  EXPECT_EQ(transferred.from_level(), base::v1::LEVEL_COUNTY);
  EXPECT_EQ(transferred.by(), events::v1::TRANSFER_BY_OPERATOR);
  EXPECT_EQ(transferred.decision().served_office(), "340000");
  EXPECT_EQ(transferred.decision().line(), "+8655100340000");
  EXPECT_EQ(LegsOf(routing), (std::vector<std::string>{"340102", "340000"}));
}

// case 25, R-118: county, prefecture, and back.
TEST(Transfer, RefusesALoop) {
  Routing routing;
  RingAtCounty(routing).When(TransferTo("340100"));
  EXPECT_TRUE(routing.ThenEvent().has_call_transferred());
  for (const char* office : {"340102", "340100"}) {
    routing.When(TransferTo(office));
    EXPECT_EQ(routing.ThenRejection().reason, "TRANSFER_LOOP") << office;
    EXPECT_EQ(routing.ThenRejection().rule, "R-118");
    EXPECT_EQ(routing.ThenRejection().value, office);
  }
}

// an office that is not open is served by one that the call has been at.
TEST(Transfer, RefusesALoopThroughAnAncestorThatServes) {
  const auto directory = NationalWith([](directory::v1::PackPart* pack) {
    for (auto& line : *pack->mutable_lines()) {
      if (line.office() == "340103") line.set_open_from("2009-06-01");
    }
  });
  Routing routing(*directory);
  routing.When(Receive(kWithMenu)).When(Choose("2")).When(TransferTo("340103"));
  EXPECT_EQ(routing.ThenRejection().reason, "TRANSFER_LOOP");
}

// the caller is not sent to where nobody would answer.
TEST(Transfer, RefusesAnOfficeThatIsNotAtWork) {
  Routing routing;
  RingAtCounty(routing).AtLocal("2009-04-01 12:10:00").When(TransferTo("340100"));
  EXPECT_EQ(routing.ThenRejection().reason, "NOBODY_AT_WORK");
}

TEST(Transfer, NeedsAnOfficeAndACallThatRings) {
  Routing routing;
  RingAtCounty(routing).When(TransferTo("999999"));
  EXPECT_EQ(routing.ThenRejection().field, "office");
  routing.When(Report({1, 1000, kEnded, CALL_END_CAUSE_CALLER_HUNG_UP})).When(TransferTo("340100"));
  EXPECT_EQ(routing.ThenRejection().reason, "ALREADY_ENDED");
  Routing in_menu;
  in_menu.When(Receive(kWithMenu)).When(TransferTo("340100"));
  EXPECT_EQ(in_menu.ThenRejection().reason, "NOT_RINGING");
}

TEST(Transfer, HasAnEnd) {
  Routing routing;
  RingAtCounty(routing);
  for (const char* office : {"340103", "340104", "340111", "340121", "340122", "340123", "340124"})
    routing.When(TransferTo(office));
  EXPECT_EQ(routing.state().call().legs_size(), 8);
  routing.When(TransferTo("340181"));
  EXPECT_EQ(routing.ThenRejection().reason, "TOO_MANY_LEGS");
}

// an overflow is a leg, too.
TEST(Transfer, LeavesNoMoreLegsForAnOverflow) {
  Routing routing(Overflowing());
  RingAtCounty(routing);
  for (const char* office : {"340103", "340104", "340111", "340121", "340122", "340123", "340124"})
    routing.When(TransferTo(office));
  routing.When(Report({1, 1000, kBusy}));
  EXPECT_FALSE(routing.ThenEvent().leg_failed().has_next());
}

// an operator may type a telephone number where the office's code belongs.
TEST(Transfer, RepeatsNoDigitsButThoseOfAnOfficeCode) {
  Routing routing;
  RingAtCounty(routing).When(TransferTo("13955100000"));
  EXPECT_EQ(routing.ThenRejection().value, "11 bytes");
  routing.When(TransferTo("999999"));
  EXPECT_EQ(routing.ThenRejection().value, "999999");
}

// one call, many legs, one outcome.
TEST(Transfer, LeavesOneOutcome) {
  Routing routing;
  RingAtCounty(routing).When(Report({1, 1000, kOffered})).When(Report({2, 4000, kAnswered}));
  routing.When(TransferTo("340000")).When(Report({3, 20000, kOffered}));
  routing.When(Report({4, 25000, kAnswered}));
  routing.When(Report({5, 94000, kEnded, CALL_END_CAUSE_CALLER_HUNG_UP})).WhenDue("end");
  const auto& ended = routing.ThenEvent().call_ended();
  EXPECT_EQ(ended.outcome(), base::v1::OUTCOME_ANSWERED);
  EXPECT_EQ(ended.served_office(), "340000");
  EXPECT_EQ(ended.wait_ms(), 3000);
  EXPECT_EQ(ended.talk_ms(), 90000);
}

}  // namespace
}  // namespace tierline::routing
