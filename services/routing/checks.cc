#include "routing/checks.h"

#include "routing/limits.h"

namespace tierline::routing {
namespace {

// The value of a text is its size: it may be a person's number.
std::string SizeOf(std::string_view text) { return std::to_string(text.size()) + " bytes"; }

Refusal CheckSize(std::string field, std::string_view text, size_t max, std::string rule) {
  if (text.size() <= max) return {};
  return InvalidField(std::move(field), SizeOf(text), std::move(rule),
                      "at most " + std::to_string(max) + " bytes");
}

Refusal CheckName(std::string field, std::string_view text, size_t max, std::string rule) {
  if (text.empty()) return InvalidField(std::move(field), "empty", std::move(rule), "is required");
  return CheckSize(std::move(field), text, max, std::move(rule));
}

Refusal CheckTime(std::string field, int64_t at_ms, std::string rule) {
  if (at_ms > 0 && at_ms < kTimeMaxMs) return {};
  return InvalidField(std::move(field), std::to_string(at_ms), std::move(rule),
                      "must be milliseconds since 1970");
}

Refusal CheckCause(const v1::ReportCallRequest& request) {
  const bool ended = request.kind() == events::v1::CALL_REPORT_KIND_ENDED;
  if (!events::v1::CallEndCause_IsValid(request.cause()) || ended != (request.cause() != 0)) {
    return InvalidField("cause", std::to_string(request.cause()), "R-120",
                        "must be given with ENDED, and only then");
  }
  return {};
}

Refusal CheckPurpose(events::v1::CallPurpose purpose) {
  if (events::v1::CallPurpose_IsValid(purpose)) return {};
  return InvalidField("purpose", std::to_string(purpose), "R-119",
                      "must be public, test or spot check");
}

Refusal CheckNumbers(const v1::CallArrival& call) {
  return FirstOf({CheckSize("call.caller", call.caller(), kNumberMax, "R-110"),
                  CheckSize("call.dialled", call.dialled(), kNumberMax, "R-111"),
                  CheckSize("call.trunk_area", call.trunk_area(), kAreaCodeMax, "R-110"),
                  CheckSize("call.location_area", call.location_area(), kAreaCodeMax, "R-109")});
}

}  // namespace

std::string Echo(std::string_view office) {
  const bool code = office.size() == kOfficeCodeSize &&
                    office.find_first_not_of("0123456789") == std::string_view::npos;
  return code ? std::string(office) : SizeOf(office);
}

Rejection NoDirectory() {
  return {.reason = "NO_DIRECTORY",
          .message = "no hotline pack is in force yet; activate one, then try again",
          .rule = "R-112"};
}

Refusal CheckNotAhead(std::string field, int64_t at_ms, absl::Time now, std::string rule) {
  if (at_ms - absl::ToUnixMillis(now) <= kAheadMaxMs) return {};
  return InvalidField(std::move(field), std::to_string(at_ms), std::move(rule),
                      "is more than 24 hours ahead; set the clock of the switch");
}

Refusal FirstOf(std::initializer_list<Refusal> refusals) {
  for (const Refusal& refusal : refusals) {
    if (refusal) return refusal;
  }
  return {};
}

Refusal CheckArrival(const v1::ReceiveCallRequest& request) {
  const int64_t at_ms = request.call().arrived_at_ms();
  if (!request.arrival_by_server()) return CheckTime("call.arrived_at_ms", at_ms, "R-112");
  if (at_ms == 0) return {};
  return InvalidField("call.arrived_at_ms", std::to_string(at_ms), "R-112",
                      "must be 0 where arrival_by_server is set: a retry may not change it");
}

Refusal Check(const v1::ReceiveCallRequest& request) {
  return FirstOf({CheckName("platform", request.platform(), kPlatformMax, "R-119"),
                  CheckName("switch_call_id", request.switch_call_id(), kSwitchCallIdMax, "R-119"),
                  CheckArrival(request), CheckNumbers(request.call()),
                  CheckPurpose(request.purpose())});
}

Refusal CheckKeys(const std::string& field, const std::string& keys) {
  if (auto refusal = CheckSize(field, keys, kKeysMax, "R-116")) return refusal;
  const bool telephone = keys.find_first_not_of("0123456789*#") == std::string::npos;
  if (telephone) return {};
  return InvalidField(field, SizeOf(keys), "R-116", "are digits, * and #");
}

Refusal Check(const v1::PressKeysRequest& request) { return CheckKeys("keys", request.keys()); }

Refusal Check(const v1::TransferCallRequest& request) {
  if (events::v1::TransferBy_IsValid(request.by()) && request.by() != 0) return {};
  return InvalidField("by", std::to_string(request.by()), "R-118", "must be operator or menu");
}

Refusal Check(const v1::LeaveVoiceMessageRequest& request) {
  if (request.duration_s() < 0 || request.duration_s() > kMessageSecondsMax) {
    return InvalidField("duration_s", std::to_string(request.duration_s()), "R-113",
                        "must be 0 to " + std::to_string(kMessageSecondsMax));
  }
  return FirstOf({CheckName("recording", request.recording(), kRecordingMax, "R-113"),
                  CheckSize("callback_number", request.callback_number(), kNumberMax, "R-113")});
}

bool IsLegFailure(events::v1::CallReportKind kind) {
  return kind == events::v1::CALL_REPORT_KIND_BUSY ||
         kind == events::v1::CALL_REPORT_KIND_RING_TIMEOUT;
}

Refusal Check(const v1::ChooseMenuRequest& request) { return CheckKeys("keys", request.keys()); }

Refusal Check(const v1::DecideRouteRequest& request) {
  const int64_t at_ms = request.call().arrived_at_ms();
  return FirstOf({at_ms == 0 ? Refusal() : CheckTime("call.arrived_at_ms", at_ms, "R-112"),
                  CheckNumbers(request.call()), CheckKeys("menu_keys", request.menu_keys())});
}

Refusal Check(const v1::ReportCallRequest& request) {
  if (request.sequence() < 1 || request.sequence() > kReportsMax) {
    return InvalidField("sequence", std::to_string(request.sequence()), "R-120",
                        "must be 1 to " + std::to_string(kReportsMax));
  }
  if (!events::v1::CallReportKind_IsValid(request.kind()) || request.kind() == 0) {
    return InvalidField("kind", std::to_string(request.kind()), "R-120",
                        "must name what the switch saw");
  }
  if (!request.office().empty() && !IsLegFailure(request.kind())) {
    return InvalidField("office", Echo(request.office()), "R-117",
                        "is given with BUSY and RING_TIMEOUT only");
  }
  return FirstOf(
      {CheckTime("switch_time_ms", request.switch_time_ms(), "R-120"), CheckCause(request)});
}

}  // namespace tierline::routing
