#include "runtime/rpc/bind.h"

namespace tierline::rpc {

bool BeginCommand(Call* call, const CommandRpc& rpc, std::string request_id, Command* command) {
  const auto id = Uuid::Parse(request_id);
  if (!id.ok() || id->absent()) {
    call->Fail(InvalidField("request_id", request_id.substr(0, 64), "R-311",
                            "must be a UUID, the same for every retry of this command"));
    return false;
  }
  auto principal = PrincipalOf(*call);
  if (auto* rejection = std::get_if<Rejection>(&principal)) {
    call->Fail(*rejection);
    return false;
  }
  command->service = rpc.service;
  command->request_id = *id;
  command->principal = std::get<base::v1::Principal>(std::move(principal));
  command->deadline = call->deadline();
  command->traceparent = std::string(TraceparentOf(*call));
  return true;
}

bool AnswerUnlessAccepted(Server* server, Call* call, const partition::CommandResult& result) {
  if (!result.owner_endpoint.empty()) {
    server->Forward(std::move(*call), result.owner_endpoint);
  } else if (result.rejection) {
    call->Fail(*result.rejection);
  } else if (!result.status.ok()) {
    call->Fail(result.status);
  } else {
    return false;
  }
  return true;
}

void Submit(partition::Partitions* partitions, const CommandRpc& rpc, Command command,
            partition::Reply reply) {
  if (rpc.directory) return partitions->directory().Submit(std::move(command), std::move(reply));
  partition::Processor& processor = partitions->Of(command.subject);
  // The owner waits for the position, not the replica that passes the command on.
  if (processor.RefuseAsFollower(rpc.service, &reply)) return;
  const base::v1::Position min = command.min_position;
  if (min.history() == 0 && min.directory() == 0)
    return processor.Submit(std::move(command), std::move(reply));
  const std::string subject = command.subject;
  const absl::Time deadline = command.deadline;
  partitions->WhenAt(subject, min, deadline,
                     [&processor, command = std::move(command),
                      reply = std::move(reply)](absl::Status status) mutable {
                       if (status.ok())
                         return processor.Submit(std::move(command), std::move(reply));
                       reply({.status = std::move(status)});
                     });
}

bool CheckInquiryId(Call* call, std::string_view text) {
  if (Uuid::Parse(text).ok()) return true;
  call->Fail(InvalidField("inquiry_id", std::string(text.substr(0, 64)), "R-302",
                          "must be a UUID as ReceiveCall or OpenInquiry gave it"));
  return false;
}

}  // namespace tierline::rpc
