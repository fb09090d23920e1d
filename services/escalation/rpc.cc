#include "escalation/rpc.h"

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "base/service.h"
#include "escalation/holders.h"
#include "runtime/rpc/bind.h"
#include "runtime/rpc/page.h"
#include "tierline/escalation/v1/escalation.pb.h"

namespace tierline::escalation {
namespace {

constexpr std::string_view kRpcService = "tierline.escalation.v1.EscalationService";

// "<partition>:<inquiry>": where the next page begins.
bool ParseToken(const std::string& token, int32_t* partition, std::string* inquiry) {
  const size_t colon = token.find(':');
  if (token.empty()) return true;
  if (colon == std::string::npos || !absl::SimpleAtoi(token.substr(0, colon), partition))
    return false;
  *inquiry = token.substr(colon + 1);
  return *partition >= 0;
}

void List(partition::Partitions* partitions, const v1::ListDeadlinesRequest& request,
          rpc::Call call) {
  int32_t partition = 0;
  std::string start;
  if (auto bad = rpc::CheckPageSize(request.page_size())) return call.Fail(*bad);
  if (!ParseToken(request.page_token(), &partition, &start)) return call.Fail(rpc::BadPageToken());
  const int size = rpc::PageSize(request.page_size());
  v1::ListDeadlinesResponse response;
  for (; partition < partitions->count() && response.next_page_token().empty();
       ++partition, start.clear()) {
    const auto status = partitions->history(partition).fold().Visit(
        start, [&](std::string_view inquiry, const Subject& subject) {
          if (response.deadlines_size() >= size) {
            response.set_next_page_token(std::to_string(partition) + ":" + std::string(inquiry));
            return false;
          }
          for (const auto& deadline : subject.escalation().deadlines()) {
            if (deadline.met()) continue;
            if (request.due_before_ms() != 0 && deadline.due_at_ms() >= request.due_before_ms())
              continue;
            auto* row = response.add_deadlines();
            row->set_inquiry_id(std::string(inquiry));
            *row->mutable_deadline() = deadline;
          }
          return true;
        });
    if (!status.ok()) return call.Fail(status);
  }
  call.Reply(response);
}

template <typename Response, typename Request, typename Respond>
void BindCommand(rpc::Server* server, partition::Partitions* partitions, std::string_view method,
                 Request* (v1::Command::*arm)(), Respond respond) {
  rpc::HandleCommand(
      server, partitions, {kRpcService, method, base::v1::SERVICE_ESCALATION}, arm,
      [](const Request& request, const Uuid&) { return request.inquiry_id(); },
      static_cast<Response*>(nullptr), respond);
}

void BindCommands(rpc::Server* server, partition::Partitions* partitions) {
  const auto nothing_more = [](const partition::CommandResult&, auto*) {};
  BindCommand<v1::OrderSupervisionResponse>(
      server, partitions, "OrderSupervision", &v1::Command::mutable_order_supervision,
      [](const partition::CommandResult& result, v1::OrderSupervisionResponse* response) {
        const auto& orders = result.subject->escalation().supervisions();
        if (!orders.empty()) response->set_due_at_ms(orders.rbegin()->due_at_ms());
      });
  BindCommand<v1::AcknowledgeSupervisionResponse>(server, partitions, "AcknowledgeSupervision",
                                                  &v1::Command::mutable_acknowledge_supervision,
                                                  nothing_more);
  BindCommand<v1::AcknowledgeUrgentResponse>(server, partitions, "AcknowledgeUrgent",
                                             &v1::Command::mutable_acknowledge_urgent,
                                             nothing_more);
}

}  // namespace

void Bind(rpc::Server* server, partition::Partitions* partitions) {
  BindCommands(server, partitions);
  rpc::HandleInquiryQuery<v1::GetDeadlinesRequest>(
      server, partitions, kRpcService, "GetDeadlines",
      [](const v1::GetDeadlinesRequest&, const Subject& subject, partition::Processor& processor,
         rpc::Call call) {
        v1::GetDeadlinesResponse response;
        *response.mutable_deadlines() = subject.escalation().deadlines();
        *response.mutable_position() = processor.Position();
        const auto& state = subject.escalation();
        *response.mutable_supervisions() = state.supervisions();
        *response.mutable_urgent_reports() = state.urgent_reports();
        *response.mutable_holders() = state.holders();
        response.set_case_ms(CaseMs(state, absl::ToUnixMillis(processor.Now())));
        response.set_etag(EtagOf(state.version()));
        call.Reply(response);
      });
  server->Handle(kRpcService, "ListDeadlines", [partitions](rpc::Call call) {
    v1::ListDeadlinesRequest request;
    if (call.Parse(&request)) List(partitions, request, std::move(call));
  });
}

}  // namespace tierline::escalation
