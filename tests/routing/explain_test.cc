#include "routing/explain.h"

#include <algorithm>
#include <set>

#include "routing/menu.h"
#include "tests/routing/calls.h"

// Why a call goes where it goes, with the rules that did not apply.

namespace tierline::routing {
namespace {

using namespace testing;  // calls and the scenario

v1::Explanation Explained(const v1::CallArrival& call, const std::string& keys = "",
                          const directory::Directory& directory = National()) {
  const auto input = MakeInput(call, 0, directory);
  const Route entered = DecideRoute(input, directory);
  const Route route = keys.empty() ? entered : Navigate(entered, keys, directory);
  return ExplainRoute(input, ToProto(route, directory), 7, directory);
}

const v1::Step& StepOf(const v1::Explanation& explanation, const std::string& rule) {
  static const v1::Step none;
  for (const auto& step : explanation.steps()) {
    if (step.rule() == rule) return step;
  }
  ADD_FAILURE() << "no step of " << rule;
  return none;
}

// A clerk's question: a mobile of Hefei dials 0551 12371 on a working Sunday, in the noon break.
TEST(Explain, ReadsLikeAnExplanation) {
  const auto explanation =
      Explained(Arrival("+8613955100000", "055112371", "", "2009-09-27 12:10:00"));
  EXPECT_EQ(StepOf(explanation, "R-102").text().en(),
            "An area code was dialled: that area answers, whoever calls.");
  EXPECT_TRUE(StepOf(explanation, "R-102").applied());
  EXPECT_EQ(StepOf(explanation, "R-101").text().en(),
            "An area code was dialled: the caller's own area does not decide.");
  EXPECT_FALSE(StepOf(explanation, "R-101").applied());
  EXPECT_EQ(StepOf(explanation, "R-105").intended_office(), "340000");
  EXPECT_EQ(StepOf(explanation, "R-114").text().en(),
            "2009-09-27 is a make-up workday (国庆节); 安徽省 works 08:30-12:00, "
            "14:30-17:30.");
  EXPECT_EQ(StepOf(explanation, "R-113").text().zh(),
            "安徽省不在工作时间内，由自动语音接听，可以留言。");
  EXPECT_EQ(explanation.conclusion().text().en(),
            "So the automated voice answers, and a message can be left for 安徽省.");
  EXPECT_EQ(explanation.conclusion().action(), events::v1::ROUTE_ACTION_VOICE);
}

TEST(Explain, SaysThatNoAreaCodeWasDialled) {
  const auto explanation = Explained(Arrival(kRinging, "12371"));
  EXPECT_FALSE(StepOf(explanation, "R-102").applied());
  EXPECT_EQ(StepOf(explanation, "R-102").text().en(), "No area code was dialled.");
  EXPECT_EQ(StepOf(explanation, "R-102").text().zh(), "没有加拨区号。");
}

// Every rule is there, applied or not, with a sentence in both languages, all names filled in.
void ExpectWhole(const v1::Explanation& explanation, const std::string& where) {
  std::set<std::string> rules;
  for (const auto& step : explanation.steps()) {
    rules.insert(step.rule());
    for (const auto& text : {step.text().zh(), step.text().en()}) {
      EXPECT_FALSE(text.empty()) << where << " " << step.rule();
      EXPECT_EQ(text.find('{'), std::string::npos) << where << " " << text;
    }
  }
  EXPECT_EQ(rules.size(), 18u) << where;
  EXPECT_FALSE(explanation.conclusion().text().zh().empty()) << where;
}

void ExpectConcludes(const v1::Explanation& explanation, const events::v1::Decision& decision,
                     const std::string& where) {
  EXPECT_EQ(explanation.conclusion().action(), decision.action()) << where;
  EXPECT_EQ(explanation.conclusion().intended_office(), decision.intended_office()) << where;
  EXPECT_EQ(explanation.conclusion().served_office(), decision.served_office()) << where;
}

// The steps come to what was decided, for callers, numbers, keys and times of every kind.
TEST(Explain, ConclusionIsTheDecision) {
  const auto some_closed = NationalWith([](directory::v1::PackPart* pack) {
    for (auto& line : *pack->mutable_lines()) {
      const std::string& office = line.office();
      if (office == "340100" || office == "441900" || office == "410800" || office == "310000")
        line.set_open_from("2009-06-01");
    }
  });
  const auto all_closed = NationalWith([](directory::v1::PackPart* pack) {
    for (auto& line : *pack->mutable_lines()) line.set_open_from("2010-06-01");
  });
  const std::vector<std::string> callers = {"",
                                            "anonymous",
                                            "+8613955100000",
                                            "13000201234",
                                            "076983311223",
                                            "055162345678",
                                            "02885311223",
                                            "+85223456789",
                                            "10086",
                                            "17000000000",
                                            "8331122",
                                            "nonsense"};
  const std::vector<std::string> numbers = {"12371",     "055112371", "01012371", "039112371",
                                            "02112371",  "072812371", "12370",    "099912371",
                                            "076912371", "056512371"};
  const std::vector<std::string> times = {"2009-04-01 10:00:00", "2009-09-27 12:10:00",
                                          "2009-10-01 10:00:00", "2009-06-15 15:00:00"};
  size_t cases = 0;
  for (const auto* directory : {&National(), some_closed.get(), all_closed.get()}) {
    for (const auto& caller : callers) {
      for (const auto& number : numbers) {
        for (const auto& at : times) {
          for (const std::string keys : {"", "1", "2", "T"}) {
            const auto call = Arrival(caller, number, "0769", at);
            const auto input = MakeInput(call, 0, *directory);
            const Route entered = DecideRoute(input, *directory);
            const Route route = keys.empty() ? entered : Navigate(entered, keys, *directory);
            const auto decision = ToProto(route, *directory);
            const auto explanation = ExplainRoute(input, decision, 7, *directory);
            const std::string where = caller + " " + number + " " + at + " " + keys;
            ExpectConcludes(explanation, decision, where);
            ExpectWhole(explanation, where);
            ++cases;
          }
        }
      }
    }
  }
  EXPECT_GE(cases, 5000u);
}

// of a call that went on, too.
TEST(Explain, ConclusionIsTheDecisionAfterAnOverflowAndATransfer) {
  const auto overflowing = NationalWith(
      [](directory::v1::PackPart* pack) { pack->mutable_hotline()->set_overflow_to_parent(true); });
  Routing routing(*overflowing);
  routing.When(Receive(kWithMenu)).When(Choose("3")).When(Report({1, 1000, kBusy}));
  const auto& call = routing.state().call();
  const auto overflowed = ExplainCall(call, *overflowing);
  ExpectConcludes(overflowed, call.decision(), "overflow");
  EXPECT_TRUE(StepOf(overflowed, "R-117").applied());
  routing.When(TransferTo("340103"));
  const auto transferred = ExplainCall(call, *overflowing);
  ExpectConcludes(transferred, call.decision(), "transfer");
  EXPECT_TRUE(StepOf(transferred, "R-118").applied());
}

// what was decided before is told as it was, with the offices of then.
TEST(Explain, TellsEachStepOfACallThatWentOnWithItsOwnOffice) {
  const auto overflowing = NationalWith(
      [](directory::v1::PackPart* pack) { pack->mutable_hotline()->set_overflow_to_parent(true); });
  Routing routing(*overflowing);
  routing.When(Receive(kWithMenu)).When(Choose("3")).When(Report({1, 1000, kBusy}));
  const auto& offices = overflowing->offices();
  const auto name = [&](const char* code) { return offices[offices.Find(code)].name; };
  routing.When(TransferTo("340000"));
  const auto explanation = ExplainCall(routing.state().call(), *overflowing);
  EXPECT_EQ(StepOf(explanation, "R-116").text().en(),
            "The caller chose " + name("340102") + " from the menu.");
  EXPECT_EQ(StepOf(explanation, "R-116").intended_office(), "340102");
  EXPECT_EQ(StepOf(explanation, "R-115").text().en(),
            "The line of " + name("340102") + " is open.");
  EXPECT_EQ(StepOf(explanation, "R-113").text().en(),
            "It is working time at " + name("340102") + ": a person answers.");
  EXPECT_EQ(StepOf(explanation, "R-117").text().en(),
            "The line before was busy or did not answer; as the pack says, the superior " +
                name("340100") + " takes the call.");
  EXPECT_EQ(StepOf(explanation, "R-118").text().en(),
            "The call was transferred to " + name("340000") + ".");
  EXPECT_EQ(explanation.conclusion().text().en(), "So a person at " + name("340000") + " answers.");
}

TEST(Explain, NamesTheVersionsThatItRestsOn) {
  const auto explanation = Explained(Arrival("09912331122", "12371", "", "2009-07-01 10:00:00"));
  const auto& versions = explanation.versions();
  EXPECT_EQ(versions.pack_hash(), National().pack_hash());
  EXPECT_EQ(versions.directory(), 7);
  EXPECT_EQ(versions.hours(), "xinjiang");
  ASSERT_EQ(versions.intervals_size(), 2);
  EXPECT_EQ(versions.intervals(0), "10:00-14:00");
  EXPECT_EQ(versions.intervals(1), "16:00-20:00");
  EXPECT_TRUE(versions.line_open());
}

// of a past instant, by the plan of then.
TEST(Explain, IsByTheDirectoryOfThatInstant) {
  const auto now =
      directory::Directory::Chain({kit::NationalDirectory()->From(absl::FromUnixMillis(0)),
                                   Second().From(absl::FromUnixMillis(Ms("2009-06-01 00:00:00")))},
                                  std::make_shared<const directory::LineBook>());
  const auto call = Arrival(kRinging, "12371");
  const auto& directory = now->At(absl::FromUnixMillis(call.arrived_at_ms()));
  const auto input = MakeInput(call, 0, directory);
  const auto explanation =
      ExplainRoute(input, ToProto(DecideRoute(input, directory), directory), 7, directory);
  EXPECT_EQ(explanation.versions().pack_hash(), National().pack_hash());
  EXPECT_EQ(explanation.conclusion().served_office(), "441900");
}

}  // namespace
}  // namespace tierline::routing
