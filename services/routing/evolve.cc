#include <algorithm>

#include "directory/directory.h"
#include "routing/legs.h"
#include "routing/routing.h"
#include "routing/sign_on.h"

namespace tierline::routing {
namespace {

constexpr auto kSelf = base::v1::SERVICE_ROUTING;
constexpr std::string_view kEnd = "end";
constexpr std::string_view kUnknown = "unknown";
constexpr std::string_view kAlarm = "alarm";

using state::v1::CallState;

bool HasSequence(const CallState& call, int32_t sequence) {
  const auto& reports = call.reports();
  return std::any_of(reports.begin(), reports.end(), [&](const state::v1::CallReport& report) {
    return report.sequence() == sequence;
  });
}

// Every report from 1 to that of ENDED has come. Sequences are distinct, so it is a matter of
// counting.
bool IsComplete(const CallState& call) {
  int last = 0;
  for (const auto& report : call.reports()) {
    if (report.kind() == events::v1::CALL_REPORT_KIND_ENDED) last = report.sequence();
  }
  return last > 0 &&
         std::count_if(call.reports().begin(), call.reports().end(), [&](const auto& report) {
           return report.sequence() >= 1 && report.sequence() <= last;
         }) == last;
}

bool OwesEnd(const Subject& subject) {
  return std::any_of(
      subject.obligations().begin(), subject.obligations().end(),
      [](const Obligation& owed) { return owed.service() == kSelf && owed.reaction() == kEnd; });
}

void Receive(const events::v1::CallReceived& received, const Uuid& id, Subject* subject) {
  CallState* call = subject->mutable_call();
  if (call->has_input()) return;
  *call->mutable_input() = received.input();
  *call->mutable_decision() = received.decision();
  call->set_purpose(received.purpose());
  call->set_platform(received.platform());
  StartLeg(received.decision(), events::v1::CALL_LEG_CAUSE_ROUTE, call);
  call->set_menu_open(received.decision().action() == events::v1::ROUTE_ACTION_MENU);
  if (call->menu_open()) {
    call->mutable_menu_place()->set_area(received.decision().menu_area());
    call->mutable_menu_place()->set_locality(received.decision().locality());
  }
  const bool rejected = received.decision().action() == events::v1::ROUTE_ACTION_REJECT;
  Owe(id, rejected ? kEnd : kUnknown, kSelf, rejected ? 0 : received.unknown_at_ms(), subject);
}

// A report of the switch; `event` bears its sequence, its time and its kind. False: it came before.
template <typename ReportEvent>
bool AddReport(const ReportEvent& event, events::v1::CallEndCause cause, const Uuid& id,
               Subject* subject) {
  CallState* call = subject->mutable_call();
  if (HasSequence(*call, event.sequence())) return false;
  auto* report = call->add_reports();
  report->set_sequence(event.sequence());
  report->set_switch_time_ms(event.switch_time_ms());
  report->set_kind(event.kind());
  report->set_cause(cause);
  const bool open = call->outcome() == base::v1::OUTCOME_UNSPECIFIED;
  if (open && IsComplete(*call) && !OwesEnd(*subject)) Owe(id, kEnd, kSelf, 0, subject);
  return true;
}

void Choose(const events::v1::MenuChosen& chosen, CallState* call) {
  if (call->menu_open()) StartLeg(chosen.decision(), events::v1::CALL_LEG_CAUSE_MENU, call);
  *call->mutable_decision() = chosen.decision();
  call->set_menu_keys(chosen.keys());
  call->clear_menu_place();
  call->set_menu_open(false);
}

void Fail(const events::v1::LegFailed& failed, const Uuid& id, Subject* subject) {
  if (!AddReport(failed, events::v1::CALL_END_CAUSE_UNSPECIFIED, id, subject)) return;
  CallState* call = subject->mutable_call();
  if (FailLeg(failed.office(), failed.kind(), failed.switch_time_ms(), call))
    Owe(id, kAlarm, kSelf, 0, subject);
  if (!failed.has_next()) return;
  *call->mutable_decision() = failed.next();
  if (auto* leg = StartLeg(failed.next(), events::v1::CALL_LEG_CAUSE_OVERFLOW, call))
    leg->set_after_sequence(failed.sequence());
}

// How the line that rang last failed, by the report of the end alone; unspecified when that report
// says nothing of it, such as that the caller hung up.
events::v1::CallReportKind FailedByEnd(const CallState& call) {
  for (const auto& report : call.reports()) {
    if (report.cause() == events::v1::CALL_END_CAUSE_BUSY) return events::v1::CALL_REPORT_KIND_BUSY;
    if (report.cause() == events::v1::CALL_END_CAUSE_RING_TIMEOUT ||
        report.cause() == events::v1::CALL_END_CAUSE_OFFICE_HUNG_UP) {
      return events::v1::CALL_REPORT_KIND_RING_TIMEOUT;
    }
  }
  return events::v1::CALL_REPORT_KIND_UNSPECIFIED;
}

void End(const events::v1::CallEnded& ended, const Uuid& id, Subject* subject) {
  CallState* call = subject->mutable_call();
  call->set_outcome(ended.outcome());
  call->set_ended_at_ms(ended.ended_at_ms());
  Settle(kEnd, kSelf, subject);
  Settle(kUnknown, kSelf, subject);
  if (ended.outcome() != base::v1::OUTCOME_BLOCKED &&
      ended.outcome() != base::v1::OUTCOME_NO_ANSWER) {
    return;
  }
  const auto kind = FailedByEnd(*call);
  if (kind != 0 && FailLeg(ended.served_office(), kind, ended.ended_at_ms(), call))
    Owe(id, kAlarm, kSelf, 0, subject);
}

// The superior of the office is by the tree that was in force when the call arrived.
Event Alarm(const CallState& call, const Context& context) {
  const int at = LegToAlarm(call);
  if (at < 0) return Declined("NOTHING_TO_ALARM");
  if (context.directory == nullptr) return Declined("NO_DIRECTORY");
  const auto& offices =
      context.directory->At(absl::FromUnixMillis(call.input().arrived_at_ms())).offices();
  const state::v1::CallLeg& leg = call.legs(at);
  const auto office = offices.Find(leg.office());
  Event event;
  auto* alarmed = event.mutable_superior_alarmed();
  alarmed->set_office(leg.office());
  alarmed->set_level(leg.level());
  alarmed->set_kind(leg.failed());
  alarmed->set_purpose(call.purpose());
  alarmed->set_failed_at_ms(leg.failed_at_ms());
  if (office != directory::kNoOffice && offices[office].parent != directory::kNoOffice)
    alarmed->set_superior(offices[offices[office].parent].code);
  return event;
}

}  // namespace

void RoutingService::Evolve(const Event& event, const EventMeta& meta, Subject* subject) {
  if (meta.source != kSelf) return;
  CallState* call = subject->mutable_call();
  call->set_version(call->version() + 1);
  if (event.has_call_received()) {
    Receive(event.call_received(), meta.id, subject);
    call->set_directory(event.directory());
  } else if (event.has_menu_pressed()) {
    call->set_menu_keys(call->menu_keys() + event.menu_pressed().keys());
    *call->mutable_menu_place() = event.menu_pressed().place();
  } else if (event.has_menu_chosen()) {
    Choose(event.menu_chosen(), call);
  } else if (event.has_call_reported()) {
    AddReport(event.call_reported(), event.call_reported().cause(), meta.id, subject);
  } else if (event.has_leg_failed()) {
    Fail(event.leg_failed(), meta.id, subject);
  } else if (event.has_call_transferred()) {
    *call->mutable_decision() = event.call_transferred().decision();
    StartLeg(call->decision(), events::v1::CALL_LEG_CAUSE_TRANSFER, call);
  } else if (event.has_superior_alarmed()) {
    if (const int leg = LegToAlarm(*call); leg >= 0) call->mutable_legs(leg)->set_alarmed(true);
  } else if (event.has_voice_message_left()) {
    const auto& left = event.voice_message_left();
    call->mutable_message()->set_office(left.office());
    call->mutable_message()->set_left_at_ms(left.left_at_ms());
    call->mutable_message()->set_callback_from_ms(left.callback_from_ms());
    call->mutable_message()->set_callback_due_at_ms(left.callback_due_at_ms());
  } else if (event.has_call_ended()) {
    End(event.call_ended(), meta.id, subject);
  } else if (event.has_operator_signed_on()) {
    Apply(event.operator_signed_on(), subject->mutable_office());
  } else if (event.has_operator_signed_off()) {
    Apply(event.operator_signed_off(), subject->mutable_office());
  }
}

Event RoutingService::React(const Subject& subject, const Obligation& obligation,
                            const Context& context) const {
  const CallState& call = subject.call();
  if (obligation.reaction() == kAlarm) return Alarm(call, context);
  if (call.outcome() != base::v1::OUTCOME_UNSPECIFIED) return Declined("ALREADY_ENDED");
  const bool rejected = call.decision().action() == events::v1::ROUTE_ACTION_REJECT;
  Event event;
  auto* ended = event.mutable_call_ended();
  if (rejected || IsComplete(call)) {
    *ended = OutcomeOf(call);
  } else if (obligation.reaction() == kUnknown) {
    ended->set_outcome(base::v1::OUTCOME_UNKNOWN);
    ended->set_ended_at_ms(obligation.due_at_ms());
  } else {
    return Declined("NOT_ENDED");
  }
  ended->set_intended_office(call.decision().intended_office());
  ended->set_served_office(call.decision().served_office());
  ended->set_level(call.decision().level());
  ended->set_purpose(call.purpose());
  ended->set_arrived_at_ms(call.input().arrived_at_ms());
  return event;
}

void RoutingService::AppendDigest(const Subject& subject, std::string* out) const {
  subject.call().AppendToString(out);
  if (subject.has_office()) subject.office().AppendToString(out);
}

v1::Call Describe(std::string_view inquiry_id, const Subject& subject) {
  const CallState& state = subject.call();
  v1::Call call;
  call.set_inquiry_id(std::string(inquiry_id));
  call.set_etag(EtagOf(state.version()));
  *call.mutable_input() = state.input();
  *call.mutable_decision() = state.decision();
  call.set_purpose(state.purpose());
  call.set_outcome(state.outcome());
  call.set_ended_at_ms(state.ended_at_ms());
  call.set_platform(state.platform());
  *call.mutable_legs() = state.legs();
  const bool in_progress = state.outcome() == base::v1::OUTCOME_UNSPECIFIED;
  if (state.menu_open() && in_progress) *call.mutable_menu_place() = state.menu_place();
  if (state.has_message()) *call.mutable_message() = state.message();
  return call;
}

}  // namespace tierline::routing
