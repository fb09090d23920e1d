#include "tests/simulation/group.h"

#include <algorithm>

namespace tierline::simulation {

std::vector<Roles> DrawRoles(Cluster* cluster, const Workload& workload) {
  Roles all = workload.writers();
  all.push_back(base::v1::SERVICE_REPORTING);
  std::vector<Roles> nodes(2 + cluster->Draw(2), all);
  if (cluster->Chance(50)) return nodes;
  nodes.resize(3 + cluster->Draw(3));
  for (Roles& roles : nodes) roles.clear();
  const auto count = static_cast<int64_t>(nodes.size());
  for (const auto service : all) {
    const int64_t first = cluster->Draw(count);
    const int64_t second = (first + 1 + cluster->Draw(count - 1)) % count;
    for (int64_t i = 0; i < count; ++i) {
      if (i == first || i == second || cluster->Chance(20)) nodes[i].push_back(service);
    }
  }
  std::erase_if(nodes, [](const Roles& roles) { return roles.empty(); });
  return nodes;
}

std::vector<Node*> Group::HostsOf(base::v1::Service service) const {
  std::vector<Node*> hosts;
  for (const auto& node : *nodes_) {
    if (node->Hosts(service)) hosts.push_back(node.get());
  }
  return hosts;
}

void Group::Draw(base::v1::Service service, int32_t partition, const std::vector<Node*>& hosts) {
  const Node* owner = hosts[cluster_->Draw(static_cast<int64_t>(hosts.size()))];
  for (Node* node : hosts) {
    if (node == owner || cluster_->Chance(70)) node->Assign(service, partition, node == owner);
  }
}

void Group::AssignAll() {
  ForEach(
      [&](auto service, int32_t partition, const auto& hosts) { Draw(service, partition, hosts); });
}

void Group::Reassign() {
  ForEach([&](auto service, int32_t partition, const auto& hosts) {
    if (cluster_->Strikes(Fault::kReassign)) Draw(service, partition, hosts);
  });
}

void Group::Settle() {
  ForEach([&](auto service, int32_t partition, const auto& hosts) {
    for (Node* node : hosts) node->Assign(service, partition, node == hosts.front());
  });
}

void Group::UnassignAll() {
  ForEach([&](auto service, int32_t partition, const auto& hosts) {
    for (Node* node : hosts) node->Assign(service, partition, false);
  });
}

int64_t Group::Unowned() const {
  int64_t unowned = 0;
  ForEach([&](auto service, int32_t partition, const auto& hosts) {
    unowned += std::count_if(hosts.begin(), hosts.end(),
                             [&](const Node* node) { return node->Owns(service, partition); }) != 1;
  });
  return unowned;
}

}  // namespace tierline::simulation
