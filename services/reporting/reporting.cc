#include "reporting/reporting.h"

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "base/callback_limit.h"

namespace tierline::reporting {
namespace {

std::string LocalDay(int64_t at_ms, int32_t utc_offset_s) {
  const absl::TimeZone zone = absl::FixedTimeZone(utc_offset_s);
  return absl::FormatCivilTime(absl::ToCivilDay(absl::FromUnixMillis(at_ms), zone));
}

void AddOutcome(base::v1::Outcome outcome, v1::Totals* row) {
  switch (outcome) {
    case base::v1::OUTCOME_ANSWERED:
      return row->set_answered(row->answered() + 1);
    case base::v1::OUTCOME_ABANDONED:
      return row->set_abandoned(row->abandoned() + 1);
    case base::v1::OUTCOME_BLOCKED:
      return row->set_blocked(row->blocked() + 1);
    case base::v1::OUTCOME_NO_ANSWER:
      return row->set_no_answer(row->no_answer() + 1);
    case base::v1::OUTCOME_AFTER_HOURS:
      return row->set_after_hours(row->after_hours() + 1);
    case base::v1::OUTCOME_MENU_EXIT:
      return row->set_menu_exit(row->menu_exit() + 1);
    case base::v1::OUTCOME_ROUTE_FAILED:
      return row->set_route_failed(row->route_failed() + 1);
    default:
      return row->set_unknown(row->unknown() + 1);  // UNKNOWN, and what a newer writer may say
  }
}

const std::string& OfficeOf(const events::v1::Decision& decision) {
  return decision.served_office().empty() ? decision.intended_office() : decision.served_office();
}

}  // namespace

Decision ReportingService::Decide(const Subject&, const Command&, const Context&) const {
  return Rejection{.code = absl::StatusCode::kUnimplemented,
                   .reason = "NO_SUCH_COMMAND",
                   .message = "reporting takes no commands",
                   .rule = "R-501"};
}

Event ReportingService::React(const Subject&, const Obligation&, const Context&) const {
  return Declined("REPORTING_OWES_NOTHING");
}

v1::Totals* ReportingService::Row(const std::string& day, const std::string& office,
                                  base::v1::Level level) {
  std::string key = day + "/" + office;
  v1::Totals* row = &rows_[key];
  if (row->level() == base::v1::LEVEL_UNSPECIFIED) row->set_level(level);
  changed_.insert(std::move(key));
  return row;
}

v1::Totals* ReportingService::RowOfToday(const Event& event, const std::string& office,
                                         base::v1::Level level) {
  return Row(LocalDay(event.occurred_at_ms(), event.utc_offset_s()), office, level);
}

void ReportingService::Evolve(const Event& event, const EventMeta&, Subject* subject) {
  switch (event.event_case()) {
    case Event::kCallReceived:
    case Event::kMenuChosen:
    case Event::kCallEnded:
      return CountCall(event, subject);
    case Event::kLegFailed:
    case Event::kCallTransferred:
    case Event::kSuperiorAlarmed:
    case Event::kVoiceMessageLeft:
      return CountWay(event, subject);
    case Event::kInquiryOpened:
    case Event::kInquiryAnswered:
    case Event::kInquiryRegistered:
    case Event::kInquiryClosed:
    case Event::kInquiryReopened:
    case Event::kInquiryTakenOver:
    case Event::kCallbackMade:
      return CountInquiry(event, subject);
    case Event::kDeadlineSet:
    case Event::kDeadlineWarned:
    case Event::kDeadlineMissed:
    case Event::kDeadlineMet:
      return CountDeadline(event, *subject);
    default:
      return;  // reporting follows what it counts
  }
}

void ReportingService::AddCall(const state::v1::ReportingState& call, int64_t by) {
  v1::Totals* row = Row(call.call_day(), call.call_office(), call.call_level());
  if (call.test()) return row->set_test_calls(row->test_calls() + by);
  row->set_received(row->received() + by);
  row->set_in_progress(row->in_progress() + by);
}

void ReportingService::CountCall(const Event& event, Subject* subject) {
  auto* state = subject->mutable_reporting();
  if (event.has_call_received()) {
    if (!state->call_day().empty()) return;
    const auto& received = event.call_received();
    state->set_call_day(LocalDay(received.input().arrived_at_ms(), event.utc_offset_s()));
    state->set_call_office(OfficeOf(received.decision()));
    state->set_call_level(received.decision().level());
    state->set_test(received.purpose() == events::v1::CALL_PURPOSE_TEST ||
                    received.purpose() == events::v1::CALL_PURPOSE_SPOT_CHECK);
    return AddCall(*state, 1);
  }
  // What follows counts a call that was received and has not ended.
  if (state->call_day().empty() || state->outcome() != base::v1::OUTCOME_UNSPECIFIED) return;
  if (event.has_menu_chosen()) {
    return MoveCall(event.menu_chosen().decision(), state);
  }
  const auto outcome = event.call_ended().outcome();
  state->set_outcome(outcome == base::v1::OUTCOME_UNSPECIFIED ? base::v1::OUTCOME_UNKNOWN
                                                              : outcome);
  if (state->test()) return;
  v1::Totals* row = Row(state->call_day(), state->call_office(), state->call_level());
  row->set_in_progress(row->in_progress() - 1);
  AddOutcome(outcome, row);
}

void ReportingService::MoveCall(const events::v1::Decision& decision,
                                state::v1::ReportingState* call) {
  AddCall(*call, -1);
  call->set_call_office(OfficeOf(decision));
  call->set_call_level(decision.level());
  AddCall(*call, 1);
}

// The way of a call from office to office.
void ReportingService::CountWay(const Event& event, Subject* subject) {
  auto* state = subject->mutable_reporting();
  if (state->call_day().empty()) return;
  const auto row_of = [&](const std::string& office, base::v1::Level level) {
    return Row(state->call_day(), office, level);
  };
  const bool over = state->outcome() != base::v1::OUTCOME_UNSPECIFIED;
  if (event.has_leg_failed() && event.leg_failed().has_next() && !over) {
    const auto& failed = event.leg_failed();
    if (!state->test()) {
      v1::Totals* row = row_of(failed.office(), failed.level());
      row->set_overflowed_out(row->overflowed_out() + 1);
    }
    return MoveCall(failed.next(), state);
  }
  if (event.has_call_transferred() && !over) {
    const auto& transferred = event.call_transferred();
    if (!state->test()) {
      v1::Totals* row = row_of(transferred.from_office(), transferred.from_level());
      row->set_transferred_out(row->transferred_out() + 1);
    }
    return MoveCall(transferred.decision(), state);
  }
  if (state->test()) return;
  if (event.has_superior_alarmed()) {
    v1::Totals* row = row_of(event.superior_alarmed().office(), event.superior_alarmed().level());
    if (event.superior_alarmed().kind() == events::v1::CALL_REPORT_KIND_BUSY) {
      row->set_legs_blocked(row->legs_blocked() + 1);
    } else {
      row->set_legs_no_answer(row->legs_no_answer() + 1);
    }
  } else if (event.has_voice_message_left()) {
    v1::Totals* row =
        row_of(event.voice_message_left().office(), event.voice_message_left().level());
    row->set_voice_messages(row->voice_messages() + 1);
  }
}

void ReportingService::CountInquiry(const Event& event, Subject* subject) {
  auto* state = subject->mutable_reporting();
  if (event.has_inquiry_opened()) {
    state->set_inquiry_office(event.inquiry_opened().office());
    state->set_inquiry_level(event.inquiry_opened().level());
  }
  if (state->test()) return;
  v1::Totals* row = RowOfToday(event, state->inquiry_office(), state->inquiry_level());
  if (event.has_inquiry_taken_over()) {
    row->set_taken_over(row->taken_over() + 1);
    state->set_inquiry_office(event.inquiry_taken_over().office());
    state->set_inquiry_level(event.inquiry_taken_over().level());
  }
  if (event.has_inquiry_opened()) row->set_inquiries_opened(row->inquiries_opened() + 1);
  if (event.has_inquiry_registered()) row->set_registered(row->registered() + 1);
  if (event.has_callback_made() && event.callback_made().reached())
    row->set_callbacks_made(row->callbacks_made() + 1);
  if (event.has_inquiry_reopened()) row->set_reopened(row->reopened() + 1);
  if (event.has_inquiry_answered()) row->set_answered_on_the_spot(row->answered_on_the_spot() + 1);
  if (event.has_inquiry_closed() || event.has_inquiry_answered())
    row->set_closed(row->closed() + 1);
}

// The clocks of call-backs are counted apart: the on-time rate is that of the inquiries.
void ReportingService::CountDeadline(const Event& event, const Subject& subject) {
  if (subject.reporting().test()) return;
  const auto none = base::v1::LEVEL_UNSPECIFIED;
  if (event.has_deadline_set()) {
    const auto& set = event.deadline_set();
    v1::Totals* row = RowOfToday(event, set.office(), set.level());
    if (set.limit() == kCallbackLimit) return row->set_callbacks_set(row->callbacks_set() + 1);
    row->set_deadlines_set(row->deadlines_set() + 1);
  } else if (event.has_deadline_warned()) {
    v1::Totals* row = RowOfToday(event, event.deadline_warned().office(), none);
    row->set_deadlines_warned(row->deadlines_warned() + 1);
  } else if (event.has_deadline_missed()) {
    v1::Totals* row = RowOfToday(event, event.deadline_missed().office(), none);
    if (event.deadline_missed().limit() == kCallbackLimit)
      return row->set_callbacks_missed(row->callbacks_missed() + 1);
    row->set_deadlines_missed(row->deadlines_missed() + 1);
  } else if (event.has_deadline_met()) {
    v1::Totals* row = RowOfToday(event, event.deadline_met().office(), none);
    if (event.deadline_met().limit() == kCallbackLimit)
      return row->set_callbacks_met(row->callbacks_met() + 1);
    row->set_deadlines_met(row->deadlines_met() + 1);
  }
}

void ReportingService::AppendDigest(const Subject& subject, std::string* out) const {
  subject.reporting().AppendToString(out);
}

void ReportingService::ChangedRows(RowVisitor visitor) const {
  for (const std::string& key : changed_) visitor(key, rows_.at(key).SerializeAsString());
}

void ReportingService::LoadRow(std::string_view key, std::string_view value) {
  rows_[std::string(key)].ParseFromArray(value.data(), static_cast<int>(value.size()));
}

void ReportingService::ForgetRows() {
  rows_.clear();
  changed_.clear();
}

void ReportingService::VisitRows(RowVisitor visitor) const {
  for (const auto& [key, row] : rows_) visitor(key, row.SerializeAsString());
}

void AddTotals(const v1::Totals& from, v1::Totals* to) {
  const auto* fields = v1::Totals::descriptor();
  const auto* reflection = v1::Totals::GetReflection();
  for (int i = 0; i < fields->field_count(); ++i) {
    const auto* field = fields->field(i);
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_INT64) continue;
    reflection->SetInt64(to, field,
                         reflection->GetInt64(*to, field) + reflection->GetInt64(from, field));
  }
}

int64_t Residual(const v1::Totals& totals) {
  return totals.received() - totals.answered() - totals.abandoned() - totals.blocked() -
         totals.no_answer() - totals.after_hours() - totals.menu_exit() - totals.route_failed() -
         totals.unknown() - totals.in_progress();
}

}  // namespace tierline::reporting
