#include "routing/legs.h"

#include <algorithm>

#include "routing/checks.h"
#include "routing/decide_route.h"
#include "routing/limits.h"
#include "routing/menu.h"

namespace tierline::routing {
namespace {

using directory::Directory;
using directory::kNoOffice;
using directory::OfficeIndex;
using events::v1::Decision;
using state::v1::CallLeg;
using state::v1::CallState;

// `before` with another office that answers, whose line may be on trial.
Decision Next(const Decision& before, OfficeIndex served, absl::Time at,
              events::v1::RouteReason reason, const Directory& directory) {
  const directory::Office& office = directory.offices()[served];
  Decision next = before;
  next.set_action(events::v1::ROUTE_ACTION_RING);
  next.set_served_office(office.code);
  next.set_level(office.level);
  const auto line = directory.LineAt(served, at);
  next.set_line(std::string(line.number));
  next.set_trial(directory.IsTrial(at) || line.state == directory::v1::LINE_STATE_TRIAL);
  next.add_reasons(reason);
  return next;
}

// The decision that started the leg at `at`, an overflow, made again of the last one: each overflow
// added one reason, and only a transfer changed who was meant.
Decision OverflowAt(int at, const CallState& call, const Directory& directory) {
  Decision decision = call.decision();
  const auto& legs = call.legs();
  int overflows = 0, transfer_before = -1;
  for (int i = 0; i <= at; ++i) {
    if (legs[i].cause() == events::v1::CALL_LEG_CAUSE_OVERFLOW) ++overflows;
    if (legs[i].cause() == events::v1::CALL_LEG_CAUSE_TRANSFER) transfer_before = i;
  }
  const bool passed_on = std::any_of(legs.begin() + at, legs.end(), [](const CallLeg& leg) {
    return leg.cause() == events::v1::CALL_LEG_CAUSE_TRANSFER;
  });
  if (passed_on) {
    decision.set_intended_office(transfer_before >= 0
                                     ? legs[transfer_before].office()
                                     : FirstDecision(call, directory).intended_office());
  }
  int kept = 0;
  while (kept < decision.reasons_size() && overflows > 0) {
    if (decision.reasons(kept++) == events::v1::ROUTE_REASON_OVERFLOW) --overflows;
  }
  decision.mutable_reasons()->Truncate(kept - 1);
  const OfficeIndex served = directory.offices().Find(legs[at].office());
  if (served == kNoOffice) return decision;
  return Next(decision, served, absl::FromUnixMillis(call.input().arrived_at_ms()),
              events::v1::ROUTE_REASON_OVERFLOW, directory);
}

Rejection Refused(std::string reason, std::string message, const std::string& office) {
  return {.reason = std::move(reason),
          .message = std::move(message),
          .rule = "R-118",
          .field = "office",
          .value = Echo(office)};
}

}  // namespace

const CallLeg* CurrentLeg(const CallState& call) {
  if (call.menu_open() || call.legs().empty()) return nullptr;
  return &call.legs(call.legs_size() - 1);
}

bool HasRungAt(const CallState& call, std::string_view office) {
  return std::any_of(call.legs().begin(), call.legs().end(),
                     [&](const CallLeg& leg) { return leg.office() == office; });
}

bool Reported(const CallState& call, events::v1::CallReportKind kind) {
  return std::any_of(call.reports().begin(), call.reports().end(),
                     [&](const auto& report) { return report.kind() == kind; });
}

std::optional<Decision> Overflow(const CallState& call, const Directory& directory) {
  const CallLeg* leg = CurrentLeg(call);
  if (leg == nullptr || !directory.hotline().overflow_to_parent()) return {};
  if (call.legs_size() >= kLegsMax) return {};
  const absl::Time at = absl::FromUnixMillis(call.input().arrived_at_ms());
  const auto& offices = directory.offices();
  const OfficeIndex failed = offices.Find(leg->office());
  if (failed == kNoOffice || offices[failed].parent == kNoOffice) return {};
  const OfficeIndex served = directory.NearestOpen(offices[failed].parent, at);
  if (served == kNoOffice || HasRungAt(call, offices[served].code)) return {};
  if (!directory.calendar(served).IsWorking(at).value_or(false)) return {};
  return Next(call.decision(), served, at, events::v1::ROUTE_REASON_OVERFLOW, directory);
}

Decision FirstDecision(const CallState& call, const Directory& directory) {
  if (call.legs_size() <= 1) return call.decision();
  const Route entered = DecideRoute(call.input(), directory);
  return ToProto(Navigate(entered, call.menu_keys(), directory), directory);
}

std::optional<Decision> NextAfter(const CallState& call, int32_t sequence,
                                  const Directory* directory) {
  const auto& legs = call.legs();
  const auto leg = std::find_if(legs.begin(), legs.end(), [&](const CallLeg& one) {
    return one.after_sequence() == sequence;
  });
  if (leg == legs.end()) return {};
  const int at = static_cast<int>(leg - legs.begin());
  if (at + 1 == legs.size()) return call.decision();
  if (directory == nullptr) return {};
  return OverflowAt(at, call, *directory);
}

Decision LastOverflow(const CallState& call, const Directory& directory) {
  for (int at = call.legs_size() - 1; at > 0; --at) {
    const int32_t sequence = call.legs(at).after_sequence();
    if (sequence != 0) return NextAfter(call, sequence, &directory).value_or(call.decision());
  }
  return call.decision();
}

bool IsLeftUnanswered(const CallState& call) {
  const CallLeg* leg = CurrentLeg(call);
  return leg != nullptr && leg->failed() != 0 &&
         !Reported(call, events::v1::CALL_REPORT_KIND_ANSWERED) &&
         !Reported(call, events::v1::CALL_REPORT_KIND_ENDED);
}

std::variant<Decision, Rejection> Transfer(const CallState& call, const std::string& office,
                                           int64_t at_ms, const Directory& directory) {
  const OfficeIndex to = directory.offices().Find(office);
  if (to == kNoOffice) {
    return InvalidField("office", Echo(office), "R-118", "is not an office of the directory");
  }
  if (call.legs_size() >= kLegsMax) {
    return Refused("TOO_MANY_LEGS",
                   "a call rings at no more than " + std::to_string(kLegsMax) + " offices", office);
  }
  Route route;
  route.arrived_at_ms = at_ms;
  SendTo(to, directory, &route);
  if (route.action != events::v1::ROUTE_ACTION_RING) {
    return Refused("NOBODY_AT_WORK", "nobody would answer there now; keep the caller", office);
  }
  if (HasRungAt(call, office) || HasRungAt(call, directory.offices()[route.served].code)) {
    return Refused("TRANSFER_LOOP", "the call has been at this office already", office);
  }
  Decision next = Next(call.decision(), route.served, absl::FromUnixMillis(at_ms),
                       events::v1::ROUTE_REASON_TRANSFERRED, directory);
  next.set_intended_office(office);
  for (const auto reason : route.reasons.view()) next.add_reasons(reason);
  return next;
}

int LegToAlarm(const CallState& call) {
  for (int i = 0; i < call.legs_size(); ++i) {
    if (call.legs(i).failed() != 0 && !call.legs(i).alarmed()) return i;
  }
  return -1;
}

CallLeg* StartLeg(const Decision& decision, events::v1::CallLegCause cause, CallState* call) {
  if (decision.action() != events::v1::ROUTE_ACTION_RING) return nullptr;
  CallLeg* leg = call->add_legs();
  leg->set_office(decision.served_office());
  leg->set_level(decision.level());
  leg->set_cause(cause);
  return leg;
}

bool FailLeg(std::string_view office, events::v1::CallReportKind kind, int64_t at_ms,
             CallState* call) {
  for (int i = call->legs_size() - 1; i >= 0; --i) {
    CallLeg* leg = call->mutable_legs(i);
    if (leg->office() != office) continue;
    if (leg->failed() != 0) return false;
    leg->set_failed(kind);
    leg->set_failed_at_ms(at_ms);
    return true;
  }
  return false;
}

}  // namespace tierline::routing
