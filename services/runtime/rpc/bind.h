#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/partition/partitions.h"
#include "runtime/rpc/principal.h"
#include "runtime/rpc/server.h"

// How a service's rpc.cc binds its rpcs: commands go to the partition's processor, queries to its
// fold.

namespace tierline::rpc {

// Who and what a command rpc is for.
struct CommandRpc {
  std::string_view rpc_service;  // "tierline.intake.v1.IntakeService"
  std::string_view method;       // "CloseInquiry"
  base::v1::Service service = base::v1::SERVICE_UNSPECIFIED;
  bool directory = false;  // a command of tierline.directory.v1
};

// Checks what all commands have (request id, principal, traceparent) and fills it in. False: `call`
// was answered.
bool BeginCommand(Call* call, const CommandRpc& rpc, std::string request_id, Command* command);

// Hands `command` to its processor once `min_position` is reached. `reply` gets the result, in
// which the owner may be another replica.
void Submit(partition::Partitions* partitions, const CommandRpc& rpc, Command command,
            partition::Reply reply);

// Answers `call` with why the command was not accepted; where another replica owns the partition,
// that one answers. False when it was accepted.
bool AnswerUnlessAccepted(Server* server, Call* call, const partition::CommandResult& result);

// Submits what came by `call`; `accepted(call, result)` answers an accepted one.
template <typename Accepted>
void SubmitCommand(Server* server, Call call, partition::Partitions* partitions,
                   const CommandRpc& rpc, Command command, Accepted accepted) {
  Submit(partitions, rpc, std::move(command),
         [server, call = std::move(call),
          accepted = std::move(accepted)](const partition::CommandResult& result) mutable {
           if (!AnswerUnlessAccepted(server, &call, result)) accepted(std::move(call), result);
         });
}

// A text that must be the UUID of an inquiry. Otherwise answers INVALID_ARGUMENT and returns false.
bool CheckInquiryId(Call* call, std::string_view text);

template <typename Request>
concept HasInquiry = requires(Request request) {
  request.mutable_inquiry_id();
};
template <typename Request>
concept HasMinPosition = requires(Request request) {
  request.mutable_min_position();
};
template <typename Request>
concept HasEtag = requires(Request request) {
  request.mutable_etag();
};

// Moves what is not content out of `request`, in which a retry may differ, and into `command`.
template <typename Request>
void TakeEnvelope(Request* request, Command* command) {
  request->clear_request_id();
  if constexpr (HasEtag<Request>) command->etag = std::move(*request->mutable_etag());
  if constexpr (HasEtag<Request>) request->clear_etag();
  if constexpr (HasMinPosition<Request>) command->min_position = request->min_position();
  if constexpr (HasMinPosition<Request>) request->clear_min_position();
}

// Binds a command whose request is the arm `arm` of the service's Command. `subject(request,
// request_id)` names the subject; `respond(result, response)` fills in what the response has
// besides the receipt.
template <typename Body, typename Request, typename Response, typename SubjectOf, typename Respond>
void HandleCommand(Server* server, partition::Partitions* partitions, CommandRpc rpc,
                   Request* (Body::*arm)(), SubjectOf subject_of, Response*, Respond respond) {
  server->Handle(rpc.rpc_service, rpc.method, [=](Call call) {
    auto body = std::make_unique<Body>();
    Request* request = (body.get()->*arm)();
    if (!call.Parse(request)) return;
    Command command;
    if (!BeginCommand(&call, rpc, request->request_id(), &command)) return;
    if constexpr (HasInquiry<Request>) {
      if (!request->inquiry_id().empty() && !CheckInquiryId(&call, request->inquiry_id())) return;
    }
    command.subject = subject_of(*request, command.request_id);
    TakeEnvelope(request, &command);
    command.body = std::move(body);
    SubmitCommand(server, std::move(call), partitions, rpc, std::move(command),
                  [respond](Call call, const partition::CommandResult& result) {
                    Response response;
                    FillReceipt(result.receipt, response.mutable_receipt());
                    respond(result, &response);
                    call.Reply(response);
                  });
  });
}

// Binds a query about one inquiry: `answer(inquiry, call)` runs when `min_position` is reached and
// the inquiry exists.
template <typename Request, typename Answer>
void HandleInquiryQuery(Server* server, partition::Partitions* partitions,
                        std::string_view rpc_service, std::string_view method, Answer answer) {
  server->Handle(rpc_service, method, [=](Call call) {
    Request request;
    if (!call.Parse(&request) || !CheckInquiryId(&call, request.inquiry_id())) return;
    const base::v1::Position min = request.min_position();
    const absl::Time deadline = call.deadline();
    const std::string id = request.inquiry_id();
    partitions->WhenAt(
        id, min, deadline,
        [=, call = std::move(call), request = std::move(request)](absl::Status status) mutable {
          if (!status.ok()) return call.Fail(status);
          partition::Processor& processor = partitions->Of(id);
          const auto found = processor.fold().Find(id);
          if (!found.ok()) return call.Fail(found.status());
          if (*found == nullptr) {
            return call.Fail(Rejection{.code = absl::StatusCode::kNotFound,
                                       .reason = "INQUIRY_NOT_FOUND",
                                       .message = "there is no inquiry with this id",
                                       .rule = "R-501",
                                       .field = "inquiry_id",
                                       .value = id});
          }
          answer(request, **found, processor, std::move(call));
        });
  });
}

}  // namespace tierline::rpc
