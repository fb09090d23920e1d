#include "routing/rpc.h"

#include "absl/time/time.h"
#include "routing/checks.h"
#include "routing/menu.h"
#include "routing/reasons.h"
#include "routing/routing.h"
#include "runtime/rpc/bind.h"

namespace tierline::routing {
namespace {

constexpr std::string_view kRpcService = "tierline.routing.v1.RoutingService";

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
      [partitions](const partition::CommandResult& result, const std::string& subject,
                   v1::ReceiveCallResponse* response) {
        const auto& call = result.subject->call();
        response->set_inquiry_id(subject);
        *response->mutable_decision() = call.decision();
        const auto* directory = partitions->directory().directory_at().directory;
        if (directory == nullptr) return;
        const auto& then = directory->At(absl::FromUnixMillis(call.input().arrived_at_ms()));
        if (call.menu_open()) *response->mutable_menu() = MenuOf(call.decision(), then);
      });
}

void BindChooseMenu(rpc::Server* server, partition::Partitions* partitions) {
  rpc::HandleCommand(
      server, partitions, {kRpcService, "ChooseMenu", base::v1::SERVICE_ROUTING},
      &v1::Command::mutable_choose_menu,
      [](const v1::ChooseMenuRequest& request, const Uuid&) { return request.inquiry_id(); },
      static_cast<v1::ChooseMenuResponse*>(nullptr),
      [](const partition::CommandResult& result, const std::string&,
         v1::ChooseMenuResponse* response) {
        *response->mutable_decision() = result.subject->call().decision();
      });
}

void BindReportCall(rpc::Server* server, partition::Partitions* partitions) {
  rpc::HandleCommand(
      server, partitions, {kRpcService, "ReportCall", base::v1::SERVICE_ROUTING},
      &v1::Command::mutable_report_call,
      [](const v1::ReportCallRequest& request, const Uuid&) { return request.inquiry_id(); },
      static_cast<v1::ReportCallResponse*>(nullptr),
      [](const partition::CommandResult&, const std::string&, v1::ReportCallResponse*) {});
}

void DryRun(const v1::DecideRouteRequest& request, partition::Partitions* partitions,
            rpc::Call call) {
  if (const auto refusal = Check(request)) return call.Fail(*refusal);
  partition::Processor& processor = partitions->directory();
  const auto* directory = processor.directory_at().directory;
  if (directory == nullptr) return call.Fail(NoDirectory());
  const int64_t at_ms = request.call().arrived_at_ms() != 0 ? request.call().arrived_at_ms()
                                                            : absl::ToUnixMillis(processor.Now());
  const directory::Directory& then = directory->At(absl::FromUnixMillis(at_ms));
  const Route entered = DecideRoute(MakeInput(request.call(), at_ms, then), then);
  const bool chose = !request.menu_keys().empty();
  v1::DecideRouteResponse response;
  *response.mutable_decision() = ToProto(entered, then);
  *response.mutable_menu() = MenuOf(response.decision(), then);
  if (chose) {
    *response.mutable_decision() = ToProto(Navigate(entered, request.menu_keys(), then), then);
  }
  if (request.explain()) {
    for (v1::Step& step : Explain(response.decision(), then))
      *response.add_steps() = std::move(step);
  }
  response.mutable_position()->set_directory(processor.fold().offset());
  call.Reply(response);
}

void BindQueries(rpc::Server* server, partition::Partitions* partitions) {
  server->Handle(kRpcService, "DecideRoute", [partitions](rpc::Call call) {
    v1::DecideRouteRequest request;
    if (!call.Parse(&request)) return;
    WhenDirectoryRead(
        partitions, request.min_position(), std::move(call),
        [partitions, request](rpc::Call ready) { DryRun(request, partitions, std::move(ready)); });
  });
  rpc::HandleInquiryQuery<v1::GetCallRequest>(
      server, partitions, kRpcService, "GetCall",
      [](const v1::GetCallRequest& request, const Subject& subject, partition::Processor& processor,
         rpc::Call call) {
        if (!subject.call().has_input()) {
          return call.Fail(
              Rejection{.code = absl::StatusCode::kNotFound,
                        .reason = "CALL_NOT_FOUND",
                        .message = "no call came in under this id; the inquiry was opened by hand",
                        .rule = "R-119",
                        .field = "inquiry_id",
                        .value = request.inquiry_id()});
        }
        v1::GetCallResponse response;
        *response.mutable_call() = Describe(request.inquiry_id(), subject);
        *response.mutable_position() = processor.Position();
        call.Reply(response);
      });
}

}  // namespace

void Bind(rpc::Server* server, partition::Partitions* partitions,
          directory::DirectoryService* directory) {
  BindReceiveCall(server, partitions);
  BindChooseMenu(server, partitions);
  BindReportCall(server, partitions);
  BindQueries(server, partitions);
  BindDirectory(server, partitions, directory);
}

}  // namespace tierline::routing
