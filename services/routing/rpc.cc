#include "routing/rpc.h"

#include "absl/time/time.h"
#include "routing/checks.h"
#include "routing/explain.h"
#include "routing/guide.h"
#include "routing/legs.h"
#include "routing/menu.h"
#include "routing/prompts.h"
#include "routing/reasons.h"
#include "routing/routing.h"
#include "runtime/rpc/bind.h"

namespace tierline::routing {
namespace {

constexpr std::string_view kRpcService = "tierline.routing.v1.RoutingService";

template <typename Response>
void AddPrompts(Prompts prompts, Response* response) {
  for (v1::SpokenPrompt& prompt : prompts) *response->add_prompts() = std::move(prompt);
}

// Where the call goes after the report of number `failed`, a leg that failed.
void FillNext(const state::v1::CallState& call, int32_t failed, partition::Partitions* partitions,
              v1::ReportCallResponse* response) {
  const auto* then = DirectoryOf(call, partitions);
  auto next = NextAfter(call, failed, then);
  if (then != nullptr && next) AddPrompts(CallPrompts(*next, *then), response);
  if (then != nullptr && !next && IsLeftUnanswered(call))
    AddPrompts(NotAnsweredPrompts(*then), response);
  if (next) *response->mutable_next() = *std::move(next);
}

// A command about a call that was received: `respond(call, directory, response)`.
template <typename Response, typename Request, typename Respond>
void BindCallCommand(rpc::Server* server, partition::Partitions* partitions,
                     std::string_view method, Request* (v1::Command::*arm)(), Respond respond) {
  rpc::HandleCommand(
      server, partitions, {kRpcService, method, base::v1::SERVICE_ROUTING}, arm,
      [](const Request& request, const Uuid&) { return request.inquiry_id(); },
      static_cast<Response*>(nullptr),
      [partitions, respond](const partition::CommandResult& result, Response* response) {
        const auto& call = result.subject->call();
        respond(call, DirectoryOf(call, partitions), response);
      });
}

void BindReceiveCall(rpc::Server* server, partition::Partitions* partitions) {
  rpc::HandleCommand(
      server, partitions, {kRpcService, "ReceiveCall", base::v1::SERVICE_ROUTING},
      &v1::Command::mutable_receive_call,
      [](const v1::ReceiveCallRequest& request, const Uuid&) {
        return MakeInquiryId(request.platform(), request.switch_call_id(),
                             request.call().arrived_at_ms())
            .ToString();
      },
      static_cast<v1::ReceiveCallResponse*>(nullptr),
      [partitions](const partition::CommandResult& result, v1::ReceiveCallResponse* response) {
        const auto& call = result.subject->call();
        response->set_inquiry_id(std::string(result.subject_id));
        *response->mutable_decision() = call.decision();
        response->set_outcome(call.outcome());
        const auto* then = DirectoryOf(call, partitions);
        if (then == nullptr) return;
        if (call.menu_open()) *response->mutable_menu() = MenuOf(call.decision(), *then);
        AddPrompts(CallPrompts(call.decision(), *then), response);
      });
}

void BindMenu(rpc::Server* server, partition::Partitions* partitions) {
  BindCallCommand<v1::ChooseMenuResponse>(
      server, partitions, "ChooseMenu", &v1::Command::mutable_choose_menu,
      [](const state::v1::CallState& call, const directory::Directory* then,
         v1::ChooseMenuResponse* response) {
        *response->mutable_decision() = call.decision();
        if (then != nullptr) AddPrompts(CallPrompts(call.decision(), *then), response);
      });
  BindCallCommand<v1::PressKeysResponse>(
      server, partitions, "PressKeys", &v1::Command::mutable_press_keys,
      [](const state::v1::CallState& call, const directory::Directory* then,
         v1::PressKeysResponse* response) {
        response->set_chosen(!call.menu_open());
        *response->mutable_decision() = call.decision();
        if (call.menu_open()) *response->mutable_place() = call.menu_place();
        if (then == nullptr) return;
        if (!call.menu_open()) return AddPrompts(CallPrompts(call.decision(), *then), response);
        const Route entered = DecideRoute(call.input(), *then);
        AddPrompts(MenuPrompts(Follow(entered, call.menu_keys(), *then), *then), response);
      });
}

void BindReportCall(rpc::Server* server, partition::Partitions* partitions) {
  const rpc::CommandRpc rpc = {kRpcService, "ReportCall", base::v1::SERVICE_ROUTING};
  server->Handle(kRpcService, "ReportCall", [=](rpc::Call call) {
    auto body = std::make_unique<v1::Command>();
    v1::ReportCallRequest* request = body->mutable_report_call();
    Command command;
    if (!call.Parse(request) || !rpc::BeginCommand(&call, rpc, request->request_id(), &command) ||
        !rpc::CheckInquiryId(&call, request->inquiry_id())) {
      return;
    }
    command.subject = request->inquiry_id();
    rpc::TakeEnvelope(request, &command);
    const int32_t failed = IsLegFailure(request->kind()) ? request->sequence() : 0;
    command.body = std::move(body);
    rpc::SubmitCommand(server, std::move(call), partitions, rpc, std::move(command),
                       [=](rpc::Call call, const partition::CommandResult& result) {
                         v1::ReportCallResponse response;
                         FillReceipt(result.receipt, response.mutable_receipt());
                         if (failed != 0)
                           FillNext(result.subject->call(), failed, partitions, &response);
                         call.Reply(response);
                       });
  });
}

void BindLegs(rpc::Server* server, partition::Partitions* partitions) {
  BindCallCommand<v1::TransferCallResponse>(
      server, partitions, "TransferCall", &v1::Command::mutable_transfer_call,
      [](const state::v1::CallState& call, const directory::Directory* then,
         v1::TransferCallResponse* response) {
        *response->mutable_decision() = call.decision();
        if (then != nullptr) AddPrompts(CallPrompts(call.decision(), *then), response);
      });
  rpc::HandleCommand(
      server, partitions, {kRpcService, "LeaveVoiceMessage", base::v1::SERVICE_ROUTING},
      &v1::Command::mutable_leave_voice_message,
      [](const v1::LeaveVoiceMessageRequest& request, const Uuid&) { return request.inquiry_id(); },
      static_cast<v1::LeaveVoiceMessageResponse*>(nullptr),
      [](const partition::CommandResult& result, v1::LeaveVoiceMessageResponse* response) {
        const auto& message = result.subject->call().message();
        response->set_office(message.office());
        response->set_callback_from_ms(message.callback_from_ms());
        response->set_callback_due_at_ms(message.callback_due_at_ms());
      });
}

Rejection NoCall(const std::string& inquiry_id) {
  return {.code = absl::StatusCode::kNotFound,
          .reason = "CALL_NOT_FOUND",
          .message = "no call came in under this id; the inquiry was opened by hand",
          .rule = "R-119",
          .field = "inquiry_id",
          .value = inquiry_id};
}

void Guide(const v1::GetDialGuideRequest& request, partition::Partitions* partitions,
           rpc::Call call) {
  partition::Processor& processor = partitions->directory();
  const auto* directory = processor.directory_at().directory;
  if (directory == nullptr) return call.Fail(NoDirectory());
  const absl::Time at =
      request.at_ms() != 0 ? absl::FromUnixMillis(request.at_ms()) : processor.Now();
  auto guide = GuideFor(request, at, directory->At(at));
  if (auto* rejection = std::get_if<Rejection>(&guide)) return call.Fail(*rejection);
  v1::GetDialGuideResponse response;
  for (v1::GuideEntry& entry : std::get<std::vector<v1::GuideEntry>>(guide))
    *response.add_entries() = std::move(entry);
  response.mutable_position()->set_directory(processor.fold().offset());
  call.Reply(response);
}

void ExplainReceived(const v1::ExplainCallRequest& request, const Subject& subject,
                     partition::Partitions* partitions, partition::Processor& processor,
                     rpc::Call call) {
  const auto& state = subject.call();
  if (!state.has_input()) return call.Fail(NoCall(request.inquiry_id()));
  const auto* then = DirectoryOf(state, partitions);
  if (then == nullptr) return call.Fail(NoDirectory());
  v1::ExplainCallResponse response;
  *response.mutable_decision() = state.decision();
  *response.mutable_explanation() = ExplainCall(state, *then);
  *response.mutable_position() = processor.Position();
  call.Reply(response);
}

void BindQueries(rpc::Server* server, partition::Partitions* partitions) {
  rpc::HandleInquiryQuery<v1::GetCallRequest>(
      server, partitions, kRpcService, "GetCall",
      [](const v1::GetCallRequest& request, const Subject& subject, partition::Processor& processor,
         rpc::Call call) {
        if (!subject.call().has_input()) return call.Fail(NoCall(request.inquiry_id()));
        v1::GetCallResponse response;
        *response.mutable_call() = Describe(request.inquiry_id(), subject);
        *response.mutable_position() = processor.Position();
        call.Reply(response);
      });
  rpc::HandleInquiryQuery<v1::ExplainCallRequest>(
      server, partitions, kRpcService, "ExplainCall",
      [partitions](const v1::ExplainCallRequest& request, const Subject& subject,
                   partition::Processor& processor, rpc::Call call) {
        ExplainReceived(request, subject, partitions, processor, std::move(call));
      });
  server->Handle(kRpcService, "GetDialGuide", [partitions](rpc::Call call) {
    v1::GetDialGuideRequest request;
    if (!call.Parse(&request)) return;
    WhenDirectoryRead(
        partitions, request.min_position(), std::move(call),
        [partitions, request](rpc::Call ready) { Guide(request, partitions, std::move(ready)); });
  });
}

}  // namespace

const directory::Directory* DirectoryOf(const state::v1::CallState& call,
                                        partition::Partitions* partitions) {
  const auto* directory = partitions->directory().directory_at().directory;
  if (directory == nullptr) return nullptr;
  return &directory->At(absl::FromUnixMillis(call.input().arrived_at_ms()));
}

void Bind(rpc::Server* server, partition::Partitions* partitions,
          directory::DirectoryService* directory, log::EventLog* log) {
  BindReceiveCall(server, partitions);
  BindMenu(server, partitions);
  BindReportCall(server, partitions);
  BindLegs(server, partitions);
  BindReports(server, partitions);
  BindDryRun(server, partitions);
  BindQueries(server, partitions);
  BindStaffing(server, partitions);
  BindWhatIf(server, {partitions, directory, log});
  BindDirectory(server, partitions, directory);
}

}  // namespace tierline::routing
