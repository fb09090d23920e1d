#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tests/chaos/proxy.h"
#include "tools/load/deployment.h"
#include "tools/load/dice.h"

namespace tierline::chaos {

enum class Fault {
  kReplicaKilled,   // SIGKILL, and started again
  kReplicaStopped,  // SIGSTOP while it owns something, long enough to be replaced; then SIGCONT
  kDiskFull,        // a replica can write no file
  kStateDeleted,    // SIGKILL, and started again without its state directory
  kRollingRestart,  // SIGTERM and a start of every replica, one after the other
  kBrokerKilled,    // SIGKILL, and started again
  kNetworkCut,      // between a replica and all brokers: connections are reset and refused
  kNetworkStalled,  // the same, but nobody is told
};
inline constexpr int kFaults = 8;
std::string_view NameOf(Fault fault);

// Faults drawn from a seed: of all kinds in an order that is drawn, and again in another one.
// Replicas and brokers have their own, at the same time. A fault counts only when it is seen to
// have happened: the process was alive and is gone, is stopped, could write nothing, had
// connections.
class Faults {
 public:
  struct Event {
    double at_s = 0;  // since the beginning
    Fault fault;
    std::string what;  // "intake-1 for 20.0 s"
    bool happened = false;
  };
  struct Options {
    uint64_t seed = 1;
    absl::Duration duration;
    std::function<int64_t()> acknowledged;             // commands so far
    std::function<void(const std::string& line)> say;  // of any thread
  };
  Faults(load::Deployment* deployment, Proxy* proxy, Options options);

  // What befalls replicas, for the thread that started them, and brokers and network, for another.
  // Errors: of a start that failed, which no fault excuses.
  absl::Status PlayReplicas();
  absl::Status PlayBrokers();
  // Everything runs and reaches everything again.
  absl::Status Heal();

  std::vector<Event> events() const;  // in order of time; after the threads have ended
  std::map<Fault, int> counts() const;

 private:
  using Lane = std::vector<Event>;
  absl::Status Play(const std::vector<Fault>& kinds, uint64_t stream, Lane* lane);
  absl::Status Do(Fault fault, load::Dice* dice, Event* event);
  absl::Status KillReplica(load::Dice* dice, bool delete_state, Event* event);
  absl::Status StopReplica(load::Dice* dice, Event* event);
  absl::Status FillDisk(load::Dice* dice, Event* event);
  absl::Status RestartAll(Event* event);
  absl::Status KillBroker(load::Dice* dice, Event* event);
  absl::Status DisturbNetwork(load::Dice* dice, Proxy::Weather weather, Event* event);
  void Say(const Event& event) const;

  load::Deployment* const deployment_;
  Proxy* const proxy_;
  const Options options_;
  absl::Time begun_;
  Lane replicas_, brokers_;
};

}  // namespace tierline::chaos
