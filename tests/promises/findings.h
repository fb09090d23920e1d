#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"

namespace tierline::promises {

// What a reading of the log finds.
struct Findings {
  std::vector<std::string> violations;
  std::vector<std::string> left_open;  // obligations that were due, partition by partition

  int64_t valid = 0;                             // events
  std::map<std::string, int64_t> valid_by_type;  // the same
  std::map<std::string, int64_t> void_records;   // by reason
  int64_t claims = 0;
  int64_t handed_over = 0;  // claims of what another replica had released
  int64_t reactions = 0;
  int64_t declined = 0;  // of them
  int64_t timers = 0;    // of them: those that had to wait for their instant
  int64_t timed = 0;     // of them: those of which it was checked that they were not late
  // Commands of which a client was told that they were refused although an earlier attempt counts:
  // a replica that does not know that it lost the ownership may refuse on old state, and refusals
  // are not in the log.
  int64_t refused_but_valid = 0;
  int64_t unknown_but_valid = 0;  // commands that count although nobody was ever told so
};

}  // namespace tierline::promises
