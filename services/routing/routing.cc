#include "routing/routing.h"

#include "directory/directory.h"
#include "routing/checks.h"
#include "routing/legs.h"
#include "routing/limits.h"
#include "routing/menu.h"
#include "routing/sign_on.h"
#include "routing/voice_message.h"

namespace tierline::routing {
namespace {

using state::v1::CallReport;

Rejection State(std::string reason, std::string rule, std::string message) {
  return {.reason = std::move(reason), .message = std::move(message), .rule = std::move(rule)};
}

class Decider {
 public:
  Decider(const Subject& subject, const Context& context)
      : call_(subject.call()), context_(context) {}

  Decision operator()(const v1::ReceiveCallRequest& request) {
    if (call_.has_input()) {
      return Rejection{.code = absl::StatusCode::kAlreadyExists,
                       .reason = "ALREADY_RECEIVED",
                       .message = "this call was received already; retry with the same request id",
                       .rule = "R-119",
                       .field = "switch_call_id"};
    }
    if (auto refusal = FirstOf({Check(request),
                                CheckNotAhead("call.arrived_at_ms", request.call().arrived_at_ms(),
                                              context_.now, "R-112"),
                                CheckDirectory()})) {
      return *refusal;
    }
    // Of a repeated command the first decision stands, and with it the first arrival.
    const int64_t arrived_ms = request.arrival_by_server() ? absl::ToUnixMillis(context_.now)
                                                           : request.call().arrived_at_ms();
    Event event;
    auto* received = event.mutable_call_received();
    const directory::Directory& directory = DirectoryAt(arrived_ms);
    *received->mutable_input() = MakeInput(request.call(), arrived_ms, directory);
    *received->mutable_decision() = ToProto(DecideRoute(received->input(), directory), directory);
    received->set_platform(request.platform());
    received->set_purpose(request.purpose() == 0 ? events::v1::CALL_PURPOSE_PUBLIC
                                                 : request.purpose());
    // Of a withheld number not even the word that stands for it is kept.
    if (received->input().caller() != events::v1::CALLER_KIND_WITHHELD) {
      Seal("caller", request.call().caller(), received->mutable_caller());
    }
    Seal("switch_call_id", request.switch_call_id(), received->mutable_switch_call_id());
    received->set_key_id(std::string(context_.key_id));
    received->set_unknown_at_ms(arrived_ms + int64_t{1000} * directory.hotline().unknown_after_s());
    return event;
  }

  Decision operator()(const v1::ChooseMenuRequest& request) {
    if (auto refusal = FirstOf({CheckReceived(), Check(request), CheckDirectory(), CheckMenu()}))
      return *refusal;
    return Choose(call_.menu_keys() + request.keys());
  }

  Decision operator()(const v1::PressKeysRequest& request) {
    if (auto refusal = FirstOf({CheckReceived(), Check(request), CheckDirectory(), CheckMenu()}))
      return *refusal;
    const std::string pressed = request.keys().empty() ? std::string(1, kTimeOut) : request.keys();
    const std::string keys = call_.menu_keys() + pressed;
    const directory::Directory& directory = DirectoryAt(call_.input().arrived_at_ms());
    const MenuStep step = Follow(DecideRoute(call_.input(), directory), keys, directory);
    // Somebody who presses on and on gets the default.
    if (step.over || keys.size() >= kKeysMax) return Choose(keys);
    Event event;
    event.mutable_menu_pressed()->set_keys(pressed);
    auto* place = event.mutable_menu_pressed()->mutable_place();
    place->set_area(directory.plan()[step.place.area].code);
    if (step.place.locality != directory::kNoOffice)
      place->set_locality(directory.offices()[step.place.locality].code);
    place->set_page(static_cast<int32_t>(step.page));
    place->set_wrong(step.wrong);
    return event;
  }

  Decision operator()(const v1::ReportCallRequest& request) {
    if (auto refusal = FirstOf(
            {CheckReceived(), Check(request),
             CheckNotAhead("switch_time_ms", request.switch_time_ms(), context_.now, "R-120"),
             CheckSequence(request)})) {
      return *refusal;
    }
    if (IsLegFailure(request.kind())) return FailedLeg(request);
    Event event;
    auto* reported = event.mutable_call_reported();
    reported->set_sequence(request.sequence());
    reported->set_switch_time_ms(request.switch_time_ms());
    reported->set_kind(request.kind());
    reported->set_cause(request.cause());
    return event;
  }

  Decision operator()(const v1::TransferCallRequest& request) {
    if (auto refusal =
            FirstOf({CheckReceived(), Check(request), CheckDirectory(), CheckInProgress()}))
      return *refusal;
    const auto* leg = CurrentLeg(call_);
    if (leg == nullptr)
      return State("NOT_RINGING", "R-118", "the call has no office that could pass it on");
    auto next = Transfer(call_, request.office(), absl::ToUnixMillis(context_.now),
                         DirectoryAt(call_.input().arrived_at_ms()));
    if (auto* refusal = std::get_if<Rejection>(&next)) return std::move(*refusal);
    Event event;
    auto* transferred = event.mutable_call_transferred();
    transferred->set_by(request.by());
    transferred->set_from_office(leg->office());
    transferred->set_from_level(leg->level());
    *transferred->mutable_decision() = std::get<events::v1::Decision>(std::move(next));
    return event;
  }

