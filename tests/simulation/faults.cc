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
      {Fault::kLeave, "leave", 5, 1000},
      {Fault::kPause, "pause", 10, 1000},
      {Fault::kClockStep, "step of a clock", 10, 1000},
      {Fault::kTornState, "torn state", 60, 100},
      {Fault::kVanishedState, "vanished state", 30, 100},
      {Fault::kStateOfAnotherLog, "state of another log", 30, 100},
      {Fault::kReassign, "new assignment", 60, 100},
      {Fault::kDirectoryLag, "directory that stops", 10, 1000},
      {Fault::kLostRequest, "lost request", 20, 100},
      {Fault::kLateRequest, "late request", 20, 100},
      {Fault::kDuplicateRequest, "duplicate request", 20, 100},
      {Fault::kLostReply, "lost reply", 20, 100},
      {Fault::kLateReply, "late reply", 20, 100},
      {Fault::kDuplicateReply, "duplicate reply", 20, 100},
  }};
  static_assert([] {
    for (size_t i = 0; i < kFaults; ++i) {
      if (static_cast<size_t>(kKinds[i].fault) != i) return false;
    }
    return true;
  }());
  return kKinds;
}

}  // namespace tierline::simulation
