#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "runtime/rpc/status.h"
#include "runtime/rpc/stream.h"
#include "runtime/rpc/tls.h"

// Serves rpcs from their descriptors: no generated service classes, one queue, one thread.
//
//   rpc::Server server({.listen = "127.0.0.1:0"});
//   server.Handle("tierline.intake.v1.IntakeService", "GetInquiry", [&](rpc::Call call) {
//     intake::v1::GetInquiryRequest request;
//     if (!call.Parse(&request)) return;            // has answered INVALID_ARGUMENT
//     call.Reply(response);                         // at once; or keep `call` and reply later
//   });
//   if (absl::Status s = server.Start(); !s.ok()) …
//   while (!stop) {
//     server.Drain(absl::Now() + absl::Milliseconds(5));  // handlers decide
//     log->Poll(absl::ZeroDuration());                    // one append for all of them
//   }                                                     // the replies go out
//   server.Shutdown(absl::Seconds(10));
//
// Reflection (grpc.reflection.v1alpha) and grpc.health.v1 are served beside them.

namespace google::protobuf {
class MessageLite;
}

namespace tierline::observe {
class Metrics;
}

namespace tierline::rpc {

class CallState;
class Forwarder;
class StreamCall;
class Streams;

// Pairs that travel beside a request (principal.h).
using Metadata = std::vector<std::pair<std::string, std::string>>;

// One call, to be answered exactly once. A handle that is dropped unanswered answers INTERNAL. Used
// on the server's thread only, also after the handler returned; does not outlive the server. After
// Shutdown an answer goes nowhere.
class Call {
 public:
  explicit Call(CallState* state) : state_(state) {}
  Call(Call&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  Call& operator=(Call&& other) noexcept;
  ~Call();

  // Parses the request in place. On failure answers INVALID_ARGUMENT and returns false.
  bool Parse(google::protobuf::MessageLite* request);
  // The request's bytes, valid until the call is answered.
  std::string_view request() const;

  // First value of the metadata `key` (lower case), or empty.
  std::string_view metadata(std::string_view key) const;
  using MetadataVisitor = absl::FunctionRef<void(std::string_view key, std::string_view value)>;
  void VisitMetadata(MetadataVisitor visitor) const;
  absl::Time deadline() const;       // InfiniteFuture when the client set none
  std::string_view service() const;  // "tierline.intake.v1.IntakeService"
  std::string_view method() const;   // "GetInquiry"

  void Reply(const google::protobuf::MessageLite& response);
  // `response` is a serialized message, as a forwarder has it.
  void ReplyBytes(std::string_view response);
  void Fail(const RpcStatus& status);
  void Fail(const Rejection& rejection) { Fail(FromRejection(rejection)); }
  void Fail(const absl::Status& status) { Fail(FromStatus(status)); }

  // True until answered or moved from.
  explicit operator bool() const { return state_ != nullptr; }

 private:
  CallState* state_;
};

using Handler = absl::AnyInvocable<void(Call)>;
// `response` views the bytes of the answer and dies with the call; empty unless `status` is OK.
using Answered = absl::AnyInvocable<void(const RpcStatus& status, std::string_view response)>;

struct ServerOptions {
  std::string listen = "127.0.0.1:0";  // host:port; port 0: any free one; unix:/path
  TlsFiles tls;

  // Calls handed to handlers and not yet answered; those beyond are refused with
  // RESOURCE_EXHAUSTED.
  int in_flight_max = 256;
  int message_bytes_max = 4 << 20;

  // Connections are closed in order after this age (gRPC adds jitter), so that clients find new
  // replicas.
  absl::Duration connection_age_max = absl::Minutes(10);
  absl::Duration connection_age_grace = absl::Seconds(60);
  absl::Duration keepalive_time = absl::Seconds(60);
  absl::Duration keepalive_timeout = absl::Seconds(20);
  absl::Duration client_ping_interval_min = absl::Seconds(10);  // faster pings close the connection

  TlsFiles peer_tls;  // for Forward: how other replicas are called

  observe::Metrics* metrics = nullptr;       // grpc_server_*; null: none
  std::function<void(const Call&)> on_call;  // sees every call before its handler does
};

class Server {
 public:
  explicit Server(ServerOptions options);
  // Shuts down without grace.
  ~Server();

  // Serves `method` of `service` (full name), and with it the whole service: its other methods
  // answer UNIMPLEMENTED. Before Start. A name that no linked descriptor has makes Start fail.
  void Handle(std::string_view service, std::string_view method, Handler handler);

  // The same for a method with streams both ways (stream.h).
  void HandleStream(std::string_view service, std::string_view method, StreamFactory factory);

  // Listens. Errors: kInvalidArgument for names and TLS files, kUnavailable when the address can
  // not be bound.
  absl::Status Start();

  int port() const;             // bound port; 0 before Start
  std::string address() const;  // "127.0.0.1:41234", what a client connects to

  // Waits until something happened, at most until `until`, then handles all that is ready without
  // waiting further. Returns the number of events handled: calls begun and ended, answers of
  // channels that share the queue.
  int Drain(absl::Time until);

  // Makes a Drain that waits return. From any thread; not from a signal handler.
  void Wake();

  // Runs `work` in the next Drain: how another thread hands over to this one. From any thread, also
  // from `work`. Whoever posts bounds what it posts. What has not run when the server closes is
  // dropped.
  void Post(absl::AnyInvocable<void()> work);

  // Answers `call` with what the replica at `endpoint` answers to the same request: with the
  // caller's deadline, principal and trace, and only once: a call that was passed on before is
  // refused with UNAVAILABLE, NOT_OWNER and the endpoint in ErrorInfo's metadata `owner`.
  void Forward(Call call, const std::string& endpoint);

  // Sends `request`, a serialized message, to the replica at `endpoint`, once, for whoever
  // `metadata` says: what Forward does with a call, for what is none of its own.
  void CallPeer(const std::string& endpoint, std::string_view service, std::string_view method,
                std::string_view request, Metadata metadata, absl::Time deadline, Answered done);

  // Calls handed to handlers and not yet answered.
  int in_flight() const;

  // Health turns NOT_SERVING; calls from now on are refused with UNAVAILABLE. Those in flight go
  // on; of streams nothing more is read.
  void BeginShutdown();

  // BeginShutdown, then up to `grace` for the calls in flight, and what streams have in flight:
  // drains, and calls `step` in between so that who answers them can go on. A stream that has
  // nothing in flight is ended with UNAVAILABLE, and so is all that is left then. Idempotent;
  // returns when nothing runs any more.
  void Shutdown(absl::Duration grace, absl::FunctionRef<void()> step);
  void Shutdown(absl::Duration grace) {
    Shutdown(grace, [] {});
  }

 private:
  friend class Channel;  // its answers may come through this server's queue
  friend class CallState;
  friend class StreamCall;
  friend class Streams;
  class Core;
  std::unique_ptr<Core> core_;
  std::unique_ptr<Forwarder> forwarder_;  // its channels use the queue
};

}  // namespace tierline::rpc
