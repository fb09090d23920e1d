#include "base/calendar_rules.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace tierline {
namespace {

absl::Status Refuse(const CalendarRules& rules, absl::string_view where, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("calendar ", rules.id, ": ", where, ": ", why, " (R-114)"));
}

absl::Status CheckIntervals(const CalendarRules& rules, absl::string_view where,
                            const DayIntervals& intervals) {
  int free_from_s = 0;
  for (const DayInterval& interval : intervals) {
    if (interval.begin_s < 0 || interval.end_s > kDaySeconds) {
      return Refuse(rules, where, "an interval is outside 0..86400");
    }
    if (interval.begin_s >= interval.end_s) {
      return Refuse(rules, where, "an interval does not end after its begin");
    }
    if (interval.begin_s < free_from_s) {
      return Refuse(rules, where, "intervals overlap or are not sorted");
    }
    free_from_s = interval.end_s;
  }
  return absl::OkStatus();
}

// 02-29 is a date of a season, whatever the year.
bool IsMonthDay(MonthDay date) {
  constexpr int kLeapYear = 2000;
  const absl::CivilDay day(kLeapYear, date.month, date.day);
  return day.year() == kLeapYear && day.month() == date.month && day.day() == date.day;
}

bool Covers(const Season& season, absl::CivilDay day) {
  const MonthDay date{day.month(), day.day()};
  if (season.from <= season.to) return season.from <= date && date <= season.to;
  return date >= season.from || date <= season.to;
}

bool HasHours(const CalendarRules& rules, int weekday) {
  return rules.weekly[weekday].has_value() && !rules.weekly[weekday]->empty();
}

std::optional<int> NormalWorkingWeekday(const CalendarRules& rules) {
  for (int weekday = 0; weekday < 7; ++weekday) {
    if (HasHours(rules, weekday)) return weekday;
  }
  return std::nullopt;
}

// The hours of `day` if it were the given weekday and nothing were dated.
DayHours ResolveWeekday(const CalendarRules& rules, absl::CivilDay day, int weekday) {
  if (!HasHours(rules, weekday)) return {};
  for (const Season& season : rules.seasons) {
    if (season.weekdays[weekday] && Covers(season, day)) {
      return {DayReason::kSeason, season.name, season.intervals};
    }
  }
  return {DayReason::kWeekday, {}, *rules.weekly[weekday]};
}

absl::Status CheckSeasons(const CalendarRules& rules) {
  std::set<std::string_view> names;
  for (const Season& season : rules.seasons) {
    const std::string where = absl::StrCat("season ", season.name);
    if (!season.name.empty() && !names.insert(season.name).second)
      return Refuse(rules, where, "stated twice");
    if (!IsMonthDay(season.from) || !IsMonthDay(season.to)) {
      return Refuse(rules, where, "begins or ends on no date of the year");
    }
    if (season.intervals.empty()) return Refuse(rules, where, "has no hours");
    if (auto status = CheckIntervals(rules, where, season.intervals); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckOverrides(const CalendarRules& rules) {
  std::set<absl::CivilDay> dates;
  for (const DatedOverride& dated : rules.overrides) {
    const std::string where = absl::FormatCivilTime(dated.date);
    if (!dates.insert(dated.date).second) return Refuse(rules, where, "overridden twice");
    if ((dated.kind == OverrideKind::kHours) == dated.intervals.empty()) {
      return Refuse(rules, where, "explicit hours, and only they, have intervals");
    }
    if (dated.kind == OverrideKind::kMakeUpWorkday && !NormalWorkingWeekday(rules)) {
      return Refuse(rules, where, "a make-up workday, but no weekday has hours");
    }
    if (auto status = CheckIntervals(rules, where, dated.intervals); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

CalendarRules Merge(const CalendarRules& parent, const CalendarRules& child) {
  CalendarRules merged = child;
  for (int weekday = 0; weekday < 7; ++weekday) {
    if (!child.weekly[weekday]) merged.weekly[weekday] = parent.weekly[weekday];
  }
  for (Season season : parent.seasons) {
    const auto same_name = [&](const Season& own) {
      return !own.name.empty() && own.name == season.name;
    };
    if (std::any_of(child.seasons.begin(), child.seasons.end(), same_name)) continue;
    for (int weekday = 0; weekday < 7; ++weekday) {
      if (child.weekly[weekday]) season.weekdays[weekday] = false;
    }
    merged.seasons.push_back(std::move(season));
  }
  std::set<absl::CivilDay> own_dates;
  for (const DatedOverride& dated : child.overrides) own_dates.insert(dated.date);
  for (const DatedOverride& dated : parent.overrides) {
    if (!own_dates.contains(dated.date)) merged.overrides.push_back(dated);
  }
  if (!merged.published_from) merged.published_from = parent.published_from;
  if (!merged.published_to) merged.published_to = parent.published_to;
  return merged;
}

absl::Status Validate(const CalendarRules& rules) {
  if (!rules.published_from || !rules.published_to || *rules.published_to < *rules.published_from) {
    return Refuse(rules, "published range", "missing or reversed");
  }
  for (int weekday = 0; weekday < 7; ++weekday) {
    if (!rules.weekly[weekday]) continue;
    const std::string where = absl::StrCat("weekday ", weekday + 1);
    if (auto status = CheckIntervals(rules, where, *rules.weekly[weekday]); !status.ok()) {
      return status;
    }
  }
  if (auto status = CheckSeasons(rules); !status.ok()) return status;
  return CheckOverrides(rules);
}

std::string_view ToString(DayReason reason) {
  switch (reason) {
    case DayReason::kWeekday:
      return "weekday";
    case DayReason::kRestDay:
      return "rest day";
    case DayReason::kSeason:
      return "season";
    case DayReason::kHoliday:
      return "holiday";
    case DayReason::kMakeUpWorkday:
      return "make-up workday";
    case DayReason::kOwnHours:
      return "own hours";
  }
  return "unknown";
}

DayHours ResolveDay(const CalendarRules& rules, absl::CivilDay day, const DatedOverride* dated) {
  if (dated == nullptr) return ResolveWeekday(rules, day, WeekdayIndex(absl::GetWeekday(day)));
  switch (dated->kind) {
    case OverrideKind::kHoliday:
      return {DayReason::kHoliday, dated->name, {}};
    case OverrideKind::kHours:
      return {DayReason::kOwnHours, dated->name, dated->intervals};
    case OverrideKind::kMakeUpWorkday: {
      const int normal = NormalWorkingWeekday(rules).value_or(0);
      return {DayReason::kMakeUpWorkday, dated->name, ResolveWeekday(rules, day, normal).intervals};
    }
  }
  return {};
}

}  // namespace tierline
