#include "tests/simulation/faults.h"

namespace tierline::simulation {

const std::array<FaultKind, kFaults>& FaultKinds() {
  static constexpr std::array<FaultKind, kFaults> kKinds = {{
      {Fault::kErrorBeforeArrival, "error before arrival", 10, 100},
      {Fault::kLostAcknowledgement, "lost acknowledgement", 10, 100},
      {Fault::kLostAppend, "lost append", 10, 100},
      {Fault::kLateDuplicate, "late duplicate of an append", 20, 100},
      {Fault::kOvertaken, "overtaken append", 10, 100},
      {Fault::kQueueFull, "full queue", 5, 100},
      {Fault::kSlowAppend, "slow append", 20, 100},
      {Fault::kStaleRead, "stale read", 60, 100},
      {Fault::kSlowReader, "slow reader", 6, 1000},
      {Fault::kStoppedReader, "stopped reader", 4, 1000},
      {Fault::kCrash, "crash", 6, 1000},
      {Fault::kPause, "pause", 10, 1000},
      {Fault::kReassign, "new assignment", 60, 100},
      {Fault::kLostRequest, "lost request", 20, 100},
      {Fault::kLostReply, "lost reply", 20, 100},
  }};
  return kKinds;
}

}  // namespace tierline::simulation
