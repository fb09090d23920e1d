#include "sip/desk.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "runtime/rpc/issue.h"

namespace tierline::sip {
namespace {

constexpr std::string_view kRpcService = "tierline.routing.v1.RoutingService";
// Shorter than a SIP client's patience (timer B, 32 s), so that it still learns what became of it.
constexpr absl::Duration kDeadline = absl::Seconds(10);

rpc::CommandRpc RpcOf(std::string_view method) {
  return {kRpcService, method, base::v1::SERVICE_ROUTING};
}

}  // namespace

Command Desk::CommandFor(const std::string& inquiry_id, std::string_view what) const {
  Command command;
  command.subject = inquiry_id;
  command.request_id = MakeReactionId(*Uuid::Parse(inquiry_id), what, "sip");
  command.principal.set_role(base::v1::ROLE_INTEGRATOR);
  command.deadline = absl::Now() + kDeadline;
  return command;
}

void Desk::Receive(const routing::v1::ReceiveCallRequest& request, const std::string& inquiry_id,
                   Received done) {
  rpc::Issue(
      server_, partitions_, RpcOf("ReceiveCall"), &routing::v1::Command::mutable_receive_call,
      request, CommandFor(inquiry_id, "receive"),
      static_cast<routing::v1::ReceiveCallResponse*>(nullptr),
      [inquiry_id](const partition::CommandResult& result,
                   routing::v1::ReceiveCallResponse* response) {
        response->set_inquiry_id(inquiry_id);
        *response->mutable_decision() = result.subject->call().decision();
        response->set_outcome(result.subject->call().outcome());
      },
      [this, done = std::move(done)](const rpc::RpcStatus& status,
                                     const routing::v1::ReceiveCallResponse& received) mutable {
        const bool menu = status.ok() && received.outcome() == base::v1::OUTCOME_UNSPECIFIED &&
                          received.decision().action() == events::v1::ROUTE_ACTION_MENU;
        if (!menu) return done(status, received);
        TakeDefault(received, std::move(done));
      });
}

void Desk::TakeDefault(const routing::v1::ReceiveCallResponse& received, Received done) {
  routing::v1::ChooseMenuRequest request;
  request.set_inquiry_id(received.inquiry_id());
  rpc::Issue(
      server_, partitions_, RpcOf("ChooseMenu"), &routing::v1::Command::mutable_choose_menu,
      std::move(request), CommandFor(received.inquiry_id(), "menu default"),
      static_cast<routing::v1::ChooseMenuResponse*>(nullptr),
      [](const partition::CommandResult& result, routing::v1::ChooseMenuResponse* response) {
        *response->mutable_decision() = result.subject->call().decision();
      },
      [call = received, done = std::move(done)](
          const rpc::RpcStatus& status, const routing::v1::ChooseMenuResponse& chosen) mutable {
        *call.mutable_decision() = chosen.decision();
        done(status, call);
      });
}

void Desk::Report(routing::v1::ReportCallRequest request, Reported done) {
  const bool cancelled = request.switch_time_ms() == 0;
  if (cancelled) {
    request.set_switch_time_ms(absl::ToUnixMillis(partitions_->directory().Now()));
  }
  const std::string inquiry_id = request.inquiry_id();
  const std::string what = cancelled ? "hang-up" : absl::StrCat("report ", request.sequence());
  rpc::Issue(
      server_, partitions_, RpcOf("ReportCall"), &routing::v1::Command::mutable_report_call,
      std::move(request), CommandFor(inquiry_id, what),
      static_cast<routing::v1::ReportCallResponse*>(nullptr),
      [](const partition::CommandResult&, routing::v1::ReportCallResponse*) {},
      [done = std::move(done)](const rpc::RpcStatus& status,
                               const routing::v1::ReportCallResponse&) mutable { done(status); });
}

}  // namespace tierline::sip
