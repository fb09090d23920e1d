#include "base/business_calendar.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace tierline {
namespace {

constexpr int kHorizonDaysMax = 36'525;  // a century: a typing error in a year must not cost memory

// The instant of a second of the local day. A local time that the zone skips (summer time begins)
// is the instant of the skip, one that comes twice is the first: so order is kept, always.
absl::Time InstantOf(absl::CivilDay day, int second_of_day, absl::TimeZone zone) {
  const auto info = zone.At(absl::CivilSecond(day) + second_of_day);
  return info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre;
}

// The index of `value` in `pool`, added if new. Pools are short and searched at build time only.
template <typename T, typename U>
uint16_t Intern(std::vector<T>& pool, const U& value) {
  const auto equal = [&](const T& one) {
    return std::equal(one.begin(), one.end(), value.begin(), value.end());
  };
  auto found = std::find_if(pool.begin(), pool.end(), equal);
  if (found == pool.end()) found = pool.insert(pool.end(), T(value.begin(), value.end()));
  return static_cast<uint16_t>(found - pool.begin());
}

}  // namespace

absl::StatusOr<BusinessCalendar> BusinessCalendar::Create(const CalendarRules& rules,
                                                          absl::TimeZone zone) {
  if (auto status = Validate(rules); !status.ok()) return status;
  BusinessCalendar calendar;
  calendar.id_ = rules.id;
  calendar.zone_ = zone;
  calendar.first_day_ = *rules.published_from;
  calendar.last_day_ = absl::CivilDay(rules.published_to->year() + kYearsBeyondPublished, 12, 31);
  calendar.horizon_begin_ = InstantOf(calendar.first_day_, 0, zone);
  calendar.horizon_end_ = InstantOf(calendar.last_day_ + 1, 0, zone);
  calendar.published_end_ = InstantOf(*rules.published_to + 1, 0, zone);
  if (auto status = calendar.Build(rules); !status.ok()) return status;
  return calendar;
}

absl::Status BusinessCalendar::Build(const CalendarRules& rules) {
  const auto refuse = [&](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat("calendar ", id_, ": ", why, " (R-114)"));
  };
  if (last_day_ - first_day_ >= kHorizonDaysMax) return refuse("spans more than a century");
  std::map<absl::CivilDay, const DatedOverride*> dated;
  for (const DatedOverride& one : rules.overrides) {
    if (one.date < first_day_ || one.date > last_day_) {
      return refuse(absl::StrCat(absl::FormatCivilTime(one.date), " is outside the horizon"));
    }
    dated[one.date] = &one;
  }
  if (rules.overrides.size() + rules.seasons.size() >= std::numeric_limits<uint16_t>::max()) {
    return refuse("too many overrides and seasons");
  }
  for (absl::CivilDay day = first_day_; day <= last_day_; ++day) {
    const auto found = dated.find(day);
    AppendDay(ResolveDay(rules, day, found == dated.end() ? nullptr : found->second), day);
  }
  AppendDay({}, last_day_ + 1);
  if (workdays_.empty()) return refuse("no working day in horizon");
  return absl::OkStatus();
}

void BusinessCalendar::AppendDay(const DayHours& hours, absl::CivilDay day) {
  days_.push_back({.first_span = static_cast<int32_t>(spans_.size()),
                   .workdays_before = static_cast<int32_t>(workdays_.size()),
                   .intervals_index = Intern(intervals_, hours.intervals),
                   .name_index = Intern(names_, hours.name),
                   .reason = hours.reason});
  for (const DayInterval& interval : hours.intervals) {
    const int64_t begin_s = absl::ToUnixSeconds(InstantOf(day, interval.begin_s, zone_));
    const int64_t end_s = absl::ToUnixSeconds(InstantOf(day, interval.end_s, zone_));
    if (begin_s == end_s) continue;  // skipped by the zone altogether
    int64_t worked_s = 0;
    if (!spans_.empty()) {
      const WorkSpan& last = spans_.back();
      worked_s = last.worked_before_s + (last.end_s - last.begin_s);
    }
    spans_.push_back({begin_s, end_s, worked_s});
  }
  if (static_cast<size_t>(days_.back().first_span) < spans_.size()) {
    workdays_.push_back(static_cast<int32_t>(days_.size() - 1));
  }
}

absl::Status BusinessCalendar::CheckHorizon(absl::Time at) const {
  if (at >= horizon_begin_ && at < horizon_end_) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat(
      "calendar ", id_, ": ", absl::FormatTime(absl::RFC3339_full, at, zone_), " is outside ",
      absl::FormatCivilTime(first_day_), "..", absl::FormatCivilTime(last_day_), " (R-114)"));
}

absl::Status BusinessCalendar::Exhausted() const {
  return absl::OutOfRangeError(absl::StrCat("calendar ", id_, ": not enough working time before ",
                                            absl::FormatCivilTime(last_day_), " ends (R-114)"));
}

// `at` may be the very end of the last published day, which still rests on published days only.
CalendarInstant BusinessCalendar::Answer(absl::Time from, absl::Time at) const {
  return {at, IsProvisional(from) || at > published_end_};
}

int BusinessCalendar::RowOf(absl::Time at) const {
  return static_cast<int>(absl::ToCivilDay(at, zone_) - first_day_);
}

size_t BusinessCalendar::FirstSpanAfter(absl::Time at) const {
  const int64_t at_s = absl::ToUnixSeconds(at);
  const auto after =
      std::upper_bound(spans_.begin(), spans_.end(), at_s,
                       [](int64_t s, const WorkSpan& one) { return s < one.begin_s; });
  return after - spans_.begin();
}

