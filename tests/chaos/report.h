#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/chaos/faults.h"
#include "tests/promises/findings.h"
#include "tests/promises/operation.h"

namespace tierline::chaos {

// Times in which no command of a service was acknowledged.
struct Gaps {
  int count = 0;  // of more than a second
  double longest_s = 0;
};

struct Report {
  uint64_t seed = 0;
  int seconds = 0;
  std::map<Fault, int> faults;
  int64_t operations = 0, attempts = 0;
  int64_t acknowledged = 0, refused = 0, unknown = 0;
  int64_t refused_but_valid = 0, unknown_but_valid = 0;
  int64_t valid = 0, claims = 0, reactions = 0, declined = 0, timers = 0;
  std::map<std::string, int64_t> voided;  // by reason
  int64_t digests = 0;
  std::map<std::string, Gaps> gaps;  // by service
  std::vector<std::string> violations;
};

// Counts of the operations, and the gaps between acknowledgements.
void Count(const std::vector<std::unique_ptr<promises::Operation>>& operations, Report* report);
void Count(const promises::Findings& findings, Report* report);

// For people, and as one JSON object.
std::string ToText(const Report& report);
std::string ToJson(const Report& report);

}  // namespace tierline::chaos
