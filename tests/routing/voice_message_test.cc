#include "routing/voice_message.h"

#include "tests/routing/calls.h"

// After hours: the automated voice, a message, a call-back in the office's next hours.

namespace tierline::routing {
namespace {

using namespace testing;  // calls and the scenario

// The message of a call to `caller`'s office at `at`.
events::v1::VoiceMessageLeft MessageAt(const std::string& caller, const std::string& at,
                                       const std::string& number = "",
                                       const std::string& dialled = "12371") {
  Routing routing;
  routing.AtLocal(at).When(Receive(caller, dialled, at)).When(LeaveMessage(number));
  return routing.ThenEvent().voice_message_left();
}

//
TEST(VoiceMessage, IsSealed) {
  const auto left = MessageAt(kRinging, "2009-04-01 18:00:00", "13805511234");
  EXPECT_EQ(left.recording().ciphertext(), "recording:vm/17");
  EXPECT_EQ(left.callback_number().ciphertext(), "callback_number:13805511234");
  EXPECT_EQ(left.office(), "441900");
  EXPECT_EQ(left.level(), base::v1::LEVEL_PREFECTURE);
  EXPECT_EQ(left.duration_s(), 40);
}

//
TEST(VoiceMessage, IsToBeCalledBackInTheNextWorkingHours) {
  const char kUrumqi[] = "09912331122";
  const struct {
    const char* what;
    std::string caller, at, from, due;
  } rows[] = {
      {"in the evening", kRinging, "2009-04-01 18:00:00", "2009-04-02 08:30:00",
       "2009-04-02 17:30:00"},
      {"in the noon break", kRinging, "2009-04-01 12:10:00", "2009-04-01 14:30:00",
       "2009-04-01 17:30:00"},
      {"before a long weekend", kRinging, "2009-04-03 17:30:00", "2009-04-07 08:30:00",
       "2009-04-07 17:30:00"},
      {"on a Saturday before a working Sunday", kRinging, "2009-09-26 10:00:00",
       "2009-09-27 08:30:00", "2009-09-27 17:30:00"},
      {"in the holidays of October", kRinging, "2009-10-01 10:00:00", "2009-10-09 08:30:00",
       "2009-10-09 17:30:00"},
      // case 30: the hours of Xinjiang, in Beijing time.
      {"Urumqi in winter, before it opens", kUrumqi, "2009-04-01 09:00:00", "2009-04-01 10:00:00",
       "2009-04-01 19:30:00"},
      {"Urumqi in winter, in the break", kUrumqi, "2009-04-01 14:10:00", "2009-04-01 15:30:00",
       "2009-04-01 19:30:00"},
      {"Urumqi in summer, in the break", kUrumqi, "2009-07-01 15:45:00", "2009-07-01 16:00:00",
       "2009-07-01 20:00:00"},
      {"Urumqi in summer, at night", kUrumqi, "2009-07-01 20:00:00", "2009-07-02 10:00:00",
       "2009-07-02 20:00:00"},
  };
  for (const auto& row : rows) {
    const auto left = MessageAt(row.caller, row.at);
    EXPECT_EQ(left.callback_from_ms(), Ms(row.from)) << row.what;
    EXPECT_EQ(left.callback_due_at_ms(), Ms(row.due)) << row.what;
    EXPECT_EQ(left.hours(), row.caller == kUrumqi ? "xinjiang" : "national") << row.what;
    EXPECT_EQ(left.left_at_ms(), Ms(row.at)) << row.what;
  }
}

// case 5, R-110: nobody can be called back whose number nobody knows.
TEST(VoiceMessage, OfAWithheldNumberAsksForNoCallBackUnlessOneIsLeft) {
  const std::string at = "2009-04-01 18:00:00";
  const auto withheld = MessageAt("anonymous", at, "", "076912371");
  EXPECT_EQ(withheld.callback_due_at_ms(), 0);
  EXPECT_EQ(withheld.callback_from_ms(), 0);
  EXPECT_FALSE(withheld.has_callback_number());
  const auto left = MessageAt("anonymous", at, "13805511234", "076912371");
  EXPECT_EQ(left.callback_due_at_ms(), Ms("2009-04-02 17:30:00"));
}

// every call that the voice answers ends with a record, a message or not.
TEST(VoiceMessage, LeavesTheOutcomeAfterHours) {
  Routing routing;
  const std::string noon = "2009-04-01 12:10:00";
  routing.AtLocal(noon).When(Receive(kRinging, "12371", noon)).When(LeaveMessage());
  routing.When(Report({1, 7'900'000, kEnded, events::v1::CALL_END_CAUSE_VOICE_PLAYED}));
  routing.WhenDue("end");
  EXPECT_EQ(routing.ThenEvent().call_ended().outcome(), base::v1::OUTCOME_AFTER_HOURS);
}

TEST(VoiceMessage, MayComeAfterTheCallEnded) {
  Routing routing;
  const std::string noon = "2009-04-01 12:10:00";
  routing.AtLocal(noon).When(Receive(kRinging, "12371", noon));
  routing.When(Report({1, 7'900'000, kEnded, events::v1::CALL_END_CAUSE_VOICE_PLAYED}));
  routing.WhenDue("end").When(LeaveMessage());
  EXPECT_TRUE(routing.ThenEvent().has_voice_message_left());
}

// case 22: nobody answers in working time; the caller may leave a message.
TEST(VoiceMessage, IsTakenWhereTheLineFailed) {
  Routing routing;
  routing.When(Receive(kRinging)).When(Report({1, 31000, kRingTimeout})).When(LeaveMessage());
  EXPECT_EQ(routing.ThenEvent().voice_message_left().office(), "441900");
  EXPECT_EQ(routing.ThenEvent().voice_message_left().callback_from_ms(), Ms(kWorking));
}

// the ancestor that serves calls back, by its own hours.
TEST(VoiceMessage, IsForTheOfficeThatServes) {
  const auto directory = NationalWith([](directory::v1::PackPart* pack) {
    for (auto& line : *pack->mutable_lines()) {
      if (line.office() == "441900") line.set_open_from("2009-06-01");
    }
  });
  Routing routing(*directory);
  const std::string at = "2009-04-01 18:00:00";
  routing.AtLocal(at).When(Receive(kRinging, "12371", at)).When(LeaveMessage());
  EXPECT_EQ(routing.ThenEvent().voice_message_left().office(), "440000");
}

TEST(VoiceMessage, IsRefusedWhereSomebodyAnswersAndASecondTime) {
  Routing ringing;
  ringing.When(Receive(kRinging)).When(LeaveMessage());
  EXPECT_EQ(ringing.ThenRejection().reason, "NO_VOICE_PLAYED");
  Routing routing;
  const std::string at = "2009-04-01 18:00:00";
  routing.AtLocal(at).When(Receive(kRinging, "12371", at)).When(LeaveMessage());
  routing.When(LeaveMessage());
  EXPECT_EQ(routing.ThenRejection().reason, "ALREADY_LEFT");
}

TEST(VoiceMessage, NeedsItsRecording) {
  Routing routing;
  const std::string at = "2009-04-01 18:00:00";
  v1::Command command = LeaveMessage();
  command.mutable_leave_voice_message()->clear_recording();
  routing.AtLocal(at).When(Receive(kRinging, "12371", at)).When(command);
  EXPECT_EQ(routing.ThenRejection().field, "recording");
}

// R-114, case 28, case 29, case 30: a person or the voice, by the office's own hours.
TEST(VoiceMessage, AnswersOutsideTheOfficesOwnHours) {
  const char kUrumqi[] = "09912331122";
  const struct {
    std::string caller, at;
    bool person;
  } rows[] = {
      {kRinging, "2009-04-01 11:59:59", true},  {kRinging, "2009-04-01 12:00:00", false},
      {kRinging, "2009-05-31 10:00:00", true},   // a working Sunday
      {kRinging, "2009-09-27 10:00:00", true},   // another
      {kRinging, "2009-10-10 10:00:00", true},   // a working Saturday
      {kRinging, "2009-04-06 10:00:00", false},  // a holiday
      {kUrumqi, "2009-04-01 09:59:59", false},  {kUrumqi, "2009-04-01 10:00:00", true},
      {kUrumqi, "2009-04-01 19:29:59", true},   {kUrumqi, "2009-04-01 15:30:00", true},
      {kUrumqi, "2009-07-01 15:30:00", false},  {kUrumqi, "2009-07-01 19:59:59", true},
      {kUrumqi, "2009-10-09 19:45:00", false},
  };
  for (const auto& row : rows) {
    const auto decision = DecisionOf(Arrival(row.caller, "12371", "", row.at));
    EXPECT_EQ(decision.action() != events::v1::ROUTE_ACTION_VOICE, row.person)
        << row.caller << " " << row.at;
  }
}

}  // namespace
}  // namespace tierline::routing
