#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/service.h"

// The one place that turns refusals and failures into what travels in gRPC, and back.
//
//   grpc-status, grpc-message     code, message
//   grpc-status-details-bin       google.rpc.Status{code, message, details}:
//     ErrorInfo    always         reason, domain "tierline", metadata{rule, field, value, …}
//     BadRequest   field named    field_violations{field, message}
//     RetryInfo    UNAVAILABLE, RESOURCE_EXHAUSTED (AIP-193, AIP-194)

namespace tierline::rpc {

inline constexpr std::string_view kErrorDomain = "tierline";

// How a call ended. A server sends it, a client receives the same.
struct RpcStatus {
  absl::StatusCode code = absl::StatusCode::kOk;
  std::string message;  // for developers
  std::string reason;   // UPPER_SNAKE_CASE; empty from a server that is not ours
  std::string rule;     // R-…
  std::string field;    // of the request, or the key of the metadata
  std::string value;    // the value at fault
  std::map<std::string, std::string> metadata;  // what else ErrorInfo says
  absl::Duration retry_after;                   // zero: not said

  bool ok() const { return code == absl::StatusCode::kOk; }

  // For people, in one line:
  // "FAILED_PRECONDITION ALREADY_CLOSED: the inquiry is closed (rule R-305, field inquiry_id)".
  std::string ToString() const;
};

RpcStatus FromRejection(const Rejection& rejection);

// The reason is the name of the code ("UNAVAILABLE"). OK stays OK.
RpcStatus FromStatus(const absl::Status& status);

// Code and message, for those who need no details.
absl::Status ToStatus(const RpcStatus& status);

// Bytes of `grpc-status-details-bin`; empty for OK. An empty reason is sent as the name of the
// code; UNAVAILABLE and RESOURCE_EXHAUSTED without `retry_after` ask for 200 ms.
std::string EncodeDetails(const RpcStatus& status);

// What a client received. Details that are absent or malformed leave their fields empty.
RpcStatus DecodeDetails(absl::StatusCode code, std::string_view message, std::string_view details);

}  // namespace tierline::rpc
