#pragma once

#include "absl/functional/any_invocable.h"
#include "runtime/partition/partitions.h"
#include "runtime/rpc/server.h"
#include "runtime/rpc/status.h"
#include "tierline/routing/v1/routing.pb.h"

namespace tierline::sip {

using Received =
    absl::AnyInvocable<void(const rpc::RpcStatus&, const routing::v1::ReceiveCallResponse&)>;
using Reported = absl::AnyInvocable<void(const rpc::RpcStatus&)>;

// Issues the commands of calls that came by SIP, through whichever replica owns them. The request
// ids are computed from the call, so whatever is issued again is the same command. On the
// rpc server's thread.
class Desk {
 public:
  Desk(rpc::Server* server, partition::Partitions* partitions)
      : server_(server), partitions_(partitions) {}

  // Receives the call, and takes the default of the menu that it leads to, if any: nobody plays it
  // . Two events; if the second is missing the same call again adds it.
  void Receive(const routing::v1::ReceiveCallRequest& request, const std::string& inquiry_id,
               Received done);

  // Without a switch time it is a hang-up that came as a CANCEL, and is now: its request id is none
  // of a report, so that whatever the platform itself reports of the call is another command.
  void Report(routing::v1::ReportCallRequest request, Reported done);

 private:
  void TakeDefault(const routing::v1::ReceiveCallResponse& received, Received done);
  Command CommandFor(const std::string& inquiry_id, std::string_view what) const;

  rpc::Server* const server_;
  partition::Partitions* const partitions_;
};

}  // namespace tierline::sip
