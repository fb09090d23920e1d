#pragma once

#include <array>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "runtime/observe/metrics.h"

namespace tierline::rpc {

// What is counted of one method, under the names of go-grpc-prometheus, which dashboards know:
//   grpc_server_started_total    {grpc_method, grpc_service, grpc_type="unary"}
//   grpc_server_handled_total    {grpc_code, grpc_method, grpc_service, grpc_type}
//   grpc_server_handling_seconds {grpc_method, grpc_service, grpc_type}
class MethodMetrics {
 public:
  // `metrics` null: counts nothing.
  MethodMetrics(observe::Metrics* metrics, std::string service, std::string method);

  void Started();
  void Handled(absl::StatusCode code, double seconds);

 private:
  observe::Counter& ByCode(size_t code);

  observe::Metrics* const metrics_;
  const observe::Labels labels_;
  observe::Counter* started_ = nullptr;
  observe::Histogram* seconds_ = nullptr;
  // By code; the codes that never happened are not exposed, except OK.
  std::array<observe::Counter*, 17> handled_{};
};

}  // namespace tierline::rpc
