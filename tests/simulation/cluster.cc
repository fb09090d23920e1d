#include "tests/simulation/cluster.h"

#include <algorithm>

#include "runtime/log/genesis.h"

namespace tierline::simulation {

Cluster::Cluster(uint64_t seed, int32_t partitions) : random_(seed) {
  const log::GenesisFacts facts{MakeUuidV7(0, random_.Next(), random_.Next()), partitions};
  for (int32_t i = 0; i < partitions; ++i)
    frames_.push_back({GenesisFrame(facts, {log::Topic::kHistory, i})});
}

void Cluster::DrawFaults() {
  for (const FaultKind& kind : FaultKinds()) {
    const int often = Chance(50) ? 0 : static_cast<int>(Draw(kind.often) + 1);
    faults_.often[static_cast<size_t>(kind.fault)] = often;
  }
}

bool Cluster::Strikes(Fault fault) {
  const auto index = static_cast<size_t>(fault);
  if (faults_.often[index] == 0) return false;
  const bool strikes = Draw(FaultKinds()[index].out_of) < faults_.often[index];
  faults_.struck[index] += strikes;
  return strikes;
}

std::map<std::string, int64_t> Cluster::counts() const {
  auto counts = counts_;
  for (const FaultKind& kind : FaultKinds()) {
    counts[std::string(kind.name)] += faults_.struck[static_cast<size_t>(kind.fault)];
  }
  return counts;
}

void Cluster::At(int64_t at_ms, std::function<void()> what) {
  events_.emplace(std::pair(std::max(at_ms, now_ms_), ++order_), std::move(what));
}

void Cluster::RunUntil(int64_t until_ms) {
  while (!events_.empty() && events_.begin()->first.first <= until_ms) {
    auto next = events_.extract(events_.begin());
    now_ms_ = next.key().first;
    next.mapped()();
  }
  now_ms_ = until_ms;
}

int32_t Cluster::PartitionOf(std::string_view subject) const {
  return log::PartitionOf(subject, partitions());
}

void Cluster::Arrive(int32_t partition, const std::vector<std::string>& frames) {
  frames_[partition].insert(frames_[partition].end(), frames.begin(), frames.end());
}

}  // namespace tierline::simulation
