#pragma once

#include <cstdint>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "directory/directory.h"
#include "tierline/routing/v1/staffing.pb.h"

// Whether somebody was there to answer: a pure function of the stretches in which an
// operator was signed on and the office's own calendar.

namespace tierline::routing {

// In milliseconds since 1970, half-open.
struct Stretch {
  int64_t begin_ms;
  int64_t end_ms;
};

struct StaffingQuery {
  std::string office;
  absl::CivilDay from;  // half-open
  absl::CivilDay until;
  int64_t now_ms = 0;  // minutes to come do not count
};

// A day for each day of the query. A minute counts if it is working time of the office and its line
// serves as it begins; it is staffed if at some instant of it an operator was signed on, else it is
// a violation. `signed_on` in order and without overlaps.
std::vector<v1::StaffedDay> StaffingOf(const StaffingQuery& query,
                                       absl::Span<const Stretch> signed_on,
                                       const directory::Directory& directory);

}  // namespace tierline::routing