  Decision operator()(const v1::LeaveVoiceMessageRequest& request) {
    if (auto refusal = FirstOf({CheckReceived(), Check(request), CheckDirectory()}))
      return *refusal;
    if (auto refusal = CheckMessage(call_)) return *refusal;
    const int64_t now_ms = absl::ToUnixMillis(context_.now);
    auto taken =
        TakeMessage(call_, !request.callback_number().empty(), context_.now, DirectoryAt(now_ms));
    if (auto* refusal = std::get_if<Rejection>(&taken)) return std::move(*refusal);
    Event event;
    auto* left = event.mutable_voice_message_left();
    *left = std::get<events::v1::VoiceMessageLeft>(std::move(taken));
    left->set_duration_s(request.duration_s());
    Seal("recording", request.recording(), left->mutable_recording());
    if (!request.callback_number().empty()) {
      Seal("callback_number", request.callback_number(), left->mutable_callback_number());
    }
    return event;
  }

 private:
  Decision Choose(const std::string& keys) const {
    const directory::Directory& directory = DirectoryAt(call_.input().arrived_at_ms());
    Event event;
    event.mutable_menu_chosen()->set_keys(keys);
    *event.mutable_menu_chosen()->mutable_decision() =
        ToProto(Navigate(DecideRoute(call_.input(), directory), keys, directory), directory);
    return event;
  }

  // Busy or rung out: where the call goes next is part of the event, so that it is decided once.
  Decision FailedLeg(const v1::ReportCallRequest& request) const {
    const auto* current = CurrentLeg(call_);
    const std::string office =
        !request.office().empty() || current == nullptr ? request.office() : current->office();
    if (!HasRungAt(call_, office)) {
      return InvalidField("office", Echo(office), "R-117", "is no office at which the call rang");
    }
    Event event;
    auto* failed = event.mutable_leg_failed();
    failed->set_sequence(request.sequence());
    failed->set_switch_time_ms(request.switch_time_ms());
    failed->set_kind(request.kind());
    failed->set_office(office);
    for (const auto& leg : call_.legs()) {
      if (leg.office() == office) failed->set_level(leg.level());
    }
    const bool goes_on = current != nullptr && current->office() == office &&
                         current->failed() == 0 && !CheckInProgress() &&
                         !Reported(call_, events::v1::CALL_REPORT_KIND_ANSWERED);
    if (!goes_on || context_.directory == nullptr) return event;
    if (auto next = Overflow(call_, DirectoryAt(call_.input().arrived_at_ms())))
      *failed->mutable_next() = *std::move(next);
    return event;
  }

  // The call is over, by its outcome or by what the switch has said of it.
  Refusal CheckInProgress() const {
    const bool ended = Reported(call_, events::v1::CALL_REPORT_KIND_ENDED);
    if (call_.outcome() == base::v1::OUTCOME_UNSPECIFIED && !ended) return {};
    return State("ALREADY_ENDED", "R-119", "the call is over");
  }

  Refusal CheckMenu() const {
    if (call_.outcome() != 0) return State("ALREADY_ENDED", "R-119", "the call is over");
    if (call_.menu_open()) return {};
    return State("NO_MENU_OPEN", "R-116", "no menu is played, or the choice was made");
  }

  Refusal CheckReceived() const {
    if (call_.has_input()) return {};
    return Rejection{.code = absl::StatusCode::kNotFound,
                     .reason = "CALL_NOT_FOUND",
                     .message = "no call was received under this inquiry id",
                     .rule = "R-119",
                     .field = "inquiry_id"};
  }

  Refusal CheckDirectory() const {
    if (context_.directory != nullptr) return {};
    return NoDirectory();
  }

  // Each sequence once; ENDED is the last, and there is one.
  Refusal CheckSequence(const v1::ReportCallRequest& request) const {
    const bool ends = request.kind() == events::v1::CALL_REPORT_KIND_ENDED;
    for (const CallReport& report : call_.reports()) {
      if (report.sequence() == request.sequence()) {
        return Rejection{.code = absl::StatusCode::kAlreadyExists,
                         .reason = "DUPLICATE_SEQUENCE",
                         .message = "a report with this sequence was recorded already",
                         .rule = "R-120",
                         .field = "sequence",
                         .value = std::to_string(request.sequence())};
      }
      const bool ended = report.kind() == events::v1::CALL_REPORT_KIND_ENDED;
      if ((ended && request.sequence() > report.sequence()) ||
          (ends && request.sequence() < report.sequence()) || (ends && ended)) {
        return InvalidField("sequence", std::to_string(request.sequence()), "R-120",
                            "the report that the call ended is the last, and there is one");
      }
    }
    return {};
  }

  const directory::Directory& DirectoryAt(int64_t at_ms) const {
    return context_.directory->At(absl::FromUnixMillis(at_ms));
  }

  void Seal(std::string_view field, std::string_view plain, base::v1::Sealed* sealed) {
    if (!plain.empty()) *sealed = context_.sealer->Seal(context_.key_id, field, plain);
  }

  const state::v1::CallState& call_;
  const Context& context_;
};

}  // namespace

Decision RoutingService::Decide(const Subject& subject, const Command& command,
                                const Context& context) const {
  const auto& body = static_cast<const v1::Command&>(*command.body);
  Decider decide(subject, context);
  switch (body.command_case()) {
    case v1::Command::kReceiveCall:
      return decide(body.receive_call());
    case v1::Command::kChooseMenu:
      return decide(body.choose_menu());
    case v1::Command::kReportCall:
      return decide(body.report_call());
    case v1::Command::kPressKeys:
      return decide(body.press_keys());
    case v1::Command::kTransferCall:
      return decide(body.transfer_call());
    case v1::Command::kLeaveVoiceMessage:
      return decide(body.leave_voice_message());
    case v1::Command::kSignOn:
      return routing::Decide(body.sign_on(), subject.office(), context);
    case v1::Command::kSignOff:
      return routing::Decide(body.sign_off(), subject.office(), context);
    case v1::Command::COMMAND_NOT_SET:
      break;
  }
  return InvalidField("command", "none", "R-311", "must be set");
}

}  // namespace tierline::routing
