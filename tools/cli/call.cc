#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tierline/routing/v1/routing.pb.h"
#include "tools/cli/commands.h"
#include "tools/cli/enum_names.h"
#include "tools/cli/receipt.h"
#include "tools/cli/route_view.h"

namespace tierline::cli {
namespace {

using events::v1::CallEndCause;
using events::v1::CallPurpose;
using events::v1::CallReportKind;
using events::v1::TransferBy;

int64_t NowMs() { return absl::ToUnixMillis(absl::Now()); }

ExitCode Receive(Program* program, routing::v1::ReceiveCallRequest request) {
  program->EnsureRequestId(&request);
  if (request.switch_call_id().empty()) request.set_switch_call_id(request.request_id());
  const int64_t arrived_ms = request.call().arrived_at_ms();
  routing::v1::ReceiveCallResponse response;
  const ExitCode code = program->Send(kRouting, "ReceiveCall", &request, &response);
  if (code == kUnreachable) {  // these name the call; another one would be another call
    Complain(absl::StrCat("repeat it also with --call-id ", request.switch_call_id(), " --at ",
                          absl::FormatTime(absl::RFC3339_full, absl::FromUnixMillis(arrived_ms),
                                           absl::UTCTimeZone())));
  }
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  Labels labels(program);
  Fields fields = {{"inquiry", response.inquiry_id()}, {"arrived", labels.Time(arrived_ms)}};
  AddDecision(response.decision(), &labels, &fields);
  AddReceipt(request.request_id(), response.receipt(), &fields);
  program->out().Print(fields);
  if (response.menu().entries_size() > 0) {
    program->out().Print("");
    program->out().Print(MenuTable(response.menu()));
  }
  if (response.prompts_size() > 0) {
    program->out().Print("");
    program->out().Print(PromptTable(response.prompts()));
  }
  return kOk;
}

// A command after which the call goes on: prints `decision(response)`, if it has one, and what to
// say.
template <typename Response, typename Request, typename DecisionOf>
ExitCode GoOn(Program* program, std::string_view method, Request request, DecisionOf decision_of) {
  Response response;
  const ExitCode code = program->Send(kRouting, method, &request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  Labels labels(program);
  Fields fields = {{"inquiry", request.inquiry_id()}};
  if (const events::v1::Decision* decision = decision_of(response))
    AddDecision(*decision, &labels, &fields);
  AddReceipt(request.request_id(), response.receipt(), &fields);
  program->out().Print(fields);
  if (response.prompts_size() > 0) {
    program->out().Print("");
    program->out().Print(PromptTable(response.prompts()));
  }
  return kOk;
}

ExitCode Choose(Program* program, const routing::v1::ChooseMenuRequest& request) {
  return GoOn<routing::v1::ChooseMenuResponse>(
      program, "ChooseMenu", request, [](const auto& response) { return &response.decision(); });
}

ExitCode Press(Program* program, const routing::v1::PressKeysRequest& request) {
  return GoOn<routing::v1::PressKeysResponse>(
      program, "PressKeys", request,
      [](const auto& response) { return response.chosen() ? &response.decision() : nullptr; });
}

ExitCode Report(Program* program, const routing::v1::ReportCallRequest& request) {
  return GoOn<routing::v1::ReportCallResponse>(
      program, "ReportCall", request,
      [](const auto& response) { return response.has_next() ? &response.next() : nullptr; });
}

ExitCode Transfer(Program* program, const routing::v1::TransferCallRequest& request) {
  return GoOn<routing::v1::TransferCallResponse>(
      program, "TransferCall", request, [](const auto& response) { return &response.decision(); });
}

ExitCode LeaveMessage(Program* program, routing::v1::LeaveVoiceMessageRequest request) {
  routing::v1::LeaveVoiceMessageResponse response;
  const ExitCode code = program->Send(kRouting, "LeaveVoiceMessage", &request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  Labels labels(program);
  const bool callback = response.callback_due_at_ms() != 0;
  Fields fields = {{"inquiry", request.inquiry_id()},
                   {"office", labels.Office(response.office())},
                   {"calls back", callback ? "" : "no: there is no number"},
                   {"from", labels.Time(response.callback_from_ms())},
                   {"until", labels.Time(response.callback_due_at_ms())}};
  AddReceipt(request.request_id(), response.receipt(), &fields);
  program->out().Print(fields);
  return kOk;
}

ExitCode Explain(Program* program, const routing::v1::ExplainCallRequest& request) {
  routing::v1::ExplainCallResponse response;
  const ExitCode code = program->Ask(kRouting, "ExplainCall", request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  Labels labels(program);
  Fields fields = {{"inquiry", request.inquiry_id()}};
  AddDecision(response.decision(), &labels, &fields);
  program->out().Print(fields);
  program->out().Print("");
  PrintExplanation(response.explanation(), &labels, program->out());
  return kOk;
}

// "340102 瑶海区, menu, busy"
std::string LegToString(const state::v1::CallLeg& leg, Labels* labels) {
  std::string text = absl::StrCat(labels->Office(leg.office()), ", ", NameOf(leg.cause()));
  if (leg.failed() != 0) absl::StrAppend(&text, ", ", NameOf(leg.failed()));
  return text;
}

ExitCode Show(Program* program, const routing::v1::GetCallRequest& request) {
  routing::v1::GetCallResponse response;
  const ExitCode code = program->Ask(kRouting, "GetCall", request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  const routing::v1::Call& call = response.call();
  Labels labels(program);
  const bool over = call.outcome() != base::v1::OUTCOME_UNSPECIFIED;
  Fields fields = {{"inquiry", call.inquiry_id()},
                   {"etag", call.etag()},
                   {"platform", call.platform()},
                   {"purpose", NameOf(call.purpose())},
                   {"arrived", labels.Time(call.input().arrived_at_ms())},
                   {"caller", NameOf(call.input().caller())},
                   {"dialled", NameOf(call.input().dialled())},
                   {"outcome", over ? NameOf(call.outcome()) : "in progress"},
                   {"ended", labels.Time(call.ended_at_ms())}};
  AddDecision(call.decision(), &labels, &fields);
  for (const auto& leg : call.legs()) fields.emplace_back("rang at", LegToString(leg, &labels));
  fields.emplace_back("message left", labels.Time(call.message().left_at_ms()));
  fields.emplace_back("call back by", labels.Time(call.message().callback_due_at_ms()));
  program->out().Print(fields);
  return kOk;
}

void AddReceive(CLI::App* group, Program* program) {
  CLI::App* command =
      AddCommand(group, "receive", "A call arrived: decides where it goes and records it",
                 "tierline call receive --from 13805511234 --dial 12371 --call-id 20090302-000017\n"
                 "tierline call receive --from 02151234567 --dial 12371 --purpose test -o json");
  auto request = std::make_shared<routing::v1::ReceiveCallRequest>();
  auto* call = request->mutable_call();
  request->set_platform("tierline-cli");
  auto purpose = std::make_shared<std::string>("public");
  auto at = std::make_shared<int64_t>(0);
  command->add_option("--from", *call->mutable_caller(), "Number of the caller; none: withheld");
  command->add_option("--dial", *call->mutable_dialled(), "Digits as dialled")->required();
  command->add_option("--trunk", *call->mutable_trunk_area(), "Area code of the trunk, with its 0");
  command->add_option("--location", *call->mutable_location_area(),
                      "Area code of where the network sees a mobile");
  command->add_option("--platform", *request->mutable_platform(), "Name of the voice platform")
      ->capture_default_str();
  command->add_option("--call-id", *request->mutable_switch_call_id(),
                      "The switch's own id of the call; else the request id");
  command->add_option("--purpose", *purpose, "Test calls are counted apart")
      ->check(CLI::IsMember(NamesOf<CallPurpose>()))
      ->capture_default_str();
  AddInstant(command, "--at", at.get(), "When the call arrived; else now");
  AddRequestId(command, request->mutable_request_id());
  program->OnRun(command, [=] {
    request->set_purpose(ValueOf<CallPurpose>(*purpose));
    request->mutable_call()->set_arrived_at_ms(*at != 0 ? *at : NowMs());
    return Receive(program, *request);
  });
}

void AddChoose(CLI::App* group, Program* program) {
  CLI::App* command =
      AddCommand(group, "choose", "The caller pressed keys in the menu",
                 "tierline call choose 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21 --keys 2\n"
                 "tierline call choose 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21   # took the default");
  auto request = std::make_shared<routing::v1::ChooseMenuRequest>();
  AddInquiry(command, request->mutable_inquiry_id());
  command->add_option("--keys", *request->mutable_keys(),
                      "All keys, after those of `press` if there were any; none: the default");
  AddEtag(command, request->mutable_etag());
  AddRequestId(command, request->mutable_request_id());
  program->OnRun(command, [=] { return Choose(program, *request); });
}

void AddPress(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(
      group, "press",
      "One step in the menu: a key, several, or none in time; says what to play next",
      "tierline call press 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21 --keys 9\n"
      "tierline call press 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21   # the time has passed");
  auto request = std::make_shared<routing::v1::PressKeysRequest>();
  AddInquiry(command, request->mutable_inquiry_id());
  command->add_option("--keys", *request->mutable_keys(), "One key or several; none: a time-out");
  AddEtag(command, request->mutable_etag());
  AddRequestId(command, request->mutable_request_id());
  program->OnRun(command, [=] { return Press(program, *request); });
}

void AddTransfer(CLI::App* group, Program* program) {
  CLI::App* command =
      AddCommand(group, "transfer", "The call goes on to another office",
                 "tierline call transfer 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21 --to 340000");
  auto request = std::make_shared<routing::v1::TransferCallRequest>();
  auto by = std::make_shared<std::string>("operator");
  AddInquiry(command, request->mutable_inquiry_id());
  command->add_option("--to", *request->mutable_office(), "Code of the office")->required();
  command->add_option("--by", *by, "Who transfers it")
      ->check(CLI::IsMember(NamesOf<TransferBy>()))
      ->capture_default_str();
  AddEtag(command, request->mutable_etag());
  AddRequestId(command, request->mutable_request_id());
  program->OnRun(command, [=] {
    request->set_by(ValueOf<TransferBy>(*by));
    return Transfer(program, *request);
  });
}

void AddMessage(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(
      group, "message", "The caller left a voice message: an inquiry is opened from it",
      "tierline call message 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21 --recording vm/2009/000017\n"
      "tierline call message 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21 --recording vm/2009/000017 \\\n"
      "    --call-back 13805511234 --seconds 40");
  auto request = std::make_shared<routing::v1::LeaveVoiceMessageRequest>();
  auto seconds = std::make_shared<int32_t>(0);
  AddInquiry(command, request->mutable_inquiry_id());
  command
      ->add_option("--recording", *request->mutable_recording(),
                   "The platform's reference to the recording")
      ->required();
  command->add_option("--call-back", *request->mutable_callback_number(),
                      "Number to call back; none: the one that he called from");
  command->add_option("--seconds", *seconds, "Length of the recording");
  AddEtag(command, request->mutable_etag());
  AddRequestId(command, request->mutable_request_id());
  program->OnRun(command, [=] {
    request->set_duration_s(*seconds);
    return LeaveMessage(program, *request);
  });
}

void AddExplain(CLI::App* group, Program* program) {
  CLI::App* command =
      AddCommand(group, "explain", "Why the call went where it went: every rule, applied or not",
                 "tierline call explain 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21");
  auto request = std::make_shared<routing::v1::ExplainCallRequest>();
  AddInquiry(command, request->mutable_inquiry_id());
  program->OnRun(command, [=] { return Explain(program, *request); });
}

void AddReportCall(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(
      group, "report", "What the switch saw of the call",
      "tierline call report 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21 --sequence 1 --kind offered\n"
      "tierline call report 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21 --sequence 2 --kind ended \\\n"
      "    --cause busy --at 2009-03-02T09:00:05+08:00");
  auto request = std::make_shared<routing::v1::ReportCallRequest>();
  auto kind = std::make_shared<std::string>();
  auto cause = std::make_shared<std::string>();
  auto at = std::make_shared<int64_t>(0);
  auto sequence = std::make_shared<int32_t>(0);
  AddInquiry(command, request->mutable_inquiry_id());
  command->add_option("--sequence", *sequence, "Counted by the switch from 1")->required();
  command->add_option("--kind", *kind, "What happened")
      ->required()
      ->check(CLI::IsMember(NamesOf<CallReportKind>()));
  command->add_option("--cause", *cause, "How it ended; only with --kind ended")
      ->check(CLI::IsMember(NamesOf<CallEndCause>()));
  command->add_option("--office", *request->mutable_office(),
                      "With busy and ring_timeout: whose line; else where the call is now");
  AddInstant(command, "--at", at.get(), "By the switch's clock; else now");
  AddEtag(command, request->mutable_etag());
  AddRequestId(command, request->mutable_request_id());
  program->OnRun(command, [=] {
    request->set_sequence(*sequence);
    request->set_kind(ValueOf<CallReportKind>(*kind));
    request->set_cause(ValueOf<CallEndCause>(*cause));
    request->set_switch_time_ms(*at != 0 ? *at : NowMs());
    return Report(program, *request);
  });
}

void AddShow(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(group, "show", "The call as it stands",
                                 "tierline call show 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21");
  auto request = std::make_shared<routing::v1::GetCallRequest>();
  AddInquiry(command, request->mutable_inquiry_id());
  program->OnRun(command, [=] { return Show(program, *request); });
}

}  // namespace

void AddCall(CLI::App* root, Program* program) {
  CLI::App* group =
      AddGroup(root, "call", "What a voice platform reports of a call",
               "tierline call receive --from 13805511234 --dial 12371 --purpose test\n"
               "tierline call show 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21");
  AddReceive(group, program);
  AddPress(group, program);
  AddChoose(group, program);
  AddReportCall(group, program);
  AddCallReports(group, program);
  AddTransfer(group, program);
  AddMessage(group, program);
  AddShow(group, program);
  AddExplain(group, program);
}

}  // namespace tierline::cli
