#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "runtime/rpc/client.h"
#include "tools/load/deployment.h"

namespace tierline::load {

// Connections to all replicas. Calls go to the replicas of their service in turn, whoever owns the
// inquiry. For one thread.
class Switchboard {
 public:
  // `retry`: as rpc::ChannelOptions.
  explicit Switchboard(bool retry) : retry_(retry) {}
  // Connects to the replicas that are new or have moved; what was under way to those that have is
  // cancelled.
  absl::Status Connect(const Deployment& deployment);

  // Never null for a service that is deployed. The one whose turn it is, or always the same.
  rpc::Channel* Next(std::string_view rpc_service);
  rpc::Channel* First(std::string_view rpc_service);
  std::vector<rpc::Channel*> All(std::string_view rpc_service);

  // Waits for an answer, at most until `until`, then runs all callbacks that are ready.
  void Poll(absl::Time until);
  int in_flight() const;

  // Tells every replica with a virtual clock that it is that late. Errors: of the first that does
  // not answer.
  absl::Status TellTime(int64_t now_ms);

 private:
  struct Line {
    std::string address;
    const Replica* replica = nullptr;
    std::unique_ptr<rpc::Channel> channel;
  };

  const bool retry_;
  std::map<std::string, Line> lines_;  // by the replica's name
  std::map<std::string_view, size_t> turns_;
};

}  // namespace tierline::load
