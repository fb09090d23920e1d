#include "runtime/rpc/client.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/impl/rpc_method.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/sync_stream.h>

#include <unordered_set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/text.h"
#include "runtime/rpc/server_core.h"

namespace tierline::rpc {
namespace {

constexpr int kMessageBytesMax = 4 << 20;
constexpr int kKeepaliveMs = 60'000;
// gRPC's own backoff goes up to two minutes; a server that restarts is back in seconds.
constexpr int kReconnectFirstMs = 200;
constexpr int kReconnectMaxMs = 2'000;

// Only UNAVAILABLE is retried (AIP-194); 5 attempts are the most that gRPC makes (A6).
constexpr char kServiceConfig[] = R"({
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [{
    "name": [{}],
    "retryPolicy": {"maxAttempts": 5, "initialBackoff": "0.05s", "maxBackoff": "1s", "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"]}
  }],
  "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1}
})";

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(const TlsFiles& files) {
  if (!files.configured()) return grpc::InsecureChannelCredentials();
  absl::StatusOr<TlsFiles> pem = ReadPem(files);
  if (!pem.ok()) return pem.status();
  return grpc::SslCredentials(
      {.pem_root_certs = pem->ca, .pem_private_key = pem->key, .pem_cert_chain = pem->certificate});
}

grpc::ChannelArguments Arguments(bool retry) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetMaxSendMessageSize(kMessageBytesMax);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectFirstMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMaxMs);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, retry ? 1 : 0);
  if (retry) arguments.SetServiceConfigJSON(kServiceConfig);
  return arguments;
}

void Prepare(const CallOptions& options, grpc::ClientContext* context) {
  if (options.deadline != absl::InfiniteFuture())
    context->set_deadline(absl::ToChronoTime(options.deadline));
  for (const auto& [key, value] : options.metadata) context->AddMetadata(key, value);
}

RpcStatus ToRpcStatus(const grpc::Status& status) {
  if (status.ok()) return {};
  return DecodeDetails(static_cast<absl::StatusCode>(status.error_code()), status.error_message(),
                       status.error_details());
}

RpcStatus Unreadable() {
  return {.code = absl::StatusCode::kInternal,
          .message = "the answer is no such message",
          .reason = "MALFORMED_RESPONSE"};
}

class BlockingStream final : public ClientStream {
 public:
  BlockingStream(std::shared_ptr<grpc::Channel> channel, const std::string& path,
                 const CallOptions& options)
      : channel_(std::move(channel)), path_(path) {
    Prepare(options, &context_);
    stream_.reset(
        grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer, grpc::ByteBuffer>::Create(
            channel_.get(),
            grpc::internal::RpcMethod(path_.c_str(), grpc::internal::RpcMethod::BIDI_STREAMING),
            &context_));
  }

  bool Write(const google::protobuf::MessageLite& request) override {
    return stream_->Write(ToBuffer(request));
  }
  bool EndWrites() override { return stream_->WritesDone(); }
  bool Read(google::protobuf::MessageLite* response) override {
    grpc::ByteBuffer buffer;
    return stream_->Read(&buffer) && FromBuffer(buffer, response);
  }
  RpcStatus Finish() override { return ToRpcStatus(stream_->Finish()); }
  void Cancel() override { context_.TryCancel(); }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::string path_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>> stream_;
};

}  // namespace

class Channel::Core : public QueueGuest, public std::enable_shared_from_this<Channel::Core> {
 public:
  Core(std::shared_ptr<grpc::Channel> channel, Server::Core* server)
      : channel_(std::move(channel)), server_(server) {
    if (server_ != nullptr) server_->AddGuest(this);
    if (server_ == nullptr) own_queue_.emplace();
  }

