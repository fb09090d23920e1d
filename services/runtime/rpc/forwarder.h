#pragma once

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "runtime/observe/metrics.h"
#include "runtime/rpc/client.h"
#include "runtime/rpc/server.h"

namespace tierline::rpc {

// Says that a call was passed on by another replica.
inline constexpr std::string_view kForwardedKey = "tierline-forwarded";

// What Server::Forward and CallPeer do: one channel to each replica that ever owned something, made
// when it is needed. The addresses come from claims in the log, so there are as many as there are
// replicas. Nothing is waited for without an end: a call without a deadline has 30 seconds.
class Forwarder {
 public:
  Forwarder(Server* server, TlsFiles tls, observe::Metrics* metrics);

  void Forward(Call call, const std::string& endpoint);
  void CallPeer(const std::string& endpoint, std::string_view service, std::string_view method,
                std::string_view request, Metadata metadata, absl::Time deadline, Answered done);

 private:
  absl::StatusOr<Channel*> ChannelTo(const std::string& endpoint);

  Server* const server_;
  const TlsFiles tls_;
  observe::Counter* forwarded_ = nullptr;
  absl::flat_hash_map<std::string, std::unique_ptr<Channel>> channels_;
};

}  // namespace tierline::rpc
