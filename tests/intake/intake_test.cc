#include "intake/intake.h"

#include <gtest/gtest.h>

#include "intake/limits.h"
#include "tests/kit/intake_commands.h"
#include "tests/kit/packs.h"
#include "tests/kit/scenario.h"

namespace tierline::intake {
namespace {

using testing::Scenario;

v1::Command Open(const std::string& category = "dues", const std::string& office = "340100") {
  v1::Command command;
  auto* open = command.mutable_open_inquiry();
  open->set_channel(events::v1::INQUIRY_CHANNEL_BY_HAND);
  open->set_office(office);
  open->set_category(category);
  open->set_question("how are dues paid abroad?");
  return command;
}

v1::Command Register(const std::string& explanation = "it takes a while",
                     const std::string& next_step = "asks") {
  v1::Command command;
  command.mutable_register_inquiry()->set_explanation(explanation);
  command.mutable_register_inquiry()->set_next_step(next_step);
  return command;
}

v1::Command Close() {
  v1::Command command;
  command.mutable_close_inquiry()->set_outcome(events::v1::CLOSE_OUTCOME_RESOLVED);
  return command;
}

v1::Command Answer(const std::string& text = "at the local branch") {
  v1::Command command;
  command.mutable_answer_inquiry()->set_answer(text);
  return command;
}

v1::Command Reopen() {
  v1::Command command;
  command.mutable_reopen_inquiry()->set_reason("it came back");
  return command;
}

class IntakeTest : public ::testing::Test {
 protected:
  Scenario intake_{std::make_unique<IntakeService>(), kit::NationalDirectory().get()};
};

TEST_F(IntakeTest, OpensAnInquiryByHandAtTheOfficeThatIsNamed) {
  intake_.When(Open());
  EXPECT_EQ(intake_.ThenEvent().inquiry_opened().office(), "340100");
  EXPECT_EQ(intake_.ThenEvent().inquiry_opened().level(), base::v1::LEVEL_PREFECTURE);
}

//
TEST_F(IntakeTest, SealsFreeTextBeforeItBecomesPartOfAnEvent) {
  intake_.When(Open());
  EXPECT_EQ(intake_.ThenEvent().inquiry_opened().question().ciphertext(),
            "question:how are dues paid abroad?");
}

TEST_F(IntakeTest, OpensAnInquiryFromACallAtTheOfficeThatServedIt) {
  Event received;
  received.mutable_call_received()->mutable_decision()->set_served_office("340102");
  v1::Command open = Open();
  open.mutable_open_inquiry()->set_channel(events::v1::INQUIRY_CHANNEL_CALL);
  open.mutable_open_inquiry()->clear_office();
  intake_.Given(received).When(open);
  EXPECT_EQ(intake_.ThenEvent().inquiry_opened().office(), "340102");
}

// no office up to the root is open; the inquiry from the automated voice is still
// somebody's.
TEST_F(IntakeTest, GivesACallThatNobodyServedToTheOfficeThatWasMeant) {
  Event received;
  received.mutable_call_received()->mutable_decision()->set_intended_office("340102");
  v1::Command open = Open();
  open.mutable_open_inquiry()->set_channel(events::v1::INQUIRY_CHANNEL_CALL);
  open.mutable_open_inquiry()->clear_office();
  intake_.Given(received).When(open);
  EXPECT_EQ(intake_.ThenEvent().inquiry_opened().office(), "340102");
}

TEST_F(IntakeTest, RefusesToOpenFromACallThatWasNeverReceived) {
  v1::Command open = Open();
  open.mutable_open_inquiry()->set_channel(events::v1::INQUIRY_CHANNEL_CALL);
  intake_.When(open);
  EXPECT_EQ(intake_.ThenRejection().reason, "CALL_NOT_FOUND");
}

//
TEST_F(IntakeTest, RefusesAnUnknownOfficeNamingFieldValueAndRule) {
  intake_.When(Open("dues", "349999"));
  EXPECT_EQ(intake_.ThenRejection().field, "office");
  EXPECT_EQ(intake_.ThenRejection().value, "349999");
  EXPECT_EQ(intake_.ThenRejection().rule, "R-201");
}

//
TEST_F(IntakeTest, RefusesACategoryThatThePackDoesNotHave) {
  intake_.When(Open("weather"));
  EXPECT_EQ(intake_.ThenRejection().field, "category");
  EXPECT_EQ(intake_.ThenRejection().rule, "R-301");
}

TEST_F(IntakeTest, RefusesAnOversizedTextWithoutRepeatingIt) {
  v1::Command open = Open();
  open.mutable_open_inquiry()->set_question(std::string(kTextMax + 1, 'q'));
  intake_.When(open);
  EXPECT_EQ(intake_.ThenRejection().field, "question");
  EXPECT_EQ(intake_.ThenRejection().value, "4001 bytes");
}

//
TEST_F(IntakeTest, ClosesWhatIsAnsweredOnTheSpotInTheSameEvent) {
  intake_.When(Open()).When(Answer());
  EXPECT_TRUE(intake_.ThenEvent().has_inquiry_answered());
  EXPECT_EQ(intake_.state().inquiry().status(), state::v1::INQUIRY_STATUS_CLOSED);
  EXPECT_TRUE(intake_.state().inquiry().answered_on_the_spot());
}

//
TEST_F(IntakeTest, RefusesToRegisterWithoutAnExplanation) {
  intake_.When(Open()).When(Register(""));
  EXPECT_EQ(intake_.ThenRejection().field, "explanation");
  EXPECT_EQ(intake_.ThenRejection().rule, "R-303");
}

//
TEST_F(IntakeTest, RefusesToRegisterWithoutANextStep) {
  intake_.When(Open()).When(Register("told", ""));
  EXPECT_EQ(intake_.ThenRejection().field, "next_step");
}

//
TEST_F(IntakeTest, RecordsWhetherAnInquiryCanBeSolved) {
  for (const bool solvable : {true, false}) {
    Scenario intake(std::make_unique<IntakeService>(), kit::NationalDirectory().get());
    v1::Command command = Register();
    command.mutable_register_inquiry()->set_solvable(solvable);
    intake.When(Open()).When(command);
    EXPECT_EQ(intake.ThenEvent().inquiry_registered().solvable(), solvable);
  }
}

TEST_F(IntakeTest, StatesWhatADeadlineDependsOnWhenItRegisters) {
  intake_.When(Open()).When(Register());
  const auto& registered = intake_.ThenEvent().inquiry_registered();
  EXPECT_EQ(registered.office(), "340100");
  EXPECT_EQ(registered.category(), "dues");
}

TEST_F(IntakeTest, RefusesToRegisterTwice) {
  intake_.When(Open()).When(Register()).When(Register());
  EXPECT_EQ(intake_.ThenRejection().reason, "ALREADY_REGISTERED");
}

TEST_F(IntakeTest, RefusesToCloseAnInquiryTwice) {
  intake_.When(Open()).When(Close()).When(Close());
  EXPECT_EQ(intake_.ThenRejection().reason, "ALREADY_CLOSED");
}

TEST_F(IntakeTest, RefusesToCloseWhatWasNeverOpened) {
  intake_.When(Close());
  EXPECT_EQ(intake_.ThenRejection().code, absl::StatusCode::kNotFound);
}

//
TEST_F(IntakeTest, ReopensAClosedInquiryAndNothingElse) {
  intake_.When(Open()).When(Reopen());
  EXPECT_EQ(intake_.ThenRejection().reason, "NOT_CLOSED");
  intake_.When(Close()).When(Reopen());
  EXPECT_TRUE(intake_.ThenEvent().has_inquiry_reopened());
  EXPECT_EQ(intake_.state().inquiry().reopened(), 1);
}

Event Message(int64_t callback_due_at_ms) {
  Event event;
  event.mutable_voice_message_left()->set_office("340102");
  event.mutable_voice_message_left()->set_level(base::v1::LEVEL_COUNTY);
  event.mutable_voice_message_left()->set_callback_due_at_ms(callback_due_at_ms);
  return event;
}

v1::Command CallBack(bool reached) {
  v1::Command command;
  command.mutable_record_callback()->set_reached(reached);
  command.mutable_record_callback()->set_remark("told him");
  return command;
}

// a message leaves an inquiry, without anybody's command, not yet classified.
// the owner is another one and nothing else.
TEST_F(IntakeTest, IsTakenOverByASuperiorOfItsOwner) {
  intake_.When(Open()).When(testing::Register());
  const std::string owner = intake_.state().inquiry().office();
  intake_.When(testing::TakeOver("000000"));
  const auto& taken = intake_.ThenEvent().inquiry_taken_over();
  EXPECT_EQ(taken.from_office(), owner);
  EXPECT_EQ(taken.office(), "000000");
  EXPECT_EQ(taken.level(), base::v1::LEVEL_CENTRAL);
  EXPECT_EQ(taken.reason().ciphertext(), "reason:It is ours.");
  const auto inquiry = Describe("an-id", intake_.state());
  EXPECT_EQ(inquiry.office(), "000000");
  EXPECT_EQ(inquiry.level(), base::v1::LEVEL_CENTRAL);
  EXPECT_EQ(inquiry.status(), state::v1::INQUIRY_STATUS_REGISTERED);
}

// every refusal says which field, which value and why.
TEST_F(IntakeTest, IsTakenOverByNobodyElse) {
  intake_.When(testing::TakeOver("000000"));
  EXPECT_EQ(intake_.ThenRejection().reason, "INQUIRY_NOT_FOUND");
  intake_.When(testing::OpenByHand("340100", "dues"));
  struct Row {
    const char *office, *reason, *field, *value, *rule;
  };
  for (const Row& row :
       {Row{"999999", "why", "office", "999999", "R-201"}, Row{"", "why", "office", "", "R-201"},
        Row{"340100", "why", "office", "340100", "R-409"},
        Row{"340102", "why", "office", "340102", "R-409"},
        Row{"350000", "why", "office", "350000", "R-409"},
        Row{"340000", "", "reason", "empty", "R-409"}}) {
    intake_.When(testing::TakeOver(row.office, row.reason));
    EXPECT_EQ(intake_.ThenRejection().field, row.field);
    EXPECT_EQ(intake_.ThenRejection().value, row.value);
    EXPECT_EQ(intake_.ThenRejection().rule, row.rule);
  }
  intake_.When(testing::Close()).When(testing::TakeOver("340000"));
  EXPECT_EQ(intake_.ThenRejection().reason, "ALREADY_CLOSED");
}

// the call-back is due when escalation says that it is.
TEST(Intake, FollowsACallBackThatWasRecomputed) {
  Scenario scenario(std::make_unique<IntakeService>(), kit::NationalDirectory().get());
  scenario.Given(Message(1'238'700'000'000));
  Event recomputed;
  recomputed.mutable_deadline_recomputed()->set_limit("default");
  recomputed.mutable_deadline_recomputed()->set_policy("bureau-12345");
  recomputed.mutable_deadline_recomputed()->set_due_at_ms(1'238'900'000'000);
  scenario.Given(recomputed);
  EXPECT_EQ(scenario.state().inquiry().callback_due_at_ms(), 1'238'700'000'000);
  recomputed.mutable_deadline_recomputed()->set_limit("callback");
  recomputed.mutable_deadline_recomputed()->clear_policy();
  scenario.Given(recomputed);
  EXPECT_EQ(scenario.state().inquiry().callback_due_at_ms(), 1'238'900'000'000);
}

TEST_F(IntakeTest, OpensAnInquiryFromAVoiceMessage) {
  intake_.Given(Message(1'238'700'000'000)).WhenDue("open_from_message");
  const auto& opened = intake_.ThenEvent().inquiry_opened();
  EXPECT_EQ(opened.channel(), events::v1::INQUIRY_CHANNEL_VOICE_MESSAGE);
  EXPECT_EQ(opened.office(), "340102");
  EXPECT_EQ(opened.level(), base::v1::LEVEL_COUNTY);
  EXPECT_EQ(opened.category(), "");
  EXPECT_EQ(opened.key_id(), "key-000000000001");
  EXPECT_TRUE(intake_.ThenOwed().empty());
  const auto inquiry = Describe("an-id", intake_.state());
  EXPECT_EQ(inquiry.status(), state::v1::INQUIRY_STATUS_OPEN);
  EXPECT_EQ(inquiry.callback_due_at_ms(), 1'238'700'000'000);
}

TEST_F(IntakeTest, OpensNoSecondInquiryFromAMessage) {
  intake_.When(Open()).Given(Message(1'238'700'000'000)).WhenDue("open_from_message");
  EXPECT_EQ(intake_.ThenEvent().reaction_declined().reason(), "ALREADY_OPENED");
}

//
TEST_F(IntakeTest, RecordsTheAttemptsToCallBackUntilOneReachesTheCaller) {
  intake_.Given(Message(1'238'700'000'000)).WhenDue("open_from_message");
  intake_.When(CallBack(false)).When(CallBack(true));
  EXPECT_EQ(intake_.ThenEvent().callback_made().attempt(), 2);
  EXPECT_TRUE(intake_.ThenEvent().callback_made().reached());
  EXPECT_EQ(intake_.ThenEvent().callback_made().remark().ciphertext(), "remark:told him");
  EXPECT_NE(Describe("an-id", intake_.state()).called_back_at_ms(), 0);
  intake_.When(CallBack(true));
  EXPECT_EQ(intake_.ThenRejection().reason, "ALREADY_CALLED_BACK");
}

// case 5: a withheld number without another one gets no call-back task.
TEST_F(IntakeTest, HasNoCallBackToMakeWithoutANumber) {
  intake_.Given(Message(0)).WhenDue("open_from_message").When(CallBack(true));
  EXPECT_EQ(intake_.ThenRejection().reason, "NO_CALLBACK_DUE");
}

// an inquiry from a call belongs to the office that took it in the end.
TEST_F(IntakeTest, OpensAnInquiryAtTheOfficeThatACallWentOnTo) {
  Event received, failed, transferred;
  received.mutable_call_received()->mutable_decision()->set_served_office("340102");
  failed.mutable_leg_failed()->mutable_next()->set_served_office("340100");
  transferred.mutable_call_transferred()->mutable_decision()->set_served_office("340000");
  v1::Command open = Open();
  open.mutable_open_inquiry()->set_channel(events::v1::INQUIRY_CHANNEL_CALL);
  open.mutable_open_inquiry()->clear_office();
  intake_.Given(received).Given(failed);
  EXPECT_EQ(intake_.state().inquiry().call_office(), "340100");
  intake_.Given(transferred).When(open);
  EXPECT_EQ(intake_.ThenEvent().inquiry_opened().office(), "340000");
}

//
TEST_F(IntakeTest, CountsItsOwnEventsAsTheVersion) {
  intake_.When(Open()).When(Register());
  Event foreign;
  foreign.mutable_deadline_warned()->set_limit("x");
  intake_.Given(foreign);
  EXPECT_EQ(intake_.service().Version(intake_.state()), 2);
}

}  // namespace
}  // namespace tierline::intake
