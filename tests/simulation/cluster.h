#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/kit/ports.h"
#include "tests/simulation/faults.h"

namespace tierline::simulation {

// What all replicas of a run share: virtual time, chance, misfortune, and the partitions of the
// log.
class Cluster {
 public:
  Cluster(uint64_t seed, int32_t partitions);

  int64_t now_ms() const { return now_ms_; }
  // What the clocks of replicas are set by. It may jump; what is under way does not.
  int64_t wall_ms() const { return now_ms_ + jumped_ms_; }
  void Jump(int64_t ms) { jumped_ms_ += ms; }
  // A number below `below`; the only source of chance in a run.
  int64_t Draw(int64_t below) {
    return static_cast<int64_t>(random_.Next() % static_cast<uint64_t>(below));
  }
  bool Chance(int percent) { return Draw(100) < percent; }
  Random& random() { return random_; }

  // Draws how often each kind of fault strikes from now on.
  void DrawFaults();
  void EndFaults() { faults_.often = {}; }
  // Whether `fault` strikes on this occasion; counts it.
  bool Strikes(Fault fault);
  // Something that must happen in some run, or the runs prove little.
  void Count(std::string_view what) { ++counts_[std::string(what)]; }
  // A promise that was broken, seen on the way.
  void Violation(std::string what) { violations_.push_back(std::move(what)); }
  const std::vector<std::string>& violations() const { return violations_; }
  // Faults by their names, and what was counted besides.
  std::map<std::string, int64_t> counts() const;

  // Runs `what` at `at_ms`, after everything that was scheduled before for the same time.
  void At(int64_t at_ms, std::function<void()> what);
  // Runs what is due, in order, until `until_ms`.
  void RunUntil(int64_t until_ms);

  // Appends `frames` now.
  void Arrive(int32_t partition, const std::vector<std::string>& frames);
  const std::vector<std::string>& frames(int32_t partition) const { return frames_[partition]; }
  int32_t PartitionOf(std::string_view subject) const;
  int32_t partitions() const { return static_cast<int32_t>(frames_.size()); }

 private:
  testing::SeededRandom random_;
  FaultMix faults_;
  std::map<std::string, int64_t> counts_;
  std::vector<std::string> violations_;
  int64_t now_ms_ = 1'780'000'000'000;
  int64_t jumped_ms_ = 0;
  uint64_t order_ = 0;
  std::map<std::pair<int64_t, uint64_t>, std::function<void()>> events_;
  std::vector<std::vector<std::string>> frames_;
};

}  // namespace tierline::simulation
