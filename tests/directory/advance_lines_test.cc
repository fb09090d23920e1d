// Steps of lines as commands: who may take which, and what the tree says afterwards.
#include "directory/advance_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kit/directory_log.h"

namespace tierline::directory {
namespace {

using kit::DirectoryLog;
using ::testing::HasSubstr;
using namespace v1;  // the names of states and steps

constexpr char kNow[] = "2024-03-04 10:00:00";

class AdvanceLines : public ::testing::Test {
 protected:
  AdvanceLines() {
    log_.At("2024-01-02 09:00:00").PublishWith([](PackPart* tables) {
      for (Line& line : *tables->mutable_lines()) {
        if (line.office() == "920300") line.clear_open_from();
      }
      tables->mutable_lines()->RemoveLast();  // Outer Isles has none
    });
    log_.At(kNow);
  }

  DirectoryLog log_;
};

//
TEST_F(AdvanceLines, TakesALineFromItsNumberToItsOpening) {
  const std::string office = "930000";
  const auto line = DirectoryLog::Line(office);
  log_.Step(LINE_STEP_BIND, {DirectoryLog::Line(office, "+999210930000")});
  EXPECT_EQ(log_.ServedBy(office, kNow), "900000");
  for (const LineStep step : {LINE_STEP_VERIFY, LINE_STEP_REPORT, LINE_STEP_FILE,
                              LINE_STEP_INTERCONNECT, LINE_STEP_SIGN_AGREEMENT}) {
    log_.Step(step, {line});
    EXPECT_EQ(log_.reason(), "accepted") << LineStep_Name(step);
  }
  log_.Step(LINE_STEP_TEST, {DirectoryLog::Test(office)});
  log_.Step(LINE_STEP_BEGIN_TRIAL, {line});
  EXPECT_EQ(log_.ServedBy(office, kNow), office);
  log_.Step(LINE_STEP_OPEN, {line});
  EXPECT_EQ(log_.reason(), "accepted");
  EXPECT_EQ(log_.StateAt(office, kNow), LINE_STATE_OPEN);
}

// a skipped step is refused with the line, its state, and what is allowed.
TEST_F(AdvanceLines, RefusesToSkipAStep) {
  log_.Step(LINE_STEP_FILE, {DirectoryLog::Line("920300")});
  EXPECT_EQ(log_.reason(), "STEP_NOT_ALLOWED");
  EXPECT_EQ(log_.rejection().message,
            "lines[0].office: the line of 920300 is bound; allowed next: verify, close");
  EXPECT_EQ(log_.rejection().rule, "R-202");
  EXPECT_EQ(log_.rejection().value, "920300");
}

// one evidence for many lines; all of them or none.
TEST_F(AdvanceLines, TakesAllLinesOrNone) {
  log_.Step(LINE_STEP_SUSPEND, {DirectoryLog::Line("910000"), DirectoryLog::Line("920300")});
  EXPECT_EQ(log_.rejection().field, "lines[1].office");
  EXPECT_EQ(log_.StateAt("910000", kNow), LINE_STATE_OPEN);
  log_.Step(LINE_STEP_SUSPEND, {DirectoryLog::Line("910000"), DirectoryLog::Line("920100")});
  EXPECT_EQ(log_.reason(), "accepted");
  EXPECT_EQ(log_.StateAt("910000", kNow), LINE_STATE_SUSPENDED);
  EXPECT_EQ(log_.StateAt("920100", kNow), LINE_STATE_SUSPENDED);
  EXPECT_EQ(log_.ServedBy("920100", kNow), "920000");
}

// a failed test keeps the line shut.
TEST_F(AdvanceLines, KeepsALineShutWhoseTestFailed) {
  const auto line = DirectoryLog::Line("920300");
  for (const LineStep step : {LINE_STEP_VERIFY, LINE_STEP_REPORT, LINE_STEP_FILE,
                              LINE_STEP_INTERCONNECT, LINE_STEP_SIGN_AGREEMENT}) {
    log_.Step(step, {line});
  }
  log_.Step(LINE_STEP_TEST, {DirectoryLog::Test("920300", /*failed=*/true)});
  EXPECT_EQ(log_.reason(), "accepted");
  log_.Step(LINE_STEP_BEGIN_TRIAL, {line});
  EXPECT_EQ(log_.reason(), "STEP_NOT_ALLOWED");
  EXPECT_EQ(log_.StateAt("920300", kNow), LINE_STATE_AGREED);
}

// Case 14, case 19, R-115: while it is being rebound the ancestor answers; then the new number.
TEST_F(AdvanceLines, RebindsALineThroughVerificationAndTest) {
  const auto line = DirectoryLog::Line("910000");
  log_.Step(LINE_STEP_REBIND, {DirectoryLog::Line("910000", "+99920000910000")});
  EXPECT_EQ(log_.ServedBy("910000", kNow), "900000");
  log_.Step(LINE_STEP_OPEN, {line});
  EXPECT_EQ(log_.reason(), "STEP_NOT_ALLOWED");
  log_.At("2024-03-05 10:00:00").Step(LINE_STEP_VERIFY, {line});
  log_.Step(LINE_STEP_TEST, {DirectoryLog::Test("910000")});
  EXPECT_EQ(log_.ServedBy("910000", "2024-03-05 10:00:00"), "900000");
  log_.At("2024-03-06 10:00:00").Step(LINE_STEP_OPEN, {line});
  EXPECT_EQ(log_.ServedBy("910000", "2024-03-06 10:00:00"), "910000");
  EXPECT_EQ(log_.NumberAt("910000", "2024-03-06 10:00:00"), "+99920000910000");
  EXPECT_EQ(log_.NumberAt("910000", "2024-03-01 10:00:00"), "+9992000910000");
  EXPECT_EQ(log_.ServedBy("910000", "2024-03-01 10:00:00"), "910000");
}

// when it happened, not when it was recorded, decides.
TEST_F(AdvanceLines, HoldsFromTheInstantAtWhichItHappened) {
  auto command = DirectoryLog::StepOf(LINE_STEP_SUSPEND, {DirectoryLog::Line("910000")});
  command.mutable_advance_lines()->set_happened_at_ms(log_.MsOf("2024-03-01 12:00:00"));
  log_.Send(command);
  EXPECT_EQ(log_.StateAt("910000", "2024-03-01 11:59:59.999"), LINE_STATE_OPEN);
  EXPECT_EQ(log_.StateAt("910000", "2024-03-01 12:00:00"), LINE_STATE_SUSPENDED);
}

//
TEST_F(AdvanceLines, RefusesAnInstantToComeOrBeforeTheLastStep) {
  auto command = DirectoryLog::StepOf(LINE_STEP_SUSPEND, {DirectoryLog::Line("910000")});
  command.mutable_advance_lines()->set_happened_at_ms(log_.MsOf(kNow) + 1);
  log_.Send(command);
  EXPECT_EQ(log_.rejection().field, "happened_at_ms");
  EXPECT_EQ(log_.rejection().message, "happened_at_ms: must not be after now");
  command.mutable_advance_lines()->set_happened_at_ms(log_.MsOf("2024-02-04 12:00:00"));
  log_.Send(command);  // the pack opened it on the day after
  EXPECT_THAT(log_.rejection().message, HasSubstr("before the last step of the line of 910000"));
}

// what was published since, of which the line is no part, does not stand in the way.
TEST_F(AdvanceLines, TakesAnInstantBeforeThePublicationOfAPolicy) {
  v1::Command policy;
  policy.mutable_select_policy()->set_policy("standard");
  log_.Send(policy);
  ASSERT_EQ(log_.reason(), "accepted");
  auto command = DirectoryLog::StepOf(LINE_STEP_SUSPEND, {DirectoryLog::Line("910000")});
  command.mutable_advance_lines()->set_happened_at_ms(log_.MsOf("2024-02-20 12:00:00"));
  log_.Send(command);
  EXPECT_EQ(log_.reason(), "accepted") << log_.rejection().message;
  EXPECT_EQ(log_.StateAt("910000", "2024-02-20 12:00:00"), LINE_STATE_SUSPENDED);
  EXPECT_EQ(log_.StateAt("910000", kNow), LINE_STATE_SUSPENDED);
}

//
TEST_F(AdvanceLines, RefusesANegativeInstantAsSuch) {
  auto command = DirectoryLog::StepOf(LINE_STEP_SUSPEND, {DirectoryLog::Line("910000")});
  command.mutable_advance_lines()->set_happened_at_ms(-1);
  log_.Send(command);
  EXPECT_EQ(log_.rejection().message, "happened_at_ms: must not be negative");
}

// What passes the limits fits into a record of the log.
TEST_F(AdvanceLines, RefusesMoreTestCallsThanARecordHolds) {
  LineChange line = DirectoryLog::Test("910000");
  while (line.test_calls_size() < 20) line.add_test_calls(line.test_calls(0));
  auto command = DirectoryLog::StepOf(LINE_STEP_TEST, std::vector<LineChange>(801, line));
  log_.Send(command);
  EXPECT_EQ(log_.rejection().field, "lines");
  EXPECT_EQ(log_.rejection().value, "16020 test calls");
  command.mutable_advance_lines()->mutable_lines()->RemoveLast();
  EXPECT_LT(command.ByteSizeLong(), (1u << 20) - 4096);
  log_.Send(command);
  EXPECT_EQ(log_.rejection().field, "lines[0].office");  // it is not waiting for a test
}

// the line that a pack to come gives the number to.
TEST_F(AdvanceLines, RefusesANumberThatALaterPackGivesToAnotherLine) {
  log_.PublishWith(
      [](PackPart* tables) {
        for (Line& line : *tables->mutable_lines()) {
          if (line.office() == "920000") line.set_number("+99920000910000");
        }
      },
      "2024-05-01 00:00:00");
  ASSERT_EQ(log_.reason(), "accepted");
  log_.Step(LINE_STEP_REBIND, {DirectoryLog::Line("910000", "+99920000910000")});
  EXPECT_EQ(log_.rejection().field, "lines[0].number");
  EXPECT_THAT(log_.rejection().message, HasSubstr("is bound to 920000 from"));
}

// from the later pack on the line has another number.
TEST_F(AdvanceLines, TakesANumberThatALaterPackMovesOn) {
  log_.PublishWith(
      [](PackPart* tables) {
        for (Line& line : *tables->mutable_lines()) {
          if (line.office() == "920000") line.set_number("+99920000910000");
          if (line.office() == "910000") line.set_number("+99920000910001");
        }
      },
      "2024-05-01 00:00:00");
  log_.Step(LINE_STEP_REBIND, {DirectoryLog::Line("910000", "+99920000910000")});
  EXPECT_EQ(log_.reason(), "accepted") << log_.rejection().message;
}

struct Faulty {
  const char* field;
  void (*spoil)(AdvanceLinesRequest*);
};

TEST_F(AdvanceLines, NamesTheFieldThatIsWrong) {
  const Faulty rows[] = {
      {"step", [](auto* request) { request->clear_step(); }},
      {"lines", [](auto* request) { request->clear_lines(); }},
      {"lines[1].office", [](auto* request) { *request->add_lines() = request->lines(0); }},
      {"lines[0].office", [](auto* request) { request->mutable_lines(0)->set_office("123456"); }},
      {"lines[0].number", [](auto* request) { request->mutable_lines(0)->set_number("+99912"); }},
      {"lines[0].test_failed",
       [](auto* request) { request->mutable_lines(0)->set_test_failed(true); }},
      {"lines[0].test_calls",
       [](auto* request) { request->mutable_lines(0)->add_test_calls("17"); }},
      {"evidence.id", [](auto* request) { request->mutable_evidence()->clear_id(); }},
      {"evidence.text",
       [](auto* request) { request->mutable_evidence()->set_text(std::string(501, 'x')); }},
      {"lines[0].test_calls", [](auto* request) { request->set_step(LINE_STEP_TEST); }},
      {"lines[0].number",
       [](auto* request) {
         request->set_step(LINE_STEP_REBIND);
         request->mutable_lines(0)->set_number("2000910000");
       }},
      {"lines[0].number",
       [](auto* request) {  // that of another line
         request->set_step(LINE_STEP_REBIND);
         request->mutable_lines(0)->set_number("+9992000900000");
       }},
  };
  for (const Faulty& row : rows) {
    auto command = DirectoryLog::StepOf(LINE_STEP_SUSPEND, {DirectoryLog::Line("910000")});
    row.spoil(command.mutable_advance_lines());
    log_.Send(command);
    EXPECT_EQ(log_.rejection().field, row.field) << log_.rejection().message;
  }
}

TEST_F(AdvanceLines, WantsToKnowWhoRecordsIt) {
  log_.context().principal.clear_role();
  log_.Step(LINE_STEP_SUSPEND, {DirectoryLog::Line("910000")});
  EXPECT_EQ(log_.rejection().field, "tierline-role");
}

// the number that a line gave up is free again.
TEST_F(AdvanceLines, LetsANumberGoWithTheLineThatHadIt) {
  log_.Step(LINE_STEP_REBIND, {DirectoryLog::Line("910000", "+99920000910000")});
  log_.Step(LINE_STEP_BIND, {DirectoryLog::Line("930000", "+9992000910000")});
  EXPECT_EQ(log_.reason(), "accepted");
}

TEST_F(AdvanceLines, DigestCoversTheSteps) {
  const std::string before = log_.Digest();
  log_.Step(LINE_STEP_SUSPEND, {DirectoryLog::Line("910000")});
  EXPECT_NE(log_.Digest(), before);
}

// Evolve takes what no decision of this version wrote.
TEST_F(AdvanceLines, IgnoresARecordedStepThatIsNotAllowed) {
  Event event;
  event.mutable_lines_advanced()->set_step(LINE_STEP_FILE);
  event.mutable_lines_advanced()->add_lines()->set_office("910000");
  event.mutable_lines_advanced()->add_lines()->set_office("none such");
  log_.Apply(event);
  EXPECT_EQ(log_.StateAt("910000", kNow), LINE_STATE_OPEN);
}

}  // namespace
}  // namespace tierline::directory
