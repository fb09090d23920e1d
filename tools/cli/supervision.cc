#include <memory>

#include "tierline/escalation/v1/escalation.pb.h"
#include "tools/cli/commands.h"
#include "tools/cli/receipt.h"

// What superiors do about an inquiry, and what is answered to them.

namespace tierline::cli {
namespace {

using escalation::v1::AcknowledgeSupervisionRequest;
using escalation::v1::AcknowledgeSupervisionResponse;
using escalation::v1::AcknowledgeUrgentRequest;
using escalation::v1::AcknowledgeUrgentResponse;
using escalation::v1::OrderSupervisionRequest;
using escalation::v1::OrderSupervisionResponse;

template <typename Request>
void AddTarget(CLI::App* command, Request* request) {
  AddInquiry(command, request->mutable_inquiry_id());
  AddEtag(command, request->mutable_etag());
  AddRequestId(command, request->mutable_request_id());
}

ExitCode Order(Program* program, OrderSupervisionRequest request) {
  OrderSupervisionResponse response;
  const ExitCode code = program->Send(kEscalation, "OrderSupervision", &request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  Labels labels(program);
  Fields fields = {{"inquiry", request.inquiry_id()}, {"due", labels.Time(response.due_at_ms())}};
  AddReceipt(request.request_id(), response.receipt(), &fields);
  program->out().Print(fields);
  return kOk;
}

void AddSupervise(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(
      group, "supervise", "A superior orders that it be completed by a date",
      "tierline inquiry supervise 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21 --office 340000 "
      "--due 2009-04-10 --reason '拖延未办' --evidence 01208fb1-6d00-7000-8000-000000000004");
  auto request = std::make_shared<OrderSupervisionRequest>();
  auto evidence = std::make_shared<std::vector<std::string>>();
  AddTarget(command, request.get());
  command->add_option("--office", *request->mutable_office(), "Code of the superior")->required();
  command
      ->add_option("--due", *request->mutable_due_date(),
                   "YYYY-MM-DD, a working day of the superior; by its close of business")
      ->required();
  AddText(command, "--reason", request->mutable_reason(), "Why")->required();
  command
      ->add_option("--evidence", *evidence,
                   "Ids of its events that show the delay; may be repeated")
      ->required();
  program->OnRun(command, [=] {
    for (const std::string& id : *evidence) request->add_evidence(id);
    return Order(program, *request);
  });
}

template <typename Request, typename Response>
void AddAcknowledgement(CLI::App* group, Program* program, std::string name, std::string about,
                        std::string office, std::string method) {
  const std::string example =
      "tierline inquiry " + name + " 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21 --office 340100";
  CLI::App* command = AddCommand(group, name, about, example);
  auto request = std::make_shared<Request>();
  AddTarget(command, request.get());
  command->add_option("--office", *request->mutable_office(), office)->required();
  program->OnRun(
      command, [=] { return SendAndPrint<Response>(program, kEscalation, method, request.get()); });
}

}  // namespace

void AddSupervisionCommands(CLI::App* inquiry, Program* program) {
  AddSupervise(inquiry, program);
  AddAcknowledgement<AcknowledgeSupervisionRequest, AcknowledgeSupervisionResponse>(
      inquiry, program, "acknowledge", "The owner has read the order of its superior",
      "Code of the owner", "AcknowledgeSupervision");
  AddAcknowledgement<AcknowledgeUrgentRequest, AcknowledgeUrgentResponse>(
      inquiry, program, "acknowledge-urgent", "An office that was told has read that it is urgent",
      "Code of the office that was told", "AcknowledgeUrgent");
}

}  // namespace tierline::cli
