#include "routing/legs.h"

#include <algorithm>

#include "routing/decide_route.h"
#include "routing/limits.h"

namespace tierline::routing {
namespace {

using directory::Directory;
using directory::kNoOffice;
using directory::OfficeIndex;
using events::v1::Decision;
using state::v1::CallLeg;
using state::v1::CallState;

// `before` with another office that answers.
Decision Next(const Decision& before, OfficeIndex served, events::v1::RouteReason reason,
              const Directory& directory) {
  const directory::Office& office = directory.offices()[served];
  Decision next = before;
  next.set_action(events::v1::ROUTE_ACTION_RING);
  next.set_served_office(office.code);
  next.set_level(office.level);
  next.set_line(office.line);
  next.add_reasons(reason);
  return next;
}

Rejection Refused(std::string reason, std::string message, const std::string& office) {
  return {.reason = std::move(reason),
          .message = std::move(message),
          .rule = "R-118",
          .field = "office",
          .value = office.substr(0, 16)};
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
  const absl::Time at = absl::FromUnixMillis(call.input().arrived_at_ms());
  const auto& offices = directory.offices();
  const OfficeIndex failed = offices.Find(leg->office());
  if (failed == kNoOffice || offices[failed].parent == kNoOffice) return {};
  const OfficeIndex served = offices.NearestOpen(offices[failed].parent, absl::ToUnixSeconds(at));
  if (served == kNoOffice || HasRungAt(call, offices[served].code)) return {};
  if (!directory.calendar(served).IsWorking(at).value_or(false)) return {};
  return Next(call.decision(), served, events::v1::ROUTE_REASON_OVERFLOW, directory);
}

std::variant<Decision, Rejection> Transfer(const CallState& call, const std::string& office,
                                           int64_t at_ms, const Directory& directory) {
  const OfficeIndex to = directory.offices().Find(office);
  if (to == kNoOffice) {
    return InvalidField("office", office.substr(0, 16), "R-118",
                        "is not an office of the directory");
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
  Decision next =
      Next(call.decision(), route.served, events::v1::ROUTE_REASON_TRANSFERRED, directory);
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
