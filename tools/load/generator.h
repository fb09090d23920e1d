#pragma once

#include <cstdint>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "tierline/directory/v1/pack.pb.h"
#include "tools/load/call_plan.h"

namespace tierline::load {

struct Day {
  absl::CivilDay date{2009, 4, 1};
  absl::TimeZone zone = absl::UTCTimeZone();
  int64_t calls = 5000;
  uint64_t seed = 1;
};

// The calls of one day, by arrival: from 00:00 to 24:00 with peaks in working hours, from every
// place as often as it has offices, of every category. Pure: the same day gives the same plans.
//
//   std::vector<CallPlan> plans = PlanDay(pack, {.zone = zone, .calls = 5000, .seed = 1});
std::vector<CallPlan> PlanDay(const directory::v1::PackPart& pack, const Day& day);

}  // namespace tierline::load
