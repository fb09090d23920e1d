#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "base/calendar_rules.h"

// Dates and times of day as packs write them. Nothing is returned for what is not exactly of the
// form.

namespace tierline::directory {

// "2009-03-01"
std::optional<absl::CivilDay> ParseDate(std::string_view text);
// "2009-04"
std::optional<absl::CivilMonth> ParseMonth(std::string_view text);
// "05-01"; 02-29 is a date.
std::optional<MonthDay> ParseMonthDay(std::string_view text);
// "08:30-12:00", half-open; "24:00" is the end of the day.
std::optional<DayInterval> ParseInterval(std::string_view text);

// The first second of `day` in `zone`, as Unix seconds.
int64_t StartOf(absl::CivilDay day, absl::TimeZone zone);

}  // namespace tierline::directory
