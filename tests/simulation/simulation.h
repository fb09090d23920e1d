#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/validity.h"

namespace tierline::simulation {

enum class Services { kToys, kHotline };

// One run of a small cluster: replicas, clients and their misfortunes, all drawn from one seed, on
// one thread and in virtual time. The same seed gives the same run.
struct RunOptions {
  uint64_t seed = 1;
  Services services = Services::kToys;
  // What to break, to prove that the checker would notice.
  ValidityRules rules;
  bool answer_before_read_back = false;
  bool decide_before_own_claim = false;
};

struct RunResult {
  std::vector<std::string> violations;  // of safety; see tests/promises
  std::vector<std::string> stuck;       // what did not end although all faults had
  int64_t operations = 0, acknowledged = 0, refused_but_valid = 0;
  int64_t valid = 0, voided = 0, conflicts = 0, claims = 0, repeated = 0;
  std::map<std::string, int64_t> counts;  // of faults and of what came of them, by name
  std::string fingerprint;                // of all records, and of all that clients were told
};

RunResult Simulate(const RunOptions& options);

}  // namespace tierline::simulation
