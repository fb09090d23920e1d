#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/text.h"
#include "runtime/rpc/client.h"
#include "tools/load/step.h"
#include "tools/load/switchboard.h"
#include "tools/load/virtual_clock.h"

namespace tierline::load {

// One question at a time, on behalf of the platform's administrator, at a virtual time; always to
// the same replica of a service.
//
//   auto totals = client.Ask<reporting::v1::GetTotalsResponse>(kReportingService, "GetTotals",
//                                                              request);
class ServerClient {
 public:
  absl::Status Connect(const Deployment& deployment) { return replicas_.Connect(deployment); }

  void set_now_ms(int64_t now_ms) { now_ms_ = now_ms; }
  int64_t now_ms() const { return now_ms_; }
  rpc::Channel* channel(std::string_view service) { return replicas_.First(service); }

  rpc::CallOptions Options() const {
    return {.deadline = absl::Now() + absl::Minutes(2),
            .metadata = VirtualCall(PrincipalOf(base::v1::ROLE_PLATFORM_ADMIN), now_ms_)};
  }

  // Every replica takes it to be that late, and so does this client.
  absl::Status TellTime(int64_t now_ms) {
    now_ms_ = now_ms;
    return replicas_.TellTime(now_ms);
  }

  template <typename Response, typename Request>
  absl::StatusOr<Response> Ask(std::string_view service, std::string_view method,
                               const Request& request) {
    return AskAt<Response>(channel(service), service, method, request);
  }
  // Every replica of the service, one answer each.
  template <typename Response, typename Request>
  absl::StatusOr<std::vector<Response>> AskAll(std::string_view service, std::string_view method,
                                               const Request& request) {
    std::vector<Response> responses;
    for (rpc::Channel* const channel : replicas_.All(service)) {
      auto response = AskAt<Response>(channel, service, method, request);
      if (!response.ok()) return response.status();
      responses.push_back(*std::move(response));
    }
    return responses;
  }

 private:
  template <typename Response, typename Request>
  absl::StatusOr<Response> AskAt(rpc::Channel* channel, std::string_view service,
                                 std::string_view method, const Request& request) {
    Response response;
    const rpc::RpcStatus status = channel->Call(service, method, request, &response, Options());
    if (status.ok()) return response;
    return absl::Status(status.code, absl::StrCat(ToAbsl(method), ": ", status.ToString()));
  }

  Switchboard replicas_{true};
  int64_t now_ms_ = 0;
};

}  // namespace tierline::load
