// The rules of an office's working hours, as a hotline pack gives them: data, not yet a
// calendar. business_calendar.h compiles them.
//
// A day takes its hours from the first of these that speaks about it:
//
//   1. a dated override    holiday: none; make-up workday: those of a normal working day;
//                          explicit hours: its own (a half-day holiday)
//   2. a season            "05-01..09-30: 10:00-14:00, 16:00-20:00", on working weekdays only
//   3. the weekday         none stated: a rest day
//
// A normal working day is the first weekday, from Monday on, that has hours. An interval that
// crosses midnight is written as two: up to 86,400 on one day, from 0 on the next.
//
// Example: an office that shuts at noon on Fridays and otherwise does as its province does.
//
//     CalendarRules county;
//     county.id = "653023";
//     county.weekly[WeekdayIndex(absl::Weekday::friday)] = {{10 * 3600, 14 * 3600}};
//     CalendarRules rules = Merge(province, county);
#ifndef TIERLINE_BASE_CALENDAR_RULES_H_
#define TIERLINE_BASE_CALENDAR_RULES_H_

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"

namespace tierline {

inline constexpr int kDaySeconds = 86'400;

// Half-open [begin_s, end_s), seconds of the local day, 0 <= begin_s < end_s <= 86,400.
struct DayInterval {
  int begin_s = 0;
  int end_s = 0;
  friend bool operator==(const DayInterval&, const DayInterval&) = default;
};

// Sorted and disjoint; two may touch. Empty: no working time.
using DayIntervals = std::vector<DayInterval>;

struct MonthDay {
  int month = 1;
  int day = 1;
  friend auto operator<=>(const MonthDay&, const MonthDay&) = default;
};

constexpr int WeekdayIndex(absl::Weekday weekday) { return static_cast<int>(weekday); }

// Hours of a part of every year, `from` to `to` inclusive; from > to runs over the new year.
// They hold on those of its `weekdays` that have hours at all: a season opens no rest day.
struct Season {
  std::string name;  // by which a child replaces it; may be empty
  MonthDay from;
  MonthDay to;
  DayIntervals intervals;
  std::array<bool, 7> weekdays = {true, true, true, true, true, true, true};
};

enum class OverrideKind { kHoliday, kMakeUpWorkday, kHours };

struct DatedOverride {
  absl::CivilDay date;
  OverrideKind kind = OverrideKind::kHoliday;
  std::string name;
  DayIntervals intervals;  // of kHours only
};

struct CalendarRules {
  std::string id;
  // By WeekdayIndex, Monday first. Not stated: the parent's; stated empty: a rest day.
  std::array<std::optional<DayIntervals>, 7> weekly;
  std::vector<Season> seasons;           // the first that matches holds
  std::vector<DatedOverride> overrides;  // in any order, one per date
  // First and last day for which the list of holidays is published; later days are computed from
  // the weekdays alone and are provisional.
  std::optional<absl::CivilDay> published_from;
  std::optional<absl::CivilDay> published_to;
};

// The rules of an office that inherits from `parent`: what `child` states about a weekday, a date
// or a season of the same name replaces what the parent said about it. A weekday that the child
// states is taken out of the parent's seasons too, or the child's hours would never apply where
// the parent's seasons fill the year. The child's seasons come before the parent's.
CalendarRules Merge(const CalendarRules& parent, const CalendarRules& child);

// InvalidArgument, naming the calendar, the place and the rule R-114, when an interval is out of
// range, unsorted or overlapping; a season has no hours or no such date; a date is overridden
// twice; a make-up workday has no normal working day to copy; the published range is missing.
absl::Status Validate(const CalendarRules& rules);

// Where a day's hours came from.
enum class DayReason { kWeekday, kRestDay, kSeason, kHoliday, kMakeUpWorkday, kOwnHours };

std::string_view ToString(DayReason reason);

struct DayHours {
  DayReason reason = DayReason::kRestDay;
  std::string_view name;  // of the override or season; points into the rules
  absl::Span<const DayInterval> intervals;
};

// The hours of `day`, given the override of that date or null. The rules must be valid.
DayHours ResolveDay(const CalendarRules& rules, absl::CivilDay day, const DatedOverride* dated);

}  // namespace tierline

#endif  // TIERLINE_BASE_CALENDAR_RULES_H_
