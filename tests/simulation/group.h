#pragma once

#include <memory>
#include <vector>

#include "tests/simulation/node.h"

namespace tierline::simulation {

// The services of each process of a run: all of them together, or apart, as each replica is told.
// Every service that writes has two processes at least.
std::vector<Roles> DrawRoles(Cluster* cluster, const Workload& workload);

// Tells replicas what they should own. Not all of them hear it, and nothing rests on it.
class Group {
 public:
  Group(Cluster* cluster, const Workload* workload, std::vector<std::unique_ptr<Node>>* nodes)
      : cluster_(cluster), workload_(workload), nodes_(nodes) {}

  void AssignAll();
  // Some of the partitions; their owners may go on believing that they are.
  void Reassign();
  // Each to one replica, and everybody knows.
  void Settle();
  void UnassignAll();

  // How many partitions have not exactly one owner, over all services.
  int64_t Unowned() const;

 private:
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const auto service : workload_->writers()) {
      for (int32_t partition = 0; partition < cluster_->partitions(); ++partition)
        visit(service, partition, HostsOf(service));
    }
  }
  std::vector<Node*> HostsOf(base::v1::Service service) const;
  void Draw(base::v1::Service service, int32_t partition, const std::vector<Node*>& hosts);

  Cluster* const cluster_;
  const Workload* const workload_;
  std::vector<std::unique_ptr<Node>>* const nodes_;
};

}  // namespace tierline::simulation
