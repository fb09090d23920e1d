// The life of a line: which step may follow which, and what packs and steps say together (R-202).
#include "directory/line_life.h"

#include <gtest/gtest.h>

#include "directory/line_steps.h"

namespace tierline::directory {
namespace {

using namespace v1;  // the names of states and steps

// R-202: the way from a bound number to the formal opening; nothing on it can be skipped.
TEST(LineSteps, LeadToTheOpeningOneByOne) {
  LineState state = LINE_STATE_UNSPECIFIED;
  for (int step = LINE_STEP_BIND; step <= LINE_STEP_OPEN; ++step) {
    for (int other = LINE_STEP_BIND; other <= LINE_STEP_OPEN; ++other) {
      const bool again = state == LINE_STATE_TESTED && other == LINE_STEP_TEST;
      EXPECT_EQ(StateAfter(state, static_cast<LineStep>(other), false).has_value(),
                other == step || again)
          << LineState_Name(state) << " " << LineStep_Name(static_cast<LineStep>(other));
    }
    state = *StateAfter(state, static_cast<LineStep>(step), false);
  }
  EXPECT_EQ(state, LINE_STATE_OPEN);
}

// R-202
TEST(LineSteps, FollowTheTable) {
  struct Row {
    LineState from;
    LineStep step;
    bool failed;
    LineState to;  // unspecified: refused
  };
  const Row rows[] = {
      {LINE_STATE_AGREED, LINE_STEP_TEST, true, LINE_STATE_AGREED},
      {LINE_STATE_TESTED, LINE_STEP_TEST, true, LINE_STATE_AGREED},
      {LINE_STATE_OPEN, LINE_STEP_SUSPEND, false, LINE_STATE_SUSPENDED},
      {LINE_STATE_SUSPENDED, LINE_STEP_OPEN, false, LINE_STATE_OPEN},
      {LINE_STATE_TRIAL, LINE_STEP_SUSPEND, false, LINE_STATE_UNSPECIFIED},
      {LINE_STATE_OPEN, LINE_STEP_REBIND, false, LINE_STATE_REBOUND},
      {LINE_STATE_SUSPENDED, LINE_STEP_REBIND, false, LINE_STATE_REBOUND},
      {LINE_STATE_BOUND, LINE_STEP_REBIND, false, LINE_STATE_UNSPECIFIED},
      {LINE_STATE_REBOUND, LINE_STEP_OPEN, false, LINE_STATE_UNSPECIFIED},
      {LINE_STATE_REBOUND, LINE_STEP_TEST, false, LINE_STATE_UNSPECIFIED},
      {LINE_STATE_REBOUND, LINE_STEP_VERIFY, false, LINE_STATE_REVERIFIED},
      {LINE_STATE_REVERIFIED, LINE_STEP_OPEN, false, LINE_STATE_UNSPECIFIED},
      {LINE_STATE_REVERIFIED, LINE_STEP_TEST, true, LINE_STATE_REVERIFIED},
      {LINE_STATE_REVERIFIED, LINE_STEP_TEST, false, LINE_STATE_RETESTED},
      {LINE_STATE_RETESTED, LINE_STEP_OPEN, false, LINE_STATE_OPEN},
      {LINE_STATE_OPEN, LINE_STEP_CLOSE, false, LINE_STATE_CLOSED},
      {LINE_STATE_FILED, LINE_STEP_CLOSE, false, LINE_STATE_CLOSED},
      {LINE_STATE_UNSPECIFIED, LINE_STEP_CLOSE, false, LINE_STATE_UNSPECIFIED},
      {LINE_STATE_CLOSED, LINE_STEP_OPEN, false, LINE_STATE_UNSPECIFIED},
      {LINE_STATE_CLOSED, LINE_STEP_BIND, false, LINE_STATE_BOUND},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(StateAfter(row.from, row.step, row.failed).value_or(LINE_STATE_UNSPECIFIED), row.to)
        << LineState_Name(row.from) << " " << LineStep_Name(row.step);
  }
}

TEST(LineSteps, ListsWhatIsAllowed) {
  EXPECT_EQ(StepsFrom(LINE_STATE_OPEN),
            (std::vector<LineStep>{LINE_STEP_SUSPEND, LINE_STEP_REBIND, LINE_STEP_CLOSE}));
  EXPECT_EQ(StepsFrom(LINE_STATE_UNSPECIFIED), std::vector<LineStep>{LINE_STEP_BIND});
}

StepTaken Taken(LineStep step, int64_t at_ms, const std::string& number = "") {
  auto record = std::make_shared<RecordedStep>();
  record->event.set_step(step);
  record->event.set_happened_at_ms(at_ms);
  record->event.add_lines()->set_number(number);
  return {record, 0};
}

PackLine Pack(std::string_view number, int64_t open_from_ms = kNeverMs,
              int64_t open_until_ms = kNeverMs) {
  return {.number = number,
          .open_from_ms = open_from_ms,
          .open_until_ms = open_until_ms,
          .formal_from_ms = 200,
          .pack_hash = "p"};
}

// "bound@always trial@100 open@200", with the numbers where they change.
std::string Told(const LineLife& life) {
  std::string told, number;
  for (const LineSpan& span : life.spans()) {
    std::string state = LineState_Name(span.state).substr(sizeof("LINE_STATE_") - 1);
    for (char& c : state) c = static_cast<char>(std::tolower(c));
    told += (told.empty() ? "" : " ") + state + "@" +
            (span.from_ms == kAlwaysMs ? "always" : std::to_string(span.from_ms));
    if (span.number != number) told += "#" + span.number;
    number = span.number;
  }
  return told;
}

// R-203: a pack alone brings a line through the trial to the formal opening.
TEST(LineLife, FollowsThePackWithoutSteps) {
  const auto told = [](const PackLine& pack) { return Told(LineLife::Of({&pack, 1}, {})); };
  EXPECT_EQ(told(Pack("")), "unspecified@always");
  EXPECT_EQ(told(Pack("+1")), "bound@always#+1");
  EXPECT_EQ(told(Pack("+1", 100)), "bound@always#+1 trial@100 open@200");
  EXPECT_EQ(told(Pack("+1", 200)), "bound@always#+1 open@200");
  EXPECT_EQ(told(Pack("+1", 300, 400)), "bound@always#+1 open@300 closed@400");
  EXPECT_EQ(told(Pack("+1", 100, 150)), "bound@always#+1 trial@100 closed@150");
}

// Without steps the life and the view of the pack alone are the same at every instant.
TEST(LineLife, AgreesWithTheViewOfThePack) {
  for (const PackLine& pack : {Pack(""), Pack("+1"), Pack("+1", 100), Pack("+1", 200),
                               Pack("+1", 300, 400), Pack("+1", 100, 150)}) {
    const LineLife life = LineLife::Of({&pack, 1}, {});
    for (int64_t at_ms = 0; at_ms < 500; at_ms += 10) {
      EXPECT_EQ(life.At(at_ms).state, ByPack(pack, at_ms).state) << at_ms;
      EXPECT_EQ(life.At(at_ms).from_ms, ByPack(pack, at_ms).since_ms) << at_ms;
    }
  }
}

// R-202: from the first step on the steps count, whatever dates the pack has in store.
TEST(LineLife, GoesByTheStepsFromTheFirstOn) {
  const PackLine pack = Pack("+1", 300);
  EXPECT_EQ(Told(LineLife::Of({&pack, 1}, {Taken(LINE_STEP_VERIFY, 250)})),
            "bound@always#+1 verified@250");
  EXPECT_EQ(
      Told(LineLife::Of({&pack, 1}, {Taken(LINE_STEP_SUSPEND, 350), Taken(LINE_STEP_OPEN, 360)})),
      "bound@always#+1 open@300 suspended@350 open@360");
}

// R-202, case 14
TEST(LineLife, ARebindingKeepsTheLineShutUntilItIsTestedAgain) {
  const PackLine pack = Pack("+1", 100);
  auto test = Taken(LINE_STEP_TEST, 330);
  EXPECT_EQ(Told(LineLife::Of(
                {&pack, 1}, {Taken(LINE_STEP_REBIND, 310, "+2"), Taken(LINE_STEP_VERIFY, 320), test,
                             Taken(LINE_STEP_OPEN, 340)})),
            "bound@always#+1 trial@100 open@200 rebound@310#+2 reverified@320 retested@330 "
            "open@340");
}

TEST(LineLife, LeavesOutAStepThatIsNotAllowed) {
  const PackLine pack = Pack("+1", 100);
  EXPECT_EQ(Told(LineLife::Of({&pack, 1}, {Taken(LINE_STEP_FILE, 250)})),
            "bound@always#+1 trial@100 open@200");
}

std::vector<PackLine> Two(PackLine first, PackLine second, int64_t from_ms) {
  first.in_force_until_ms = from_ms;
  second.in_force_from_ms = from_ms;
  return {first, second};
}

TEST(LineLife, ANewPackOfTheSameNumberLeavesTheSteps) {
  EXPECT_EQ(Told(LineLife::Of(Two(Pack("+1", 100), Pack("+1", 150), 400),
                              {Taken(LINE_STEP_SUSPEND, 300)})),
            "bound@always#+1 trial@100 open@200 suspended@300");
}

TEST(LineLife, ANewPackThatNamesTheReboundNumberLeavesTheSteps) {
  EXPECT_EQ(Told(LineLife::Of(Two(Pack("+1", 100), Pack("+2", 100), 400),
                              {Taken(LINE_STEP_REBIND, 300, "+2")})),
            "bound@always#+1 trial@100 open@200 rebound@300#+2");
}

TEST(LineLife, ANewPackOfAnotherNumberEndsTheSteps) {
  EXPECT_EQ(Told(LineLife::Of(Two(Pack("+1", 100), Pack("+3", 100), 400),
                              {Taken(LINE_STEP_SUSPEND, 300)})),
            "bound@always#+1 trial@100 open@200 suspended@300 open@400#+3");
}

// R-201: the office became part of another one.
TEST(LineLife, AMergerClosesTheLineAndEndsTheSteps) {
  PackLine merged = Pack("");
  merged.merged = true;
  EXPECT_EQ(Told(LineLife::Of(Two(Pack("+1", 100), merged, 400), {})),
            "bound@always#+1 trial@100 open@200 closed@400#");
  EXPECT_EQ(Told(LineLife::Of(Two(Pack("+1", 500), merged, 400), {})),
            "bound@always#+1 closed@400#");
  EXPECT_EQ(Told(LineLife::Of(Two(Pack(""), merged, 400),
                              {Taken(LINE_STEP_BIND, 100, "+2"), Taken(LINE_STEP_VERIFY, 500)})),
            "unspecified@always bound@100#+2 closed@400#");
}

// R-201: a later pack has the office again.
TEST(LineLife, ALineOfAnOfficeThatComesBackBeginsAnew) {
  PackLine merged = Pack(""), back = Pack("+1", 100);
  merged.merged = true;
  auto packs = Two(Pack("+1", 100), merged, 400);
  packs.back().in_force_until_ms = back.in_force_from_ms = 600;
  packs.push_back(back);
  EXPECT_EQ(Told(LineLife::Of(packs, {Taken(LINE_STEP_SUSPEND, 300)})),
            "bound@always#+1 trial@100 open@200 suspended@300 closed@400# open@600#+1");
}

TEST(LineLife, StepsGoOnFromWhereTheNewPackHasBroughtTheLine) {
  EXPECT_EQ(Told(LineLife::Of(Two(Pack("+1", 100), Pack("+3", 100), 400),
                              {Taken(LINE_STEP_SUSPEND, 300), Taken(LINE_STEP_CLOSE, 500)})),
            "bound@always#+1 trial@100 open@200 suspended@300 open@400#+3 closed@500");
}

}  // namespace
}  // namespace tierline::directory
