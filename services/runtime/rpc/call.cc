#include <utility>

#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "runtime/observe/log.h"
#include "runtime/rpc/server_core.h"

namespace tierline::rpc {

void CallState::Arm(Method* method) {
  method_ = method;
  phase_ = Phase::kArmed;
  context_.emplace();
  writer_.emplace(&*context_);
  ++core_->armed_;
  ++method->armed;
  method->service->RequestUnary(method->index, &*context_, &request_, &*writer_,
                                core_->queue_.get(), this);
}

void CallState::Complete(bool ok) {
  if (phase_ == Phase::kFinishing) {
    --core_->finishing_;
    Clear();
    if (!held_) core_->free_.push_back(this);
    return;
  }
  --core_->armed_;
  --method_->armed;
  if (ok) return Begin();
  Clear();  // the server shuts down
  core_->free_.push_back(this);
}

void CallState::Begin() {
  if (!core_->closed_) core_->Rearm(method_);
  phase_ = Phase::kOpen;
  begun_ns_ = NowNanos();
  method_->metrics.Started();
  if (std::optional<RpcStatus> refusal = Refusal()) return Fail(*refusal);
  held_ = true;
  counted_ = true;
  ++core_->in_flight_;
  Call call(this);
  if (core_->options_.on_call) core_->options_.on_call(call);
  method_->handler(std::move(call));
}

std::optional<RpcStatus> CallState::Refusal() const {
  if (core_->refusing_ && !method_->always) return AskAnother();
  if (!method_->handler) return NotServedHere(*method_);
  if (core_->in_flight_ >= core_->options_.in_flight_max && !method_->always) {
    return RpcStatus{.code = absl::StatusCode::kResourceExhausted,
                     .message = absl::StrCat(core_->in_flight_, " calls are in flight already"),
                     .reason = "TOO_MANY_CALLS"};
  }
  if (PastDeadline()) {
    return RpcStatus{.code = absl::StatusCode::kDeadlineExceeded,
                     .message = "the deadline passed before the work began; nothing was done",
                     .reason = "DEADLINE_PASSED"};
  }
  return std::nullopt;
}

bool CallState::PastDeadline() const {
  const gpr_timespec deadline = context_->raw_deadline();
  return gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) != 0 &&
         gpr_time_cmp(gpr_now(deadline.clock_type), deadline) >= 0;
}

std::string_view CallState::metadata(std::string_view key) const {
  if (!context_) return {};
  const auto& all = context_->client_metadata();
  const auto found = all.find(grpc::string_ref(key.data(), key.size()));
  if (found == all.end()) return {};
  return {found->second.data(), found->second.size()};
}

void CallState::VisitMetadata(Call::MetadataVisitor visitor) const {
  if (!context_) return;
  for (const auto& [key, value] : context_->client_metadata())
    visitor({key.data(), key.size()}, {value.data(), value.size()});
}

absl::Time CallState::deadline() const {
  if (!context_) return absl::InfinitePast();
  const gpr_timespec deadline = context_->raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0)
    return absl::InfiniteFuture();
  return absl::FromChrono(context_->deadline());
}

std::string_view CallState::request() { return Flatten(request_, &flat_); }

void CallState::Answered(absl::StatusCode code) {
  phase_ = Phase::kFinishing;
  ++core_->finishing_;
  if (counted_) --core_->in_flight_;
  counted_ = false;
  method_->metrics.Handled(code, static_cast<double>(NowNanos() - begun_ns_) * 1e-9);
}

void CallState::Finish(const grpc::ByteBuffer& response) {
  if (phase_ != Phase::kOpen) return;
  Answered(absl::StatusCode::kOk);
  writer_->Finish(response, grpc::Status::OK, this);
}

void CallState::Fail(const RpcStatus& status) {
  if (phase_ != Phase::kOpen) return;
  // A refusal that says OK is our mistake; the client must not take it for an answer.
  const absl::StatusCode code = status.ok() ? absl::StatusCode::kInternal : status.code;
  Answered(code);
  writer_->FinishWithError(
      grpc::Status(static_cast<grpc::StatusCode>(code), status.message, EncodeDetails(status)),
      this);
}

void CallState::Abandon(const RpcStatus& status) { Fail(status); }

void CallState::Release() {
  held_ = false;
  if (phase_ == Phase::kOpen) {
    observe::log::Error("rpc", "a handler dropped a call",
                        {{"service", method_->service->name()}, {"method", method_->name}});
    Fail({.code = absl::StatusCode::kInternal,
          .message = "the server lost the call",
          .reason = "CALL_DROPPED"});
  } else if (phase_ == Phase::kFree) {
    core_->free_.push_back(this);
  }
}

void CallState::Clear() {
  phase_ = Phase::kFree;
  writer_.reset();
  context_.reset();
  request_.Clear();
  flat_ = grpc::Slice();
}

Call& Call::operator=(Call&& other) noexcept {
  if (this != &other) {
    if (state_ != nullptr) state_->Release();
    state_ = std::exchange(other.state_, nullptr);
  }
  return *this;
}

Call::~Call() {
  if (state_ != nullptr) state_->Release();
}

bool Call::Parse(google::protobuf::MessageLite* request) {
  if (state_->ParseRequest(request)) return true;
  Fail(RpcStatus{.code = absl::StatusCode::kInvalidArgument,
                 .message = absl::StrCat("the request is no ", request->GetTypeName()),
                 .reason = "MALFORMED_REQUEST"});
  return false;
}

std::string_view Call::request() const { return state_->request(); }

std::string_view Call::metadata(std::string_view key) const { return state_->metadata(key); }
void Call::VisitMetadata(MetadataVisitor visitor) const { state_->VisitMetadata(visitor); }
absl::Time Call::deadline() const { return state_->deadline(); }
std::string_view Call::service() const { return state_->method().service->name(); }
std::string_view Call::method() const { return state_->method().name; }

void Call::Reply(const google::protobuf::MessageLite& response) {
  state_->Finish(ToBuffer(response));
  std::exchange(state_, nullptr)->Release();
}

void Call::ReplyBytes(std::string_view response) {
  state_->Finish(ToBuffer(response));
  std::exchange(state_, nullptr)->Release();
}

void Call::Fail(const RpcStatus& status) {
  state_->Fail(status);
  std::exchange(state_, nullptr)->Release();
}

}  // namespace tierline::rpc
