#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/partition/processor.h"
#include "runtime/store/memory_store.h"
#include "tests/kit/keys.h"
#include "tests/simulation/sim_log.h"
#include "tests/simulation/workload.h"

namespace tierline::simulation {

// How long a client, and whoever passes its command on, waits.
inline constexpr int64_t kPatienceMs = 150;

using Roles = std::vector<base::v1::Service>;  // the services of one process

// What the replicas of one run have in common.
struct NodeOptions {
  partition::FoldOptions fold;
  partition::ProcessorOptions processor;
};

// The state of a partition at an offset, as one replica has it.
struct Capture {
  std::string node;
  Roles roles;
  int32_t partition = 0;
  Offset offset = 0;
  std::string state;  // digest and head of the partition, in hex
};
std::string Describe(partition::Fold* fold);

// One replica: a process that can crash and comes back with an older state or with none, that can
// leave in good order, and can be paused, unaware of the time that passes. Its rounds are those of
// a server, with steps left out at random.
class Node {
 public:
  Node(Cluster* cluster, const Workload* workload, const NodeOptions& options, Roles roles,
       std::string name);

  void Start();
  void Crash(int64_t down_ms);
  // As a server ends: refuses what is new, finishes what it has, releases, stores its state; comes
  // back after `away_ms` (-1: never).
  void Leave(int64_t away_ms);
  void Pause(int64_t ms) { paused_until_ms_ = std::max(paused_until_ms_, cluster_->now_ms() + ms); }
  // Ends all faults of this replica.
  void Recover();

  void Assign(base::v1::Service service, int32_t partition, bool assigned) {
    assigned_[{service, partition}] = assigned;
  }
  // Takes a command from the network; lost when the process is down.
  void Deliver(int32_t partition, Command command, partition::Reply reply);

  // One round, if it is up and runs; then plans the next.
  void Round();
  void TakeCapture();

  const std::string& name() const { return name_; }
  // Counts the processes of this replica.
  int incarnation() const { return incarnation_; }
  bool up() const { return !processors_.empty(); }
  bool Hosts(base::v1::Service service) const;
  bool Owns(base::v1::Service service, int32_t partition) const {
    return up() && processors_[partition]->Owns(service);
  }
  // Commands that this process took and has not answered.
  int64_t unanswered() const { return unanswered_ ? *unanswered_ : 0; }
  size_t waiting() const;
  // When this replica's next timer is due; INT64_MAX when none is.
  int64_t NextDueMs() const;
  const std::vector<Capture>& captures() const { return captures_; }
  // Of all processes of this replica.
  partition::ProcessorCounts counts() const;

 private:
  class SkewedClock : public Clock {
   public:
    explicit SkewedClock(Cluster* cluster) : cluster_(cluster) {}
    absl::Time Now() override { return absl::FromUnixMillis(cluster_->wall_ms() + skew_ms); }
    int64_t skew_ms = 0;

   private:
    Cluster* cluster_;
  };
  struct Inbound {
    int32_t partition;
    Command command;
    partition::Reply reply;
  };

  std::unique_ptr<partition::Processor> MakeProcessor(int32_t partition);
  void Follow();  // the directory
  void Work();
  void SufferFaults();
  void Flush();
  void LoseState();
  void Depart();
  void End();
  void ReleaseIfUnassigned(partition::Processor* processor);

  Cluster* const cluster_;
  const Workload* const workload_;
  const NodeOptions options_;
  const Roles roles_;
  const std::string name_;
  SkewedClock clock_;
  testing::FakeSealer sealer_;
  std::map<std::pair<base::v1::Service, int32_t>, bool> assigned_;
  std::deque<Inbound> inbox_;
  std::deque<store::MemoryStore::Contents> snapshots_;  // the last batch boundaries
  std::vector<Capture> captures_;
  int64_t paused_until_ms_ = 0;
  int64_t directory_position_ = 0;
  int64_t directory_stops_until_ms_ = 0;
  int64_t leaves_at_ms_ = 0;  // at the latest; 0: it does not
  int64_t away_ms_ = 0;
  int incarnation_ = 0;
  bool faulty_ = true;
  partition::ProcessorCounts counts_;  // of the processes that ended

  // Of the process.
  std::unique_ptr<store::MemoryStore> store_;
  std::unique_ptr<testing::FakeKeys> keys_;
  std::unique_ptr<SimLog> log_;
  std::vector<std::unique_ptr<partition::Processor>> processors_;
  std::shared_ptr<int64_t> unanswered_;
};

}  // namespace tierline::simulation
