#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/async_unary_call.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "runtime/rpc/descriptor_service.h"
#include "runtime/rpc/event.h"
#include "runtime/rpc/grpc_types.h"
#include "runtime/rpc/health.h"
#include "runtime/rpc/method_metrics.h"
#include "runtime/rpc/server.h"
#include "runtime/rpc/stream.h"

// The inside of Server. For the sources of this room only: it includes gRPC.

namespace tierline::rpc {

// By a clock that only goes on.
int64_t NowNanos();

struct Method {
  Method(DescriptorService* in, int at, observe::Metrics* metrics)
      : service(in),
        index(at),
        name(in->descriptor().method(at)->name()),
        metrics(metrics, in->name(), name) {}

  DescriptorService* const service;
  const int index;
  const std::string name;
  MethodMetrics metrics;
  Handler handler;               // empty: UNIMPLEMENTED
  StreamFactory stream_factory;  // of a method with streams both ways; empty: UNIMPLEMENTED
  bool always = false;           // answered while shutting down and beyond the cap, too
  int armed = 0;                 // calls that gRPC may fill at once
  int armed_wanted = 1;          // grows with the bursts that come
};

// What a server that begins to shut down refuses with.
RpcStatus AskAnother();
RpcStatus NotServedHere(const Method& method);

// A call from the request for it to the end of its answer, reused for the next one of any method.
//
//   armed --a call comes--> open --Reply, Fail--> finishing --sent--> free (or armed again)
//
// gRPC's context can not be used twice and is made anew in place; what is saved is this object and
// its op buffers.
class CallState : public Event {
 public:
  explicit CallState(Server::Core* core) : core_(core) {}

  void Arm(Method* method);
  void Complete(bool ok) override;

  void Finish(const grpc::ByteBuffer& response);
  void Fail(const RpcStatus& status);
  // The server ends the call; its handle, which someone keeps, does nothing from now on.
  void Abandon(const RpcStatus& status);
  // The handle is gone.
  void Release();

  bool open() const { return phase_ == Phase::kOpen; }
  const Method& method() const { return *method_; }
  // Of a call that the server has ended, under a handle that is still kept: nothing, and a deadline
  // long past.
  std::string_view metadata(std::string_view key) const;
  void VisitMetadata(Call::MetadataVisitor visitor) const;
  absl::Time deadline() const;
  std::string_view request();
  bool ParseRequest(google::protobuf::MessageLite* message) {
    return FromBuffer(request_, message);
  }

 private:
  enum class Phase : uint8_t { kFree, kArmed, kOpen, kFinishing };

  void Begin();
  std::optional<RpcStatus> Refusal() const;
  bool PastDeadline() const;
  void Answered(absl::StatusCode code);
  void Clear();

  Server::Core* const core_;
  Method* method_ = nullptr;
  Phase phase_ = Phase::kFree;
  bool held_ = false;     // a handle points here
  bool counted_ = false;  // among those in flight
  int64_t begun_ns_ = 0;
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>> writer_;
  grpc::ByteBuffer request_;
  grpc::Slice flat_;
};

// Who starts operations of its own on the server's queue: they must end before the queue can.
class QueueGuest {
 public:
  virtual ~QueueGuest() = default;
  virtual void CancelAll() = 0;
  virtual bool idle() const = 0;
};

class Server::Core {
 public:
  explicit Core(ServerOptions options);
  ~Core();

  void Handle(std::string_view service, std::string_view method, Handler handler);
  void HandleStream(std::string_view service, std::string_view method, StreamFactory factory);
  absl::Status Start();
  int Drain(absl::Time until);
  void Wake();
  void Post(absl::AnyInvocable<void()> work);
  void BeginShutdown();
  void Shutdown(absl::Duration grace, absl::FunctionRef<void()> step);

  int port() const { return port_; }
  std::string address() const;
  int in_flight() const { return in_flight_; }

  // Null before Start and once the server closes.
  grpc::CompletionQueue* queue() { return closed_ ? nullptr : queue_.get(); }
  void AddGuest(QueueGuest* guest) { guests_.push_back(guest); }
  void RemoveGuest(QueueGuest* guest) { std::erase(guests_, guest); }

 private:
  friend class CallState;
  friend class StreamCall;
  friend class Streams;

  // Wakes a Drain; at most one is under way.
  class WakeEvent : public Event {
   public:
    void Complete(bool) override { pending.store(false, std::memory_order_release); }
    std::atomic<bool> pending{false};
    grpc::Alarm alarm;
  };

  DescriptorService* ServiceOf(std::string_view name);
  // Null, and a mistake in the set-up, for what no linked descriptor has.
  Method* MethodOf(std::string_view service, std::string_view method);
  void HandleHealth();
  absl::Status Listen(const std::shared_ptr<grpc::ServerCredentials>& credentials);
  void ApplyOptions(grpc::ServerBuilder* builder) const;
  int RunPosted();
  void ArmAll();
  void Rearm(Method* method);
  void AbandonAll();
  void Close();
  bool guests_idle() const;

  const ServerOptions options_;
  // All there are; they outlive the handlers, which may keep some.
  std::vector<std::unique_ptr<CallState>> calls_;
  std::vector<CallState*> free_;
  absl::Status setup_;  // the first mistake in Handle
  std::vector<std::unique_ptr<DescriptorService>> services_;
  std::vector<std::unique_ptr<Method>> methods_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  Health health_;
  std::vector<QueueGuest*> guests_;
  std::unique_ptr<Streams> streams_;
  int port_ = 0;
  int in_flight_ = 0;  // handed to a handler and not answered
  int finishing_ = 0;  // answered and not yet sent
  int armed_ = 0;      // wait for a call
  bool refusing_ = false;
  bool closed_ = false;  // arms nothing any more

  absl::Mutex wake_mutex_;
  bool queue_open_ ABSL_GUARDED_BY(wake_mutex_) = false;
  WakeEvent wake_ ABSL_GUARDED_BY(wake_mutex_);
  std::vector<absl::AnyInvocable<void()>> posted_ ABSL_GUARDED_BY(wake_mutex_);
};

}  // namespace tierline::rpc
