#include "runtime/rpc/method_metrics.h"

#include <utility>

namespace tierline::rpc {
namespace {

// As grpc-go spells the codes.
constexpr std::array<std::string_view, 17> kCodeNames = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

}  // namespace

MethodMetrics::MethodMetrics(observe::Metrics* metrics, std::string service, std::string method)
    : metrics_(metrics),
      labels_{{"grpc_method", std::move(method)},
              {"grpc_service", std::move(service)},
              {"grpc_type", "unary"}} {
  if (metrics_ == nullptr) return;
  started_ =
      &metrics_->AddCounter("grpc_server_started_total", "Calls begun on the server.", labels_);
  seconds_ = &metrics_->AddHistogram("grpc_server_handling_seconds",
                                     "Time from a call's arrival to its answer.",
                                     observe::LatencyBounds(), labels_);
  ByCode(0);
}

observe::Counter& MethodMetrics::ByCode(size_t code) {
  if (handled_[code] == nullptr) {
    observe::Labels labels = labels_;
    labels.emplace_back("grpc_code", kCodeNames[code]);
    handled_[code] = &metrics_->AddCounter("grpc_server_handled_total",
                                           "Calls answered by the server, by code.", labels);
  }
  return *handled_[code];
}

void MethodMetrics::Started() {
  if (metrics_ != nullptr) started_->Increment();
}

void MethodMetrics::Handled(absl::StatusCode code, double seconds) {
  if (metrics_ == nullptr) return;
  const auto index = static_cast<size_t>(code);
  ByCode(index < kCodeNames.size() ? index : static_cast<size_t>(absl::StatusCode::kUnknown))
      .Increment();
  seconds_->Observe(seconds);
}

}  // namespace tierline::rpc
