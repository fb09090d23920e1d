#pragma once

#include <cstdint>
#include <random>

#include "absl/time/time.h"
#include "runtime/ports.h"

namespace tierline::testing {

// Stands still until it is moved.
class FakeClock : public Clock {
 public:
  absl::Time Now() override { return now_; }
  void Advance(absl::Duration by) { now_ += by; }

 private:
  absl::Time now_ = absl::FromUnixSeconds(1'780'000'000);
};

// The same numbers for the same seed.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(uint64_t seed = 1) : engine_(seed) {}
  uint64_t Next() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace tierline::testing
