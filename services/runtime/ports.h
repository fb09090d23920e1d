#pragma once

#include <cstdint>

#include "absl/time/time.h"

// The narrow interfaces through which the rest of the runtime touches the world; the simulator has
// its own of each. (The others: log::EventLog, store::StateStore, rpc::Peer.)

namespace tierline {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() = 0;
};

class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t Next() = 0;
};

// Clock of the operating system; random numbers of a cryptographic generator.
Clock& SystemClock();
Random& SystemRandom();

}  // namespace tierline
