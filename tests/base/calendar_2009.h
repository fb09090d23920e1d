// The working year 2009 of the mainland: the notice of the State Council for 2009, written out, so
// that the published vectors stand on their own.
#ifndef TIERLINE_TESTS_BASE_CALENDAR_2009_H_
#define TIERLINE_TESTS_BASE_CALENDAR_2009_H_

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "base/calendar_rules.h"

namespace tierline::year2009 {

constexpr int Hm(int hour, int minute) { return hour * 3600 + minute * 60; }

// 8:30-12:00 and 14:30-17:30.
inline DayIntervals OfficeHours() { return {{Hm(8, 30), Hm(12, 0)}, {Hm(14, 30), Hm(17, 30)}}; }

inline CalendarRules WeekOf(const DayIntervals& hours) {
  CalendarRules rules;
  rules.id = "test";
  for (int weekday = 0; weekday < 5; ++weekday) rules.weekly[weekday] = hours;
  return rules;
}

inline CalendarRules Rules2009() {
  CalendarRules rules = WeekOf(OfficeHours());
  rules.published_from = absl::CivilDay(2009, 1, 1);
  rules.published_to = absl::CivilDay(2009, 12, 31);
  struct Stretch {
    int month, first, last;
    OverrideKind kind;
    const char* name;
  };
  constexpr auto kOff = OverrideKind::kHoliday;
  constexpr auto kOn = OverrideKind::kMakeUpWorkday;
  for (const Stretch& one : std::vector<Stretch>{{1, 1, 3, kOff, "元旦"},
                                                 {1, 4, 4, kOn, "元旦"},
                                                 {1, 24, 24, kOn, "春节"},
                                                 {1, 25, 31, kOff, "春节"},
                                                 {2, 1, 1, kOn, "春节"},
                                                 {4, 4, 6, kOff, "清明"},
                                                 {5, 1, 3, kOff, "劳动节"},
                                                 {5, 28, 30, kOff, "端午"},
                                                 {5, 31, 31, kOn, "端午"},
                                                 {9, 27, 27, kOn, "国庆节"},
                                                 {10, 1, 8, kOff, "国庆节"},
                                                 {10, 10, 10, kOn, "国庆节"}}) {
    for (int day = one.first; day <= one.last; ++day) {
      rules.overrides.push_back({absl::CivilDay(2009, one.month, day), one.kind, one.name, {}});
    }
  }
  return rules;
}

// Asia/Shanghai since 1991, without the need of a zone database.
inline absl::TimeZone Beijing() { return absl::FixedTimeZone(8 * 3600); }

}  // namespace tierline::year2009

#endif  // TIERLINE_TESTS_BASE_CALENDAR_2009_H_
