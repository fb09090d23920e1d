#include "runtime/rpc/health.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>

#include <algorithm>

#include "runtime/rpc/event.h"
#include "runtime/rpc/grpc_types.h"

namespace tierline::rpc {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// One call of Watch. Two kinds of tags come back: that of the operation under way, of which there
// is at most one, and that the call is over, of which gRPC says so only for a call that began. It
// deletes itself after the last of them.
class Health::Watch : public Event {
 public:
  explicit Watch(Health* health) : health_(health), over_(this) {
    context_.AsyncNotifyWhenDone(static_cast<Event*>(&over_));
    health_->service_->RequestStream(health_->watch_index_, &context_, &bytes_, &writer_,
                                     health_->queue_, static_cast<Event*>(this));
  }

  void Complete(bool ok) override {
    busy_ = false;
    if (!begun_) {
      if (!ok) return End();  // the server shuts down
      return Begin();
    }
    if (finished_) return MaybeEnd();
    if (!ok) return Finish(grpc::Status::CANCELLED);
    Changed();
  }

  // Says the status, unless it was said already or something is being said; then it looks again
  // afterwards.
  void Changed() {
    if (busy_ || !begun_ || finished_) return;
    if (closing_)
      return Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is shutting down"));
    const Status status = health_->StatusOf(name_);
    if (status == said_) return;
    said_ = status;
    HealthCheckResponse response;
    response.set_status(status);
    busy_ = true;
    writer_.Write(ToBuffer(response), static_cast<Event*>(this));
  }

  void Close() {
    closing_ = true;
    Changed();
  }

 private:
  class Over : public Event {
   public:
    explicit Over(Watch* watch) : watch_(watch) {}
    void Complete(bool) override { watch_->CallIsOver(); }

   private:
    Watch* const watch_;
  };

  void Begin() {
    begun_ = true;
    const bool one_too_many = health_->watches_.size() > kWatchesMax;
    if (!health_->closed_) health_->ArmNext();
    HealthCheckRequest request;
    if (one_too_many)
      return Finish(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many watches"));
    if (!FromBuffer(bytes_, &request))
      return Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no request"));
    name_ = request.service();
    closing_ = health_->closed_;
    Changed();
  }

  void Finish(const grpc::Status& status) {
    finished_ = busy_ = true;
    writer_.Finish(status, static_cast<Event*>(this));
  }

  void CallIsOver() {
    is_over_ = true;
    if (!busy_ && !finished_) return Finish(grpc::Status::CANCELLED);
    MaybeEnd();
  }

  void MaybeEnd() {
    if (is_over_ && finished_ && !busy_) End();
  }

  void End() {
    health_->watches_.erase(this);
    delete this;
  }

  Health* const health_;
  Over over_;
  grpc::ServerContext context_;
  grpc::ServerAsyncWriter<grpc::ByteBuffer> writer_{&context_};
  grpc::ByteBuffer bytes_;
  std::string name_;
  Status said_ = HealthCheckResponse::UNKNOWN;  // never said: StatusOf knows no such status
  bool begun_ = false;
  bool busy_ = false;      // an operation is under way
  bool finished_ = false;  // the last operation was begun
  bool closing_ = false;
  bool is_over_ = false;
};

Health::~Health() = default;

Health::Status Health::StatusOf(std::string_view service) const {
  if (std::find(names_.begin(), names_.end(), service) == names_.end())
    return HealthCheckResponse::SERVICE_UNKNOWN;
  return serving_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

grpc::health::v1::HealthListResponse Health::List() const {
  grpc::health::v1::HealthListResponse response;
  for (const std::string& name : names_)
    (*response.mutable_statuses())[name].set_status(StatusOf(name));
  return response;
}

void Health::Start(DescriptorService* service, int watch, grpc::ServerCompletionQueue* queue) {
  service_ = service;
  watch_index_ = watch;
  queue_ = queue;
  serving_ = true;
  ArmNext();
}

void Health::ArmNext() { watches_.insert(new Watch(this)); }

void Health::SetServing(bool serving) {
  serving_ = serving;
  for (Watch* watch : watches_) watch->Changed();
}

void Health::Close() {
  closed_ = true;
  for (Watch* watch : watches_) watch->Close();
}

}  // namespace tierline::rpc
