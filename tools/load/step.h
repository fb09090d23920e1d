#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "tierline/base/v1/base.pb.h"

namespace tierline::load {

inline constexpr std::string_view kDirectoryService = "tierline.directory.v1.DirectoryService";
inline constexpr std::string_view kRoutingService = "tierline.routing.v1.RoutingService";
inline constexpr std::string_view kIntakeService = "tierline.intake.v1.IntakeService";
inline constexpr std::string_view kEscalationService = "tierline.escalation.v1.EscalationService";
inline constexpr std::string_view kHealthService = "grpc.health.v1.Health";
inline constexpr std::string_view kReplicaService = "tierline.base.v1.ReplicaService";
inline constexpr std::string_view kReportingService = "tierline.reporting.v1.ReportingService";

// An rpc and the one answer that is right.
struct Step {
  enum class Expect {
    kAccepted,  // a command; its receipt goes into the journal
    kSame,      // a repeated command: the receipt of the first time
    kRefused,   // with `refusal`
    kRead,      // a query: the state with `etag`
  };
  std::string_view service;
  std::string_view method;
  std::string request;  // serialized; a retry sends the same bytes
  std::string request_id;
  base::v1::Principal principal;
  int64_t at_ms = 0;  // virtual
  Expect expect = Expect::kAccepted;
  absl::StatusCode refusal = absl::StatusCode::kOk;
  std::string etag;
};

template <typename Request>
Step MakeCommand(std::string_view service, std::string_view method, Request request,
                 std::string request_id, const base::v1::Principal& principal) {
  request.set_request_id(request_id);
  return {.service = service,
          .method = method,
          .request = request.SerializeAsString(),
          .request_id = std::move(request_id),
          .principal = principal};
}

inline base::v1::Principal PrincipalOf(base::v1::Role role, std::string office = "") {
  base::v1::Principal principal;
  principal.set_role(role);
  principal.set_office(std::move(office));
  return principal;
}

}  // namespace tierline::load
