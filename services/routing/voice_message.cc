#include "routing/voice_message.h"

#include "routing/legs.h"

namespace tierline::routing {
namespace {

using directory::Directory;
using events::v1::VoiceMessageLeft;
using state::v1::CallState;

Rejection Refused(std::string reason, std::string message) {
  return {.reason = std::move(reason), .message = std::move(message), .rule = "R-113"};
}

bool CanBeCalled(const CallState& call) {
  return call.input().caller() != events::v1::CALLER_KIND_WITHHELD &&
         call.input().caller() != events::v1::CALLER_KIND_MALFORMED;
}

// Nobody took the call: the line failed, and it went nowhere else.
bool NobodyTookIt(const CallState& call) {
  const auto* leg = CurrentLeg(call);
  return (leg != nullptr && leg->failed() != 0) || call.outcome() == base::v1::OUTCOME_BLOCKED ||
         call.outcome() == base::v1::OUTCOME_NO_ANSWER;
}

}  // namespace

std::optional<Rejection> CheckMessage(const CallState& call) {
  if (call.has_message()) return Refused("ALREADY_LEFT", "a call leaves one message");
  const bool answered = Reported(call, events::v1::CALL_REPORT_KIND_ANSWERED);
  const bool voice = call.decision().action() == events::v1::ROUTE_ACTION_VOICE;
  if (!answered && (voice || NobodyTookIt(call))) return {};
  return Refused("NO_VOICE_PLAYED", "a message is taken where nobody answers");
}

std::variant<VoiceMessageLeft, Rejection> TakeMessage(const CallState& call, bool number_left,
                                                      absl::Time now, const Directory& directory) {
  const auto& decision = call.decision();
  const auto& offices = directory.offices();
  const auto office = offices.Find(decision.served_office().empty() ? decision.intended_office()
                                                                    : decision.served_office());
  if (office == directory::kNoOffice) {
    return Refused("OFFICE_GONE", "the office that would call back is no longer in the directory");
  }
  VoiceMessageLeft left;
  left.set_office(offices[office].code);
  left.set_level(offices[office].level);
  left.set_left_at_ms(absl::ToUnixMillis(now));
  if (!number_left && !CanBeCalled(call)) return left;
  const BusinessCalendar& calendar = directory.calendar(office);
  const auto opening = calendar.NextOpening(now);
  const auto close = calendar.AddWorkingDays(now, 0);
  // Without a working day in sight there is no instant to promise; somebody must mend the calendar.
  if (!opening.ok() || !close.ok()) {
    return Refused("CALENDAR_EXHAUSTED",
                   "the office's calendar has no working day ahead; publish one, then try again");
  }
  left.set_callback_from_ms(absl::ToUnixMillis(opening->at));
  left.set_callback_due_at_ms(absl::ToUnixMillis(close->at));
  left.set_hours(calendar.id());
  left.set_provisional(opening->provisional || close->provisional);
  return left;
}

}  // namespace tierline::routing
