#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>

#include <memory>
#include <optional>
#include <unordered_set>

#include "runtime/rpc/server_core.h"
#include "runtime/rpc/stream.h"

// The inside of streams. For the sources of this room only: it includes gRPC.

namespace tierline::rpc {

class StreamCall;

// The streams of a server: those that have begun, and those that gRPC may fill.
class Streams : public QueueGuest {
 public:
  explicit Streams(Server::Core* core) : core_(core) {}

  // Lets gRPC fill one stream of `method`.
  void Arm(Method* method);

  // Of those whose handlers have nothing in flight; of all.
  void FinishIdle(const RpcStatus& status);
  void FinishAll(const RpcStatus& status);
  int open() const { return static_cast<int>(open_.size()); }

  // Those that were finished are left to send it.
  void CancelAll() override;
  // Armed ones end with the server, and are counted by it.
  bool idle() const override { return open_.empty(); }

 private:
  friend class StreamCall;
  Server::Core* const core_;
  std::unordered_set<StreamCall*> open_;
};

// One stream, from the request for it to the last operation. Of each kind one operation is under
// way at most; it keeps itself until none is, and the call is over.
//
//   armed --a stream comes--> open --Finish, or the client goes--> over
class StreamCall final : public Stream, public std::enable_shared_from_this<StreamCall> {
 public:
  StreamCall(Streams* streams, Method* method) : streams_(streams), method_(method) {}

  void Arm(std::shared_ptr<StreamCall> self);
  void Cancel() { context_.TryCancel(); }
  // Its end was begun, or waits for what is being written.
  bool ending() const { return ended_ || end_after_write_.has_value(); }
  bool idle() const { return handler_ == nullptr || handler_->in_flight() == 0; }

  std::string_view metadata(std::string_view key) const override;
  absl::Time deadline() const override;
  void Read() override;
  void Write(const google::protobuf::MessageLite& response) override;
  bool writing() const override { return write_.busy; }
  void Finish(const RpcStatus& status) override;

 private:
  // An operation under way, and what follows it.
  struct Operation : Event {
    Operation(StreamCall* call, void (StreamCall::*done)(bool)) : call(call), done(done) {}
    void Complete(bool ok) override;
    Event* Begin();

    StreamCall* const call;
    void (StreamCall::*const done)(bool);
    bool busy = false;
  };

  void Begun(bool ok);
  void HasRead(bool ok);
  void Written(bool ok);
  void Finished(bool ok);
  void Over(bool ok);
  void End(const RpcStatus& status);
  bool MayBegin() const { return open_ && !ended_ && streams_->core_->queue() != nullptr; }

  Streams* const streams_;
  Method* const method_;
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer> stream_{&context_};
  grpc::ByteBuffer request_;
  grpc::Slice flat_;
  Operation begin_{this, &StreamCall::Begun};
  Operation read_{this, &StreamCall::HasRead};
  Operation write_{this, &StreamCall::Written};
  Operation finish_{this, &StreamCall::Finished};
  Operation over_{this, &StreamCall::Over};
  std::optional<RpcStatus> end_after_write_;
  bool open_ = false;
  bool ended_ = false;  // its end was begun, or there is nobody to tell
  int64_t begun_ns_ = 0;
  std::shared_ptr<StreamHandler> handler_;
  std::shared_ptr<StreamCall> self_;
};

}  // namespace tierline::rpc
