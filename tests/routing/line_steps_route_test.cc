// Routes under the recorded lives of lines.
#include <gtest/gtest.h>

#include "tests/kit/directory_log.h"
#include "tests/routing/allocations.h"
#include "tests/routing/directories.h"

namespace tierline::routing {
namespace {

using kit::DirectoryLog;
using namespace directory::v1;  // the names of states and steps

constexpr char kRebound[] = "2009-04-07 10:00:00";
constexpr char kTested[] = "2009-04-08 15:00:00";
constexpr char kOpen[] = "2009-04-09 10:00:00";

// Suzhou's line is rebound on April 7 and open again on the 9th.
DirectoryLog& Rebinding() {
  static auto& log = *[] {
    auto* made = new DirectoryLog("12371");
    const auto line = DirectoryLog::Line("320500");
    made->At("2009-03-02 09:00:00").Publish();
    made->At(kRebound).Step(LINE_STEP_REBIND, {DirectoryLog::Line("320500", "+8651260320500")});
    made->At(kTested).Step(LINE_STEP_VERIFY, {line});
    made->Step(LINE_STEP_TEST, {DirectoryLog::Test("320500")});
    made->At(kOpen).Step(LINE_STEP_OPEN, {line});
    EXPECT_EQ(made->reason(), "accepted");
    return made;
  }();
  return log;
}

events::v1::Decision DecisionAt(const std::string& at) {
  const directory::Directory& then = Rebinding().Then(at);
  events::v1::RouteInput input =
      MakeInput(testing::Arrival("051262345678", "12371", "", at), 0, then);
  return ToProto(DecideRoute(input, then), then);
}

// R-115, case 14, case 19
TEST(RouteOfSteps, ARebindingFallsBackToTheSuperior) {
  for (const char* at : {kRebound, kTested}) {
    const auto decision = DecisionAt(at);
    EXPECT_EQ(decision.intended_office(), "320500") << at;
    EXPECT_EQ(decision.served_office(), "320000") << at;
    EXPECT_EQ(decision.line(), "+862500320000") << at;
  }
}

TEST(RouteOfSteps, RingsTheNumberOfItsTime) {
  EXPECT_EQ(DecisionAt("2009-04-07 09:59:59").served_office(), "320500");
  EXPECT_EQ(DecisionAt("2009-04-07 09:59:59").line(), "+8651200320500");
  EXPECT_EQ(DecisionAt(kOpen).line(), "+8651260320500");
}

TEST(RouteOfSteps, AllocatesNothing) {
  const directory::Directory& then = Rebinding().Then(kTested);
  const auto input = MakeInput(testing::Arrival("051262345678", "12371", "", kTested), 0, then);
  const size_t before = testing::Allocations();
  const Route route = DecideRoute(input, then);
  EXPECT_EQ(testing::Allocations(), before);
  EXPECT_NE(route.served, route.intended);
}

// R-203, case 20: an office that is late for the programme has a trial of its own.
TEST(RouteOfSteps, ALateOfficesTrialIsFlagged) {
  DirectoryLog log("12371");
  log.At("2009-02-02 09:00:00").PublishWith([](PackPart* tables) {
    for (Line& line : *tables->mutable_lines()) {
      if (line.office() == "320500") line.clear_open_from();
    }
  });
  const auto line = DirectoryLog::Line("320500");
  log.At("2009-04-20 09:00:00");
  for (const LineStep step : {LINE_STEP_VERIFY, LINE_STEP_REPORT, LINE_STEP_FILE,
                              LINE_STEP_INTERCONNECT, LINE_STEP_SIGN_AGREEMENT}) {
    log.Step(step, {line});
  }
  log.Step(LINE_STEP_TEST, {DirectoryLog::Test("320500")});
  log.At("2009-05-04 09:00:00").Step(LINE_STEP_BEGIN_TRIAL, {line});
  log.At("2009-06-01 09:00:00").Step(LINE_STEP_OPEN, {line});
  ASSERT_EQ(log.reason(), "accepted");
  const auto decision = [&](const char* at) {
    const directory::Directory& then = log.Then(at);
    return ToProto(
        DecideRoute(MakeInput(testing::Arrival("051262345678", "12371", "", at), 0, then), then),
        then);
  };
  EXPECT_EQ(decision("2009-04-30 10:00:00").served_office(), "320000");
  EXPECT_FALSE(decision("2009-04-30 10:00:00").trial());
  EXPECT_EQ(decision("2009-05-05 10:00:00").served_office(), "320500");
  EXPECT_TRUE(decision("2009-05-05 10:00:00").trial());
  EXPECT_FALSE(decision("2009-06-02 10:00:00").trial());
}

}  // namespace
}  // namespace tierline::routing
