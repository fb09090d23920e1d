#pragma once

#include <vector>

#include "absl/time/time.h"
#include "base/business_calendar.h"
#include "directory/faults.h"
#include "tierline/directory/v1/pack.pb.h"

namespace tierline::directory {

// The calendars of hours.json with the pack's calendar of holidays under them, in the order of the
// book. The holiday list counts as published for whole years, from its first to its last
// one. With faults the result is of no use.
std::vector<BusinessCalendar> CompileHours(const v1::PackPart& pack, absl::TimeZone zone,
                                           std::vector<Fault>* faults);

}  // namespace tierline::directory
