// A plan that changes at midnight, and calls around it (R-112, case 13).
#include <gtest/gtest.h>

#include "routing/routing.h"
#include "tests/kit/directory_log.h"
#include "tests/routing/calls.h"

namespace tierline::routing {
namespace {

using kit::DirectoryLog;

constexpr char kCutOver[] = "2009-05-06 00:00:00";

// From May 6 on Hefei's counties answer nothing themselves.
DirectoryLog& Log() {
  static auto& log = *[] {
    auto* made = new DirectoryLog("12371");
    made->At("2009-03-02 09:00:00").Publish();
    made->At("2009-04-20 09:00:00")
        .PublishWith(
            [](directory::v1::PackPart* tables) {
              for (auto& line : *tables->mutable_lines()) {
                if (line.office() == "340103") line.clear_open_from();
              }
            },
            kCutOver);
    EXPECT_EQ(made->reason(), "accepted");
    return made;
  }();
  return log;
}

// Decided at `now` on a call that arrived at `at`; presses 4, the county.
events::v1::Decision Chosen(const std::string& at, const std::string& now) {
  tierline::testing::Scenario call(std::make_unique<RoutingService>(), &Log().Then(now));
  call.At(Log().TimeOf(now));
  call.When(testing::Receive(testing::kWithMenu, "12371", at));
  call.When(testing::Choose("4"));
  return call.state().call().decision();
}

//
TEST(CutOver, ACallIsDecidedByThePlanOfItsArrival) {
  EXPECT_EQ(Chosen("2009-05-05 10:00:00", "2009-05-05 10:00:00").served_office(), "340103");
  EXPECT_EQ(Chosen("2009-05-06 10:00:00", "2009-05-06 10:00:00").served_office(), "340100");
}

// Case 13: answered after the cut-over, or reported late, it is still one of the old plan.
TEST(CutOver, ACallBeforeMidnightIsOneOfTheOldPlan) {
  const auto input =
      MakeInput(testing::Arrival(testing::kWithMenu, "12371", "", "2009-05-05 23:59:59.9"), 0,
                Log().Then("2009-05-05 23:59:59.9"));
  const auto& then = Log().Then("2009-05-05 23:59:59.9");
  EXPECT_NE(then.pack_hash(), Log().Then(kCutOver).pack_hash());
  EXPECT_EQ(&Log().Then(kCutOver).At(absl::FromUnixMillis(input.arrived_at_ms())), &then);
  EXPECT_EQ(Chosen("2009-05-05 10:00:00", "2009-05-06 00:00:05").served_office(), "340103");
}

// A switch's clock may be ahead: what will be in force then decides.
TEST(CutOver, ACallAfterMidnightIsOneOfTheNewPlanWhoeverIsEarlier) {
  EXPECT_EQ(Chosen("2009-05-06 10:00:00", "2009-05-05 23:59:59").served_office(), "340100");
}

}  // namespace
}  // namespace tierline::routing
