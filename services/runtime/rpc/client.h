#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "runtime/rpc/client_stream.h"
#include "runtime/rpc/principal.h"
#include "runtime/rpc/server.h"
#include "runtime/rpc/status.h"
#include "runtime/rpc/tls.h"

// Calls rpcs by name.
//
//   auto channel = rpc::Channel::Connect("127.0.0.1:12371", {});
//   intake::v1::GetInquiryResponse response;
//   rpc::RpcStatus status = (*channel)->Call("tierline.intake.v1.IntakeService", "GetInquiry",
//   request, &response, {}); if (!status.ok()) std::cerr << status.ToString() << "\n";

namespace tierline::rpc {

class Server;

struct ChannelOptions {
  TlsFiles tls;
  // Answers of asynchronous calls come through this server's Drain, which so waits for both. It has
  // started, and outlives the channel. Null: through Poll.
  Server* server = nullptr;
  // Retries UNAVAILABLE, up to 5 attempts in all; commands are safe to repeat because they carry a
  // request id.
  bool retry = true;
};

struct CallOptions {
  absl::Time deadline = absl::InfiniteFuture();  // always set one
  Metadata metadata;
};

// A connection that is made when needed and remade when lost. Call is for any thread, the rest for
// one.
class Channel {
 public:
  // Does not wait for the connection. `address` as gRPC has it: host:port, dns:///host:port,
  // unix:/path. Errors: kInvalidArgument for TLS files that can not be read.
  static absl::StatusOr<std::unique_ptr<Channel>> Connect(std::string_view address,
                                                          const ChannelOptions& options);
  // Cancels what is under way: the callbacks run with CANCELLED, now, or in the Drain of the server
  // that it shares.
  ~Channel();

  RpcStatus Call(std::string_view service, std::string_view method,
                 const google::protobuf::MessageLite& request,
                 google::protobuf::MessageLite* response, const CallOptions& options);

  using Done = Answered;
  void CallAsync(std::string_view service, std::string_view method,
                 const google::protobuf::MessageLite& request, const CallOptions& options,
                 Done done);
  // The same with a request that is serialized already.
  void CallBytesAsync(std::string_view service, std::string_view method, std::string_view request,
                      const CallOptions& options, Done done);

  // A rpc with streams both ways. It outlives no channel.
  std::unique_ptr<ClientStream> OpenStream(std::string_view service, std::string_view method,
                                           const CallOptions& options);

  // Waits for an answer, at most until `until`, then runs all callbacks that are ready; returns how
  // many. Zero at once when the channel shares a server's queue.
  int Poll(absl::Time until);

  int in_flight() const;  // asynchronous calls without an answer

 private:
  class Core;
  explicit Channel(std::shared_ptr<Core> core);
  std::shared_ptr<Core> core_;  // also of every call under way
};

}  // namespace tierline::rpc