  RpcStatus Call(std::string_view service, std::string_view method,
                 const google::protobuf::MessageLite& request,
                 google::protobuf::MessageLite* response, const CallOptions& options) {
    grpc::ClientContext context;
    Prepare(options, &context);
    grpc::ByteBuffer answer;
    const grpc::Status status =
        grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
            channel_.get(), MethodOf(service, method), &context, ToBuffer(request), &answer);
    if (!status.ok()) return ToRpcStatus(status);
    return FromBuffer(answer, response) ? RpcStatus() : Unreadable();
  }

  void CallAsync(std::string_view service, std::string_view method, const grpc::ByteBuffer& request,
                 const CallOptions& options, Done done) {
    grpc::CompletionQueue* queue = server_ != nullptr ? server_->queue() : &*own_queue_;
    if (queue == nullptr) {
      return done({.code = absl::StatusCode::kCancelled,
                   .message = "the server of this channel has closed"},
                  {});
    }
    auto* pending = new Pending(shared_from_this(), std::move(done));
    pending_.insert(pending);
    pending->Start(MethodOf(service, method), request, options, queue);
  }

  std::unique_ptr<ClientStream> OpenStream(std::string_view service, std::string_view method,
                                           const CallOptions& options) {
    return std::make_unique<BlockingStream>(
        channel_, absl::StrCat("/", ToAbsl(service), "/", ToAbsl(method)), options);
  }

  int Poll(absl::Time until) {
    int events = 0;
    void* tag = nullptr;
    bool ok = false;
    while (
        own_queue_ && !pending_.empty() &&
        own_queue_->AsyncNext(&tag, &ok, ToGprTime(events == 0 ? until : absl::InfinitePast())) ==
            grpc::CompletionQueue::GOT_EVENT) {
      static_cast<Event*>(tag)->Complete(ok);
      ++events;
    }
    return events;
  }

  void CancelAll() override {
    for (Pending* pending : pending_) pending->Cancel();
  }

  void Close() {
    CancelAll();
    if (server_ != nullptr) server_->RemoveGuest(this);
    while (own_queue_ && !pending_.empty()) Poll(absl::InfiniteFuture());
  }

  bool idle() const override { return pending_.empty(); }
  int in_flight() const { return static_cast<int>(pending_.size()); }

 private:
  // One asynchronous call; deletes itself when it has called back.
  class Pending : public Event {
   public:
    Pending(std::shared_ptr<Core> core, Done done)
        : core_(std::move(core)), done_(std::move(done)) {}

    void Start(const grpc::internal::RpcMethod& method, const grpc::ByteBuffer& request,
               const CallOptions& options, grpc::CompletionQueue* queue) {
      Prepare(options, &context_);
      reader_.reset(grpc::internal::ClientAsyncResponseReaderHelper::Create<grpc::ByteBuffer>(
          core_->channel_.get(), queue, method, &context_, request));
      reader_->StartCall();
      reader_->Finish(&response_, &status_, static_cast<Event*>(this));
    }

    void Cancel() { context_.TryCancel(); }

    void Complete(bool /*ok*/) override {
      core_->pending_.erase(this);
      grpc::Slice flat;
      const std::string_view response =
          status_.ok() ? Flatten(response_, &flat) : std::string_view();
      done_(ToRpcStatus(status_), response);
      delete this;
    }

   private:
    const std::shared_ptr<Core> core_;
    Done done_;
    grpc::ClientContext context_;
    grpc::ByteBuffer response_;
    grpc::Status status_;
    std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader_;
  };

  // A method is registered once: gRPC then does not look its path up with every call.
  class Method {
   public:
    Method(std::string path, const std::shared_ptr<grpc::ChannelInterface>& channel)
        : path_(std::move(path)),
          method_(path_.c_str(), grpc::internal::RpcMethod::NORMAL_RPC, channel) {}
    const grpc::internal::RpcMethod& get() const { return method_; }

   private:
    const std::string path_;
    const grpc::internal::RpcMethod method_;
  };

  const grpc::internal::RpcMethod& MethodOf(std::string_view service, std::string_view method) {
    std::string path = absl::StrCat("/", ToAbsl(service), "/", ToAbsl(method));
    absl::MutexLock lock(&mutex_);
    auto& known = methods_[path];
    if (known == nullptr) known = std::make_unique<Method>(std::move(path), channel_);
    return known->get();
  }

  const std::shared_ptr<grpc::Channel> channel_;
  Server::Core* const server_;
  std::optional<grpc::CompletionQueue> own_queue_;
  std::unordered_set<Pending*> pending_;

  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::unique_ptr<Method>> methods_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<std::unique_ptr<Channel>> Channel::Connect(std::string_view address,
                                                          const ChannelOptions& options) {
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> credentials = Credentials(options.tls);
  if (!credentials.ok()) return credentials.status();
  std::shared_ptr<grpc::Channel> channel =
      grpc::CreateCustomChannel(std::string(address), *credentials, Arguments(options.retry));
  Server::Core* server = options.server == nullptr ? nullptr : options.server->core_.get();
  return std::unique_ptr<Channel>(new Channel(std::make_shared<Core>(std::move(channel), server)));
}

Channel::Channel(std::shared_ptr<Core> core) : core_(std::move(core)) {}
Channel::~Channel() { core_->Close(); }

RpcStatus Channel::Call(std::string_view service, std::string_view method,
                        const google::protobuf::MessageLite& request,
                        google::protobuf::MessageLite* response, const CallOptions& options) {
  return core_->Call(service, method, request, response, options);
}

void Channel::CallAsync(std::string_view service, std::string_view method,
                        const google::protobuf::MessageLite& request, const CallOptions& options,
                        Done done) {
  core_->CallAsync(service, method, ToBuffer(request), options, std::move(done));
}

void Channel::CallBytesAsync(std::string_view service, std::string_view method,
                             std::string_view request, const CallOptions& options, Done done) {
  core_->CallAsync(service, method, ToBuffer(request), options, std::move(done));
}

std::unique_ptr<ClientStream> Channel::OpenStream(std::string_view service, std::string_view method,
                                                  const CallOptions& options) {
  return core_->OpenStream(service, method, options);
}

int Channel::Poll(absl::Time until) { return core_->Poll(until); }
int Channel::in_flight() const { return core_->in_flight(); }

}  // namespace tierline::rpc
