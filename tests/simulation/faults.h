#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tierline::simulation {

// What can go wrong. Each kind is absent from some runs and common in others: together they would
// hide each other.
enum class Fault : uint8_t {
  // An append:
  kErrorBeforeArrival,   // reported in doubt, arrives later, as a part or never: a zombie's
  kLostAcknowledgement,  // arrives, reported in doubt
  kLostAppend,     // never arrives, reported in doubt; what the producer sent after it arrives
  kLateDuplicate,  // arrives, and once more later
  kOvertaken,      // sent again by the producer itself: arrives after what was appended later
  kQueueFull,      // refused at once
  kSlowAppend,     // takes up to 100 times as long
  // Reading:
  kStaleRead,      // one read that sees less than there is
  kSlowReader,     // for a while, few records at a time
  kStoppedReader,  // for a while, nothing at all
  // A process:
  kCrash,
  kLeave,  // in good order: it releases what it owns
  kPause,  // it goes on later, unaware of the time that passed: an owner becomes a zombie
  kClockStep,
  // What it finds in its store when it comes back after a crash:
  kTornState,          // lacks the last batch, and perhaps more of them
  kVanishedState,      // nothing
  kStateOfAnotherLog,  // looks right, and is not
  // Who should own:
  kReassign,
  // The directory of a replica:
  kDirectoryLag,
  // The network, between clients and replicas and among these:
  kLostRequest,
  kLateRequest,
  kDuplicateRequest,
  kLostReply,
  kLateReply,
  kDuplicateReply,
};
inline constexpr size_t kFaults = static_cast<size_t>(Fault::kDuplicateReply) + 1;

struct FaultKind {
  Fault fault;
  std::string_view name;
  int often;   // at most so often …
  int out_of;  // … of so many occasions, in a run where it is common
};
const std::array<FaultKind, kFaults>& FaultKinds();

// How often each kind strikes in one run, and how often it did.
struct FaultMix {
  std::array<int, kFaults> often{};
  std::array<int64_t, kFaults> struck{};
};

}  // namespace tierline::simulation
