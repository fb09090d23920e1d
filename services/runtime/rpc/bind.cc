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

void SubmitCommand(Server* server, Call call, partition::Partitions* partitions,
                   const CommandRpc& rpc, Command command, Accepted accepted) {
  auto reply = [server, call = std::move(call),
                accepted = std::move(accepted)](const partition::CommandResult& result) mutable {
    if (!result.owner_endpoint.empty())
      return server->Forward(std::move(call), result.owner_endpoint);
    if (result.rejection) return call.Fail(*result.rejection);
    if (!result.status.ok()) return call.Fail(result.status);
    accepted(std::move(call), result);
  };
  Submit(partitions, rpc, std::move(command), std::move(reply));
}

void Submit(partition::Partitions* partitions, const CommandRpc& rpc, Command command,
            partition::Reply reply) {
  if (rpc.directory) return partitions->directory().Submit(std::move(command), std::move(reply));
  const std::string subject = command.subject;
  // The owner waits for the position, not the replica that passes the command on.
  if (partitions->Of(subject).RefuseAsFollower(rpc.service, &reply)) return;
  const base::v1::Position min = command.min_position;
  const absl::Time deadline = command.deadline;
  partitions->WhenAt(subject, min, deadline,
                     [partitions, command = std::move(command),
                      reply = std::move(reply)](absl::Status status) mutable {
                       if (!status.ok()) return reply({.status = status});
                       partition::Processor& processor = partitions->Of(command.subject);
                       processor.Submit(std::move(command), std::move(reply));
                     });
}

bool CheckInquiryId(Call* call, std::string_view text) {
  if (Uuid::Parse(text).ok()) return true;
  call->Fail(InvalidField("inquiry_id", std::string(text.substr(0, 64)), "R-302",
                          "must be a UUID as ReceiveCall or OpenInquiry gave it"));
  return false;
}

}  // namespace tierline::rpc
