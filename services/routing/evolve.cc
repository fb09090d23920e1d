#include <algorithm>

#include "routing/routing.h"

namespace tierline::routing {
namespace {

constexpr auto kSelf = base::v1::SERVICE_ROUTING;
constexpr std::string_view kEnd = "end";
constexpr std::string_view kUnknown = "unknown";

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
  call->set_menu_open(received.decision().action() == events::v1::ROUTE_ACTION_MENU);
  const bool rejected = received.decision().action() == events::v1::ROUTE_ACTION_REJECT;
  Owe(id, rejected ? kEnd : kUnknown, kSelf, rejected ? 0 : received.unknown_at_ms(), subject);
}

void Report(const events::v1::CallReported& reported, const Uuid& id, Subject* subject) {
  CallState* call = subject->mutable_call();
  if (HasSequence(*call, reported.sequence())) return;
  auto* report = call->add_reports();
  report->set_sequence(reported.sequence());
  report->set_switch_time_ms(reported.switch_time_ms());
  report->set_kind(reported.kind());
  report->set_cause(reported.cause());
  const bool open = call->outcome() == base::v1::OUTCOME_UNSPECIFIED;
  if (open && IsComplete(*call) && !OwesEnd(*subject)) Owe(id, kEnd, kSelf, 0, subject);
}

void End(const events::v1::CallEnded& ended, Subject* subject) {
  subject->mutable_call()->set_outcome(ended.outcome());
  subject->mutable_call()->set_ended_at_ms(ended.ended_at_ms());
  Settle(kEnd, kSelf, subject);
  Settle(kUnknown, kSelf, subject);
}

}  // namespace

void RoutingService::Evolve(const Event& event, const EventMeta& meta, Subject* subject) {
  if (meta.source != kSelf) return;
  CallState* call = subject->mutable_call();
  call->set_version(call->version() + 1);
  if (event.has_call_received()) {
    Receive(event.call_received(), meta.id, subject);
  } else if (event.has_menu_chosen()) {
    *call->mutable_decision() = event.menu_chosen().decision();
    call->set_menu_open(false);
  } else if (event.has_call_reported()) {
    Report(event.call_reported(), meta.id, subject);
  } else if (event.has_call_ended()) {
    End(event.call_ended(), subject);
  }
}

Event RoutingService::React(const Subject& subject, const Obligation& obligation,
                            const Context&) const {
  const CallState& call = subject.call();
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
  return call;
}

}  // namespace tierline::routing
