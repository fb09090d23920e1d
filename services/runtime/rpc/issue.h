#pragma once

#include <memory>
#include <string>
#include <utility>

#include "runtime/partition/partitions.h"
#include "runtime/rpc/bind.h"
#include "runtime/rpc/principal.h"
#include "runtime/rpc/server.h"

// Commands that did not come by gRPC: another protocol's server issues them as a client would.

namespace tierline::rpc {

// Issues `request`, the arm `arm` of the service's Command, for `command.subject`, with what
// `command` says besides its body. It is decided here, or by the replica that owns the partition.
// `respond(result, response)` fills in what the response has besides the receipt, as the rpc's
// binding does; `done(status, response)` is called exactly once, on the server's thread.
template <typename Body, typename Request, typename Response, typename Respond, typename Done>
void Issue(Server* server, partition::Partitions* partitions, const CommandRpc& rpc,
           Request* (Body::*arm)(), Request request, Command command, Response*, Respond respond,
           Done done) {
  auto body = std::make_unique<Body>();
  *(body.get()->*arm)() = request;
  command.service = rpc.service;
  command.body = std::move(body);
  const std::string subject = command.subject;
  request.set_request_id(command.request_id.ToString());
  partition::Reply reply = [server, rpc, request = std::move(request), deadline = command.deadline,
                            metadata = MetadataOf(command.principal), respond,
                            done =
                                std::move(done)](const partition::CommandResult& result) mutable {
    Response response;
    if (!result.owner_endpoint.empty()) {
      return server->CallPeer(
          result.owner_endpoint, rpc.rpc_service, rpc.method, request.SerializeAsString(),
          std::move(metadata), deadline,
          [done = std::move(done)](const RpcStatus& status, std::string_view bytes) mutable {
            Response answer;
            if (status.ok() &&
                !answer.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
              return done(FromStatus(absl::InternalError("the owner's answer is malformed")),
                          answer);
            }
            done(status, answer);
          });
    }
    if (result.rejection) return done(FromRejection(*result.rejection), response);
    if (!result.status.ok()) return done(FromStatus(result.status), response);
    FillReceipt(result.receipt, response.mutable_receipt());
    respond(result, &response);
    done(RpcStatus(), response);
  };
  partition::Processor& processor = partitions->Of(subject);
  if (processor.RefuseAsFollower(rpc.service, &reply)) return;
  processor.Submit(std::move(command), std::move(reply));
}

}  // namespace tierline::rpc
