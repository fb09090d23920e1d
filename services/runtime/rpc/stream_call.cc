#include "runtime/rpc/stream_call.h"

#include <utility>

#include "base/text.h"

namespace tierline::rpc {

void Streams::Arm(Method* method) {
  auto call = std::make_shared<StreamCall>(this, method);
  call->Arm(call);
}

void Streams::CancelAll() {
  for (StreamCall* call : open_) {
    if (!call->ending()) call->Cancel();
  }
}

void Streams::FinishIdle(const RpcStatus& status) {
  for (StreamCall* call : open_) {
    if (call->idle()) call->Finish(status);
  }
}

void Streams::FinishAll(const RpcStatus& status) {
  for (StreamCall* call : open_) call->Finish(status);
}

Event* StreamCall::Operation::Begin() {
  busy = true;
  return this;
}

void StreamCall::Operation::Complete(bool ok) {
  // What follows may end the call, which then goes with the last of its operations.
  const auto keep = call->self_;
  busy = false;
  (call->*done)(ok);
  const bool idle = !call->begin_.busy && !call->read_.busy && !call->write_.busy &&
                    !call->finish_.busy && !call->over_.busy;
  if (!idle) return;
  call->streams_->open_.erase(call);
  call->handler_ = nullptr;
  call->self_ = nullptr;
}

void StreamCall::Arm(std::shared_ptr<StreamCall> self) {
  self_ = std::move(self);
  ++streams_->core_->armed_;
  context_.AsyncNotifyWhenDone(&over_);
  method_->service->RequestBidi(method_->index, &context_, &stream_, streams_->core_->queue_.get(),
                                begin_.Begin());
}

void StreamCall::Begun(bool ok) {
  --streams_->core_->armed_;
  if (!ok) return;  // the server shuts down; gRPC says nothing more of it
  over_.busy = true;
  open_ = true;
  begun_ns_ = NowNanos();
  method_->metrics.Started();
  streams_->open_.insert(this);
  if (!streams_->core_->closed_) streams_->Arm(method_);
  if (streams_->core_->refusing_) return Finish(AskAnother());
  if (!method_->stream_factory) return Finish(NotServedHere(*method_));
  if (streams_->open_.size() > kStreamsMax) {
    return Finish({.code = absl::StatusCode::kResourceExhausted,
                   .message = "too many streams are open already",
                   .reason = "TOO_MANY_STREAMS"});
  }
  handler_ = method_->stream_factory(shared_from_this());
}

std::string_view StreamCall::metadata(std::string_view key) const {
  const auto& all = context_.client_metadata();
  const auto found = all.find(grpc::string_ref(key.data(), key.size()));
  if (found == all.end()) return {};
  return {found->second.data(), found->second.size()};
}

absl::Time StreamCall::deadline() const {
  const gpr_timespec deadline = context_.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0)
    return absl::InfiniteFuture();
  return absl::FromChrono(context_.deadline());
}

void StreamCall::Read() {
  if (!MayBegin() || read_.busy || end_after_write_ || streams_->core_->refusing_) return;
  stream_.Read(&request_, read_.Begin());
}

void StreamCall::HasRead(bool ok) {
  if (ended_ || handler_ == nullptr) return;
  const auto handler = handler_;
  // What was asked for before the server began to shut down: the client sends it to another.
  if (ok && streams_->core_->refusing_) return;
  if (ok) {
    handler->OnRequest(Flatten(request_, &flat_));
  } else {
    handler->OnEnd();
  }
}

void StreamCall::Write(const google::protobuf::MessageLite& response) {
  if (!MayBegin() || write_.busy || end_after_write_) return;
  stream_.Write(ToBuffer(response), write_.Begin());
}

void StreamCall::Written(bool ok) {
  if (end_after_write_) return End(*std::exchange(end_after_write_, std::nullopt));
  if (!ok || ended_ || handler_ == nullptr) return;
  const auto handler = handler_;
  handler->OnWritten();
}

void StreamCall::Finish(const RpcStatus& status) {
  if (!MayBegin() || end_after_write_) return;
  if (write_.busy) {
    end_after_write_ = status;
  } else {
    End(status);
  }
}

void StreamCall::End(const RpcStatus& status) {
  if (!MayBegin()) return;
  ended_ = true;
  method_->metrics.Handled(status.code, static_cast<double>(NowNanos() - begun_ns_) * 1e-9);
  if (status.ok()) return stream_.Finish(grpc::Status::OK, finish_.Begin());
  stream_.Finish(grpc::Status(static_cast<grpc::StatusCode>(status.code), status.message,
                              EncodeDetails(status)),
                 finish_.Begin());
}

void StreamCall::Finished(bool) {}

// The client has gone, the deadline has come, or the end was sent.
void StreamCall::Over(bool) {
  if (ended_) return;
  ended_ = true;
  method_->metrics.Handled(absl::StatusCode::kCancelled,
                           static_cast<double>(NowNanos() - begun_ns_) * 1e-9);
}

}  // namespace tierline::rpc
