#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/text.h"
#include "runtime/rpc/client.h"
#include "tools/load/step.h"
#include "tools/load/virtual_clock.h"

namespace tierline::load {

// One question at a time, on behalf of the platform's administrator, at a virtual time.
//
//   auto totals = client.Ask<reporting::v1::GetTotalsResponse>(kReportingService, "GetTotals",
//                                                              request);
class ServerClient {
 public:
  static absl::StatusOr<std::unique_ptr<ServerClient>> Connect(const std::string& address) {
    auto channel = rpc::Channel::Connect(address, {});
    if (!channel.ok()) return channel.status();
    auto client = std::make_unique<ServerClient>();
    client->channel_ = *std::move(channel);
    return client;
  }

  void set_now_ms(int64_t now_ms) { now_ms_ = now_ms; }
  int64_t now_ms() const { return now_ms_; }
  rpc::Channel* channel() { return channel_.get(); }

  rpc::CallOptions Options() const {
    return {.deadline = absl::Now() + absl::Minutes(2),
            .metadata = VirtualCall(PrincipalOf(base::v1::ROLE_PLATFORM_ADMIN), now_ms_)};
  }

  template <typename Response, typename Request>
  absl::StatusOr<Response> Ask(std::string_view service, std::string_view method,
                               const Request& request) {
    Response response;
    const rpc::RpcStatus status = channel_->Call(service, method, request, &response, Options());
    if (status.ok()) return response;
    return absl::Status(status.code, absl::StrCat(ToAbsl(method), ": ", status.ToString()));
  }

 private:
  std::unique_ptr<rpc::Channel> channel_;
  int64_t now_ms_ = 0;
};

}  // namespace tierline::load
