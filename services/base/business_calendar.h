// Working time of an office: is it open, when does it open, when is a limit due, how long was
// worked, and why.
//
// Compiled once from rules (calendar_rules.h) and the zone of the pack; immutable, so any number
// of threads may ask. Questions cost O(log n) in the intervals of the horizon and allocate nothing
// unless they fail or explain.
//
//     days    0          1          2 ...            one row per day of the horizon
//     spans   [b,e)[b,e) [b,e)[b,e)                  real instants, with the work done before each
//
// Example: Friday 17:20 before a long weekend, a quarter of an hour.
//
//     auto calendar = BusinessCalendar::Create(rules, zone);
//     auto due = calendar->AddWorking(friday_17_20, absl::Minutes(15));   // Tuesday 08:35
//
// Everything is half-open: at the instant of closing the office is shut. A limit that runs out at
// that instant is nevertheless due then, not at the next opening, and an answer given at the due
// instant is on time.
//
// The horizon runs from the first day with a published holiday list to the end of the tenth year
// after the last. A question that leaves it fails with OutOfRange, naming the calendar; an answer
// that rests on a day without a published list is marked provisional, to be confirmed later.
#ifndef TIERLINE_BASE_BUSINESS_CALENDAR_H_
#define TIERLINE_BASE_BUSINESS_CALENDAR_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/calendar_rules.h"

namespace tierline {

struct CalendarInstant {
  absl::Time at;
  bool provisional = false;
};

struct WorkedTime {
  absl::Duration duration;
  bool provisional = false;
};

// One line of an explanation: what a stretch of a day added to the limit.
struct TimelineStep {
  absl::CivilDay day;
  DayReason reason = DayReason::kRestDay;
  std::string name;  // of the holiday or season, if any
  absl::Time begin;  // the stretch that counted; on a day without work both are its start
  absl::Time end;
  absl::Duration counted;  // hour limits: end - begin
  int day_number = 0;      // day limits: 1 for the first day that counts, 0 for one that does not
  bool provisional = false;
};

struct Timeline {
  CalendarInstant due;
  std::vector<TimelineStep> steps;  // in order; the counted ones sum to the limit
};

class BusinessCalendar {
 public:
  static constexpr int kYearsBeyondPublished = 10;

  // InvalidArgument if the rules are not valid, leave no working day in the horizon, span more
  // than a century, or override a date outside the horizon.
  static absl::StatusOr<BusinessCalendar> Create(const CalendarRules& rules, absl::TimeZone zone);

  absl::StatusOr<bool> IsWorking(absl::Time at) const;

  // The first working instant at or after `at`: `at` itself while the office is open, the next
  // opening at the exact instant of closing.
  absl::StatusOr<CalendarInstant> NextOpening(absl::Time at) const;

  // An hour limit: the first instant at which `limit` has been worked since `from`; the clock
  // starts at once, or at the next opening. A zero limit is due at `from`. Negative or infinite:
  // InvalidArgument. AddWorking(AddWorking(t, a), b) == AddWorking(t, a + b).
  absl::StatusOr<CalendarInstant> AddWorking(absl::Time from, absl::Duration limit) const;

  // A day limit: the close of the `days`-th working day after the day of `from`. 0 is the same day:
  // the close of the first working day that still has working time at or after `from`. Negative:
  // InvalidArgument.
  absl::StatusOr<CalendarInstant> AddWorkingDays(absl::Time from, int days) const;

  // Working time in [from, to); negative if `to` is earlier.
  absl::StatusOr<WorkedTime> Worked(absl::Time from, absl::Time to) const;

  // Valid as long as the calendar. Empty on a day without work.
  absl::StatusOr<absl::Span<const DayInterval>> IntervalsOn(absl::CivilDay day) const;

  // The answers of AddWorking and AddWorkingDays with the timeline of how they came about.
  absl::StatusOr<Timeline> ExplainAddWorking(absl::Time from, absl::Duration limit) const;
  absl::StatusOr<Timeline> ExplainAddWorkingDays(absl::Time from, int days) const;

  // True for instants of days whose holiday list is not published.
  bool IsProvisional(absl::Time at) const { return at >= published_end_; }

  const std::string& id() const { return id_; }
  absl::TimeZone zone() const { return zone_; }
  absl::CivilDay first_day() const { return first_day_; }
  absl::CivilDay last_day() const { return last_day_; }

 private:
  // Unix seconds; worked_before_s counts from the start of the horizon.
  struct WorkSpan {
    int64_t begin_s;
    int64_t end_s;
    int64_t worked_before_s;
  };

  struct DayRow {
    int32_t first_span;  // spans of the day: up to first_span of the next row
    int32_t workdays_before;
    uint16_t intervals_index;
    uint16_t name_index;
    DayReason reason;
  };

  BusinessCalendar() = default;

  absl::Status Build(const CalendarRules& rules);
  void AppendDay(const DayHours& hours, absl::CivilDay day);
  absl::Status CheckHorizon(absl::Time at) const;
  absl::Status Exhausted() const;
  CalendarInstant Answer(absl::Time from, absl::Time at) const;

  int RowOf(absl::Time at) const;
  size_t FirstSpanAfter(absl::Time at) const;
  absl::Duration WorkedUntil(absl::Time at) const;
  bool HasWork(int row) const { return days_[row].first_span < days_[row + 1].first_span; }
  absl::Time Close(int row) const;
  TimelineStep StepOf(int row) const;

  std::string id_;
  absl::TimeZone zone_;
  absl::CivilDay first_day_;
  absl::CivilDay last_day_;
  absl::Time horizon_begin_;
  absl::Time horizon_end_;
  absl::Time published_end_;
  std::vector<DayRow> days_;  // one more than there are days, to bound the last
  std::vector<WorkSpan> spans_;
  std::vector<int32_t> workdays_;        // rows of the days with work
  std::vector<DayIntervals> intervals_;  // distinct ones; few
  std::vector<std::string> names_;
};

}  // namespace tierline

#endif  // TIERLINE_BASE_BUSINESS_CALENDAR_H_
