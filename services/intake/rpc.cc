#include "intake/rpc.h"

#include "intake/intake.h"
#include "runtime/rpc/bind.h"

namespace tierline::intake {
namespace {

constexpr std::string_view kRpcService = "tierline.intake.v1.IntakeService";

template <typename Response, typename Request>
void BindCommand(rpc::Server* server, partition::Partitions* partitions, std::string_view method,
                 Request* (v1::Command::*arm)()) {
  rpc::HandleCommand(
      server, partitions, {kRpcService, method, base::v1::SERVICE_INTAKE}, arm,
      [](const Request& request, const Uuid&) { return request.inquiry_id(); },
      static_cast<Response*>(nullptr), [](const partition::CommandResult&, Response*) {});
}

}  // namespace

void Bind(rpc::Server* server, partition::Partitions* partitions) {
  rpc::HandleCommand(
      server, partitions, {kRpcService, "OpenInquiry", base::v1::SERVICE_INTAKE},
      &v1::Command::mutable_open_inquiry,
      [](const v1::OpenInquiryRequest& request, const Uuid& request_id) {
        return request.inquiry_id().empty() ? MakeInquiryId(request_id).ToString()
                                            : request.inquiry_id();
      },
      static_cast<v1::OpenInquiryResponse*>(nullptr),
      [](const partition::CommandResult& result, v1::OpenInquiryResponse* response) {
        response->set_inquiry_id(std::string(result.subject_id));
      });
  BindCommand<v1::ClassifyInquiryResponse>(server, partitions, "ClassifyInquiry",
                                           &v1::Command::mutable_classify_inquiry);
  BindCommand<v1::AnswerInquiryResponse>(server, partitions, "AnswerInquiry",
                                         &v1::Command::mutable_answer_inquiry);
  BindCommand<v1::RegisterInquiryResponse>(server, partitions, "RegisterInquiry",
                                           &v1::Command::mutable_register_inquiry);
  BindCommand<v1::AddNoteResponse>(server, partitions, "AddNote", &v1::Command::mutable_add_note);
  BindCommand<v1::CloseInquiryResponse>(server, partitions, "CloseInquiry",
                                        &v1::Command::mutable_close_inquiry);
  BindCommand<v1::ReopenInquiryResponse>(server, partitions, "ReopenInquiry",
                                         &v1::Command::mutable_reopen_inquiry);
  BindCommand<v1::RecordCallbackResponse>(server, partitions, "RecordCallback",
                                          &v1::Command::mutable_record_callback);
  BindCommand<v1::TakeOverResponse>(server, partitions, "TakeOver",
                                    &v1::Command::mutable_take_over);
  rpc::HandleInquiryQuery<v1::GetInquiryRequest>(
      server, partitions, kRpcService, "GetInquiry",
      [](const v1::GetInquiryRequest& request, const Subject& subject,
         partition::Processor& processor, rpc::Call call) {
        if (subject.inquiry().version() == 0) {
          return call.Fail(Rejection{
              .code = absl::StatusCode::kNotFound,
              .reason = "INQUIRY_NOT_OPENED",
              .message = "a call came in under this id, but no inquiry was opened from it",
              .rule = "R-302",
              .field = "inquiry_id",
              .value = request.inquiry_id()});
        }
        v1::GetInquiryResponse response;
        *response.mutable_inquiry() = Describe(request.inquiry_id(), subject);
        *response.mutable_position() = processor.Position();
        call.Reply(response);
      });
}

}  // namespace tierline::intake
