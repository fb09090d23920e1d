#include "routing/decide_route.h"

#include "routing/reasons.h"
#include "tests/routing/allocations.h"
#include "tests/routing/directories.h"

namespace tierline::routing {
namespace {

using testing::Arrival;
using testing::DecisionOf;
using testing::National;
using testing::NationalWith;
using testing::Second;

TEST(DecideRoute, AllocatesNothing) {
  std::vector<events::v1::RouteInput> inputs;
  for (const char* caller : {"", "055162345678", "02853311223", "13008112345", "17200001234"}) {
    for (const char* dialled : {"12371", "02812371", "055112371", "056512371", "x"}) {
      inputs.push_back(MakeInput(Arrival(caller, dialled, "0551"), 0, National()));
    }
  }
  const size_t before = testing::Allocations();
  for (const auto& input : inputs) DecideRoute(input, National());
  EXPECT_EQ(testing::Allocations(), before);
}

TEST(MakeInput, KeepsOfALandlineTheAreaCodeOnly) {
  const auto input = MakeInput(Arrival("055162345678", "12371"), 0, National());
  EXPECT_EQ(input.caller_area(), "0551");
  EXPECT_EQ(input.caller_prefix(), "");
}

TEST(MakeInput, KeepsFourDigitsMoreWhereTheAreaIsShared) {
  const auto input = MakeInput(Arrival("02885311223", "12371"), 0, National());
  EXPECT_EQ(input.caller_area(), "028");
  EXPECT_EQ(input.caller_prefix(), "8531");
}

TEST(MakeInput, KeepsTheSegmentOfAMobile) {
  const auto input = MakeInput(Arrival("13000021234", "12371"), 0, National());
  EXPECT_EQ(input.caller_prefix(), "1300002");
  EXPECT_EQ(input.caller_area(), "");
}

TEST(MakeInput, KeepsNothingOfAForeignShortOrMalformedNumber) {
  for (const char* caller : {"+13125550100", "95588", "138001380001", "13800x"}) {
    const auto input = MakeInput(Arrival(caller, "12371"), 0, National());
    EXPECT_EQ(input.caller_prefix() + input.caller_area(), "") << caller;
  }
}

TEST(MakeInput, DropsATrunkThatMightBeANumber) {
  EXPECT_EQ(MakeInput(Arrival("", "12371", "13800138000"), 0, National()).trunk_area(), "");
}

TEST(MakeInput, TakesNowWhenTheArrivalIsAbsent) {
  v1::CallArrival call = Arrival("", "12371");
  call.clear_arrived_at_ms();
  EXPECT_EQ(MakeInput(call, 1234, National()).arrived_at_ms(), 1234);
}

// off in the national pack, and then where a person is, is not recorded.
TEST(MakeInput, KeepsTheNetworksLocationOnlyIfThePackUsesIt) {
  v1::CallArrival call = Arrival("13000021234", "12371");
  call.set_location_area("0310");
  EXPECT_EQ(MakeInput(call, 0, National()).location_area(), "");
  EXPECT_EQ(DecisionOf(call).locality(), "340100");

  call.set_caller("19001551234");
  call.set_dialled("2345");
  call.set_arrived_at_ms(testing::Ms("2024-03-05 10:00:00", Second()));
  EXPECT_EQ(MakeInput(call, 0, Second()).location_area(), "0310");
  EXPECT_EQ(DecisionOf(call, Second()).locality(), "920100");
  call.clear_location_area();
  EXPECT_EQ(DecisionOf(call, Second()).locality(), "920200");
}

TEST(DecideRoute, NamesTheLineToRing) {
  EXPECT_EQ(DecisionOf(Arrival("", "01012371")).line(), "+861000000000");
  EXPECT_EQ(DecisionOf(Arrival("", "12370")).line(), "");
  EXPECT_EQ(DecisionOf(Arrival("", "01012371", "", "2009-04-01 12:00:00")).line(), "");
}

// R-203, case 20
TEST(DecideRoute, SaysWhatIsBeforeTheFormalOpening) {
  EXPECT_TRUE(DecisionOf(Arrival("", "01012371", "", "2009-03-31 23:59:59.999")).trial());
  EXPECT_FALSE(DecisionOf(Arrival("", "01012371", "", "2009-04-01 00:00:00")).trial());
}

std::shared_ptr<const directory::Directory> WithoutLine(const std::string& office) {
  return NationalWith([&](directory::v1::PackPart* pack) {
    for (auto& line : *pack->mutable_lines()) {
      if (line.office() == office) line.set_open_until("2009-04-01");
    }
  });
}

// R-115, case 19
TEST(DecideRoute, LetsTheNearestOpenAncestorServe) {
  const auto directory = WithoutLine("320500");
  const auto decision = DecisionOf(Arrival("051262345678", "12371"), *directory);
  EXPECT_EQ(decision.action(), events::v1::ROUTE_ACTION_MENU);
  EXPECT_EQ(decision.intended_office(), "320500");
  EXPECT_EQ(decision.served_office(), "320000");
  EXPECT_EQ(decision.line(), "+862500320000");
}

// the hours are those of the office that serves.
TEST(DecideRoute, GoesByTheHoursOfTheServingOffice) {
  const auto directory = WithoutLine("650000");
  const auto noon = DecisionOf(Arrival("", "099112371", "", "2009-04-01 12:30:00"), *directory);
  EXPECT_EQ(noon.served_office(), "000000");
  EXPECT_EQ(noon.action(), events::v1::ROUTE_ACTION_VOICE);
}

//
TEST(DecideRoute, SaysThatNoPlanWasInForceYet) {
  const auto directory = testing::NationalWith([](auto*) {
                         })->From(absl::FromUnixMillis(testing::Ms(testing::kWorking)));
  const auto before = DecisionOf(Arrival("", "01012371", "", "2009-04-01 09:59:59"), *directory);
  EXPECT_EQ(before.reasons(0), events::v1::ROUTE_REASON_NO_PLAN_IN_FORCE);
  EXPECT_NE(DecisionOf(Arrival("", "01012371"), *directory).reasons(0),
            events::v1::ROUTE_REASON_NO_PLAN_IN_FORCE);
}

TEST(Reasons, EachHasARuleAndASentenceInBothLanguages) {
  const auto* reasons = events::v1::RouteReason_descriptor();
  for (int i = 1; i < reasons->value_count(); ++i) {
    const auto reason = static_cast<events::v1::RouteReason>(reasons->value(i)->number());
    const ReasonText& text = TextOf(reason);
    EXPECT_EQ(text.reason, reason) << reasons->value(i)->name();
    EXPECT_TRUE(text.rule.starts_with("R-1")) << reasons->value(i)->name();
    EXPECT_FALSE(text.zh.empty() || text.en.empty()) << reasons->value(i)->name();
  }
}

TEST(Reasons, ExplainADecisionStepByStep) {
  const auto steps = Explain(DecisionOf(Arrival("02838311223", "12371")), National());
  ASSERT_EQ(steps.size(), 5u);
  EXPECT_EQ(steps[1].rule(), "R-108");
  EXPECT_EQ(steps[1].text().en(),
            "Several places share area code 028; the first digits of the caller's number belong to "
            "眉山市.");
  EXPECT_EQ(steps[4].text().zh(), "眉山市正在工作时间内，由专人接听。");
}

TEST(Reasons, LeaveNoPlaceholderOpen) {
  for (const char* dialled : {"12371", "02812371", "041012371", "x"}) {
    for (const char* at : {testing::kWorking, "2009-04-01 12:00:00", "2009-01-05 10:00:00"}) {
      for (const auto& step : Explain(DecisionOf(Arrival("", dialled, "", at)), National())) {
        EXPECT_EQ(step.text().zh().find('{'), std::string::npos) << step.text().zh();
        EXPECT_EQ(step.text().en().find('{'), std::string::npos) << step.text().en();
      }
    }
  }
}

}  // namespace
}  // namespace tierline::routing
