#include "base/callback_limit.h"
#include "intake/intake.h"

namespace tierline::intake {

namespace {

void Close(int64_t at_ms, events::v1::CloseOutcome outcome, bool on_the_spot,
           state::v1::InquiryState* inquiry) {
  inquiry->set_status(state::v1::INQUIRY_STATUS_CLOSED);
  inquiry->set_outcome(outcome);
  inquiry->set_closed_at_ms(at_ms);
  inquiry->set_answered_on_the_spot(on_the_spot);
}

// An inquiry is opened from the message.
void TakeMessage(const events::v1::VoiceMessageLeft& left, const Uuid& id, Subject* subject) {
  auto* inquiry = subject->mutable_inquiry();
  inquiry->set_call_office(left.office());
  inquiry->set_call_level(left.level());
  inquiry->set_callback_due_at_ms(left.callback_due_at_ms());
  Owe(id, kOpenFromMessage, base::v1::SERVICE_INTAKE, 0, subject);
}

// The calendar that the call-back was promised by is another one.
void FollowCallback(const events::v1::DeadlineRecomputed& to, Subject* subject) {
  if (to.policy().empty() && to.limit() == kCallbackLimit)
    subject->mutable_inquiry()->set_callback_due_at_ms(to.due_at_ms());
}

}  // namespace

void IntakeService::Evolve(const Event& event, const EventMeta& meta, Subject* subject) {
  // Of routing's events intake keeps which office an inquiry from the call belongs to: the one that
  // served it, or, where nobody did, the one that the caller meant.
  const events::v1::Decision* decision = nullptr;
  if (event.has_call_received()) decision = &event.call_received().decision();
  if (event.has_menu_chosen()) decision = &event.menu_chosen().decision();
  if (event.has_leg_failed() && event.leg_failed().has_next())
    decision = &event.leg_failed().next();
  if (event.has_call_transferred()) decision = &event.call_transferred().decision();
  if (decision != nullptr) {
    const bool served = !decision->served_office().empty();
    subject->mutable_inquiry()->set_call_office(served ? decision->served_office()
                                                       : decision->intended_office());
    subject->mutable_inquiry()->set_call_level(decision->level());
  }
  if (event.has_voice_message_left()) TakeMessage(event.voice_message_left(), meta.id, subject);
  if (event.has_deadline_recomputed()) FollowCallback(event.deadline_recomputed(), subject);
  if (meta.source != base::v1::SERVICE_INTAKE) return;
  auto* inquiry = subject->mutable_inquiry();
  inquiry->set_version(inquiry->version() + 1);
  const int64_t at_ms = event.occurred_at_ms();
  if (event.has_inquiry_opened()) {
    const auto& opened = event.inquiry_opened();
    inquiry->set_status(state::v1::INQUIRY_STATUS_OPEN);
    inquiry->set_channel(opened.channel());
    inquiry->set_office(opened.office());
    inquiry->set_level(opened.level());
    inquiry->set_category(opened.category());
    inquiry->set_urgent(opened.urgent());
    inquiry->set_important(opened.important());
    inquiry->set_opened_at_ms(at_ms);
  } else if (event.has_inquiry_classified()) {
    const auto& classified = event.inquiry_classified();
    inquiry->set_category(classified.category());
    inquiry->set_urgent(classified.urgent());
    inquiry->set_important(classified.important());
  } else if (event.has_inquiry_answered()) {
    Close(at_ms, events::v1::CLOSE_OUTCOME_RESOLVED, true, inquiry);
  } else if (event.has_inquiry_registered()) {
    inquiry->set_status(state::v1::INQUIRY_STATUS_REGISTERED);
    inquiry->set_solvable(event.inquiry_registered().solvable());
    inquiry->set_registered_at_ms(at_ms);
  } else if (event.has_note_added()) {
    inquiry->set_notes(inquiry->notes() + 1);
  } else if (event.has_callback_made()) {
    inquiry->set_callbacks(inquiry->callbacks() + 1);
    if (event.callback_made().reached() && inquiry->called_back_at_ms() == 0)
      inquiry->set_called_back_at_ms(at_ms);
  } else if (event.has_inquiry_closed()) {
    Close(at_ms, event.inquiry_closed().outcome(), false, inquiry);
  } else if (event.has_inquiry_taken_over()) {
    inquiry->set_office(event.inquiry_taken_over().office());
    inquiry->set_level(event.inquiry_taken_over().level());
  } else if (event.has_inquiry_reopened()) {
    inquiry->set_status(state::v1::INQUIRY_STATUS_REGISTERED);
    inquiry->set_reopened(inquiry->reopened() + 1);
    inquiry->set_answered_on_the_spot(false);
    inquiry->clear_outcome();
    inquiry->set_closed_at_ms(0);
  }
}

void IntakeService::AppendDigest(const Subject& subject, std::string* out) const {
  subject.inquiry().AppendToString(out);
}

v1::Inquiry Describe(std::string_view inquiry_id, const Subject& subject) {
  const auto& state = subject.inquiry();
  v1::Inquiry inquiry;
  inquiry.set_inquiry_id(std::string(inquiry_id));
  inquiry.set_etag(EtagOf(state.version()));
  inquiry.set_status(state.status());
  inquiry.set_channel(state.channel());
  inquiry.set_office(state.office());
  inquiry.set_level(state.level());
  inquiry.set_category(state.category());
  inquiry.set_urgent(state.urgent());
  inquiry.set_important(state.important());
  inquiry.set_solvable(state.solvable());
  inquiry.set_outcome(state.outcome());
  inquiry.set_opened_at_ms(state.opened_at_ms());
  inquiry.set_registered_at_ms(state.registered_at_ms());
  inquiry.set_closed_at_ms(state.closed_at_ms());
  inquiry.set_reopened(state.reopened());
  inquiry.set_answered_on_the_spot(state.answered_on_the_spot());
  inquiry.set_callback_due_at_ms(state.callback_due_at_ms());
  inquiry.set_called_back_at_ms(state.called_back_at_ms());
  inquiry.set_callbacks(state.callbacks());
  return inquiry;
}

}  // namespace tierline::intake