absl::Duration BusinessCalendar::WorkedUntil(absl::Time at) const {
  const size_t after = FirstSpanAfter(at);
  if (after == 0) return absl::ZeroDuration();
  const WorkSpan& span = spans_[after - 1];
  const absl::Time end = std::min(at, absl::FromUnixSeconds(span.end_s));
  return absl::Seconds(span.worked_before_s) + (end - absl::FromUnixSeconds(span.begin_s));
}

absl::Time BusinessCalendar::Close(int row) const {
  return absl::FromUnixSeconds(spans_[days_[row + 1].first_span - 1].end_s);
}

absl::StatusOr<bool> BusinessCalendar::IsWorking(absl::Time at) const {
  if (auto status = CheckHorizon(at); !status.ok()) return status;
  const size_t after = FirstSpanAfter(at);
  return after > 0 && at < absl::FromUnixSeconds(spans_[after - 1].end_s);
}

absl::StatusOr<CalendarInstant> BusinessCalendar::NextOpening(absl::Time at) const {
  const auto working = IsWorking(at);
  if (!working.ok()) return working.status();
  if (*working) return Answer(at, at);
  const size_t after = FirstSpanAfter(at);
  if (after == spans_.size()) return Exhausted();
  const absl::Time opening = absl::FromUnixSeconds(spans_[after].begin_s);
  return CalendarInstant{opening, IsProvisional(opening)};
}

absl::StatusOr<CalendarInstant> BusinessCalendar::AddWorking(absl::Time from,
                                                             absl::Duration limit) const {
  if (auto status = CheckHorizon(from); !status.ok()) return status;
  if (limit < absl::ZeroDuration() || limit == absl::InfiniteDuration()) {
    return absl::InvalidArgumentError("limit: must be finite and not negative (R-403)");
  }
  if (limit == absl::ZeroDuration()) return Answer(from, from);
  const absl::Duration target = WorkedUntil(from) + limit;
  const auto span = std::partition_point(spans_.begin(), spans_.end(), [&](const WorkSpan& one) {
    return absl::Seconds(one.worked_before_s + (one.end_s - one.begin_s)) < target;
  });
  if (span == spans_.end()) return Exhausted();
  return Answer(
      from, absl::FromUnixSeconds(span->begin_s) + (target - absl::Seconds(span->worked_before_s)));
}

absl::StatusOr<CalendarInstant> BusinessCalendar::AddWorkingDays(absl::Time from, int days) const {
  if (auto status = CheckHorizon(from); !status.ok()) return status;
  if (days < 0) return absl::InvalidArgumentError("days: must not be negative (R-403)");
  const int row = RowOf(from);
  int64_t index = days_[row].workdays_before + int64_t{days};  // into workdays_
  if (days == 0) {
    if (HasWork(row) && from >= Close(row)) ++index;
  } else if (!HasWork(row)) {
    --index;  // the first day is excluded anyway
  }
  if (index >= static_cast<int64_t>(workdays_.size())) return Exhausted();
  return Answer(from, Close(workdays_[index]));
}

absl::StatusOr<WorkedTime> BusinessCalendar::Worked(absl::Time from, absl::Time to) const {
  for (const absl::Time at : {from, to}) {
    if (auto status = CheckHorizon(at); !status.ok()) return status;
  }
  const bool provisional = std::max(from, to) > published_end_;
  return WorkedTime{WorkedUntil(to) - WorkedUntil(from), provisional};
}

absl::StatusOr<absl::Span<const DayInterval>> BusinessCalendar::IntervalsOn(
    absl::CivilDay day) const {
  if (day < first_day_ || day > last_day_) return CheckHorizon(InstantOf(day, 0, zone_));
  return absl::MakeConstSpan(intervals_[days_[day - first_day_].intervals_index]);
}

TimelineStep BusinessCalendar::StepOf(int row) const {
  TimelineStep step;
  step.day = first_day_ + row;
  step.reason = days_[row].reason;
  step.name = names_[days_[row].name_index];
  step.begin = step.end = InstantOf(step.day, 0, zone_);
  step.provisional = IsProvisional(step.begin);
  return step;
}

absl::StatusOr<Timeline> BusinessCalendar::ExplainAddWorking(absl::Time from,
                                                             absl::Duration limit) const {
  const auto due = AddWorking(from, limit);
  if (!due.ok()) return due.status();
  Timeline timeline{*due, {}};
  const int rows = static_cast<int>(days_.size()) - 1;
  for (int row = RowOf(from); row < rows; ++row) {
    TimelineStep step = StepOf(row);
    if (step.begin >= due->at) break;
    if (!HasWork(row)) timeline.steps.push_back(step);
    for (int span = days_[row].first_span; span < days_[row + 1].first_span; ++span) {
      step.begin = std::max(from, absl::FromUnixSeconds(spans_[span].begin_s));
      step.end = std::min(due->at, absl::FromUnixSeconds(spans_[span].end_s));
      step.counted = step.end - step.begin;
      if (step.counted > absl::ZeroDuration()) timeline.steps.push_back(step);
    }
  }
  return timeline;
}

absl::StatusOr<Timeline> BusinessCalendar::ExplainAddWorkingDays(absl::Time from, int days) const {
  const auto due = AddWorkingDays(from, days);
  if (!due.ok()) return due.status();
  Timeline timeline{*due, {}};
  const int first_row = RowOf(from);
  int number = 0;
  for (int row = first_row;; ++row) {
    TimelineStep step = StepOf(row);
    if (HasWork(row)) {
      step.begin = absl::FromUnixSeconds(spans_[days_[row].first_span].begin_s);
      step.end = Close(row);
      if (row > first_row && days > 0) step.day_number = ++number;
    }
    timeline.steps.push_back(step);
    if (HasWork(row) && step.end == due->at) return timeline;
  }
}

}  // namespace tierline
