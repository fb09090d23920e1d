#pragma once

#include <string>

#include "tierline/intake/v1/intake.pb.h"

// Intake's commands with the fields that a test usually does not care about.

namespace tierline::testing {

inline intake::v1::Command OpenByHand(std::string office, std::string category) {
  intake::v1::Command command;
  auto* open = command.mutable_open_inquiry();
  open->set_channel(events::v1::INQUIRY_CHANNEL_BY_HAND);
  open->set_office(std::move(office));
  open->set_category(std::move(category));
  open->set_question("Where do I apply?");
  return command;
}

inline intake::v1::Command OpenFromCall(std::string category) {
  intake::v1::Command command;
  command.mutable_open_inquiry()->set_channel(events::v1::INQUIRY_CHANNEL_CALL);
  command.mutable_open_inquiry()->set_category(std::move(category));
  return command;
}

inline intake::v1::Command Classify(std::string category, bool urgent) {
  intake::v1::Command command;
  command.mutable_classify_inquiry()->set_category(std::move(category));
  command.mutable_classify_inquiry()->set_urgent(urgent);
  return command;
}

inline intake::v1::Command AnswerOnTheSpot(std::string answer = "At the county office.") {
  intake::v1::Command command;
  command.mutable_answer_inquiry()->set_answer(std::move(answer));
  return command;
}

inline intake::v1::Command Register(bool solvable = true) {
  intake::v1::Command command;
  command.mutable_register_inquiry()->set_explanation("It needs the bureau.");
  command.mutable_register_inquiry()->set_next_step("The bureau will call back.");
  command.mutable_register_inquiry()->set_solvable(solvable);
  return command;
}

inline intake::v1::Command Note(std::string text) {
  intake::v1::Command command;
  command.mutable_add_note()->set_note(std::move(text));
  return command;
}

inline intake::v1::Command Close(
    events::v1::CloseOutcome outcome = events::v1::CLOSE_OUTCOME_RESOLVED) {
  intake::v1::Command command;
  command.mutable_close_inquiry()->set_outcome(outcome);
  return command;
}

inline intake::v1::Command TakeOver(std::string office, std::string reason = "It is ours.") {
  intake::v1::Command command;
  command.mutable_take_over()->set_office(std::move(office));
  command.mutable_take_over()->set_reason(std::move(reason));
  return command;
}

inline intake::v1::Command Reopen(std::string reason = "It broke again.") {
  intake::v1::Command command;
  command.mutable_reopen_inquiry()->set_reason(std::move(reason));
  return command;
}

}  // namespace tierline::testing
