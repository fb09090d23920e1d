#include "routing/routing.h"

#include "directory/directory.h"
#include "routing/checks.h"
#include "routing/limits.h"
#include "routing/menu.h"

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
    Event event;
    auto* received = event.mutable_call_received();
    const directory::Directory& directory = DirectoryAt(request.call().arrived_at_ms());
    *received->mutable_input() =
        MakeInput(request.call(), request.call().arrived_at_ms(), directory);
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
    received->set_unknown_at_ms(request.call().arrived_at_ms() +
                                int64_t{1000} * directory.hotline().unknown_after_s());
    return event;
  }

  Decision operator()(const v1::ChooseMenuRequest& request) {
    if (auto refusal = FirstOf({CheckReceived(), Check(request), CheckDirectory()}))
      return *refusal;
    if (call_.outcome() != 0) return State("ALREADY_ENDED", "R-119", "the call is over");
    if (!call_.menu_open())
      return State("NO_MENU_OPEN", "R-116", "no menu is played, or the choice was made");
    const directory::Directory& directory = DirectoryAt(call_.input().arrived_at_ms());
    const Route route = Navigate(DecideRoute(call_.input(), directory), request.keys(), directory);
    Event event;
    event.mutable_menu_chosen()->set_keys(request.keys());
    *event.mutable_menu_chosen()->mutable_decision() = ToProto(route, directory);
    return event;
  }

  Decision operator()(const v1::ReportCallRequest& request) {
    if (auto refusal = FirstOf(
            {CheckReceived(), Check(request),
             CheckNotAhead("switch_time_ms", request.switch_time_ms(), context_.now, "R-120"),
             CheckSequence(request)})) {
      return *refusal;
    }
    Event event;
    auto* reported = event.mutable_call_reported();
    reported->set_sequence(request.sequence());
    reported->set_switch_time_ms(request.switch_time_ms());
    reported->set_kind(request.kind());
    reported->set_cause(request.cause());
    return event;
  }

 private:
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
    case v1::Command::COMMAND_NOT_SET:
      break;
  }
  return InvalidField("command", "none", "R-311", "must be set");
}

}  // namespace tierline::routing
