// Laws of working time over every published year of the pack, 2004-2026.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>  // needs gtest before it

#include <fstream>
#include <string>

#include "base/business_calendar.h"
#include "calendar_2009.h"

namespace tierline {
namespace {

using year2009::Beijing;

CalendarRules PackRules() {
  const std::string path = std::string(TIERLINE_SOURCE_DIR) + "/deploy/packs/12371/calendar.csv";
  std::ifstream file(path);
  if (!file) ADD_FAILURE() << "cannot read " << path;
  CalendarRules rules = year2009::WeekOf(year2009::OfficeHours());
  rules.published_from = absl::CivilDay(2004, 1, 1);
  rules.published_to = absl::CivilDay(2026, 12, 31);
  std::string line;
  std::getline(file, line);  // date,kind,name
  while (std::getline(file, line)) {
    const size_t kind_at = line.find(',') + 1;
    const size_t name_at = line.find(',', kind_at) + 1;
    const std::string kind = line.substr(kind_at, name_at - kind_at - 1);
    DatedOverride one;
    EXPECT_TRUE(absl::ParseCivilTime(line.substr(0, kind_at - 1), &one.date)) << line;
    EXPECT_TRUE(kind == "holiday" || kind == "workday") << line;
    one.kind = kind == "workday" ? OverrideKind::kMakeUpWorkday : OverrideKind::kHoliday;
    one.name = line.substr(name_at);
    rules.overrides.push_back(one);
  }
  return rules;
}

const BusinessCalendar& Pack() {
  static const auto* const calendar =
      new BusinessCalendar(BusinessCalendar::Create(PackRules(), Beijing()).value());
  return *calendar;
}

absl::Time At(int year, int month, int day) {
  return absl::FromCivil(absl::CivilDay(year, month, day), Beijing());
}

// Half of the instants and limits are whole quarters of an hour: boundaries come up often.
rc::Gen<int64_t> MillisBelow(int64_t end_ms) {
  constexpr int64_t kQuarterMs = 15 * 60 * 1000;
  return rc::gen::oneOf(rc::gen::inRange<int64_t>(0, end_ms),
                        rc::gen::map(rc::gen::inRange<int64_t>(0, end_ms / kQuarterMs),
                                     [](int64_t quarters) { return quarters * kQuarterMs; }));
}

absl::Time AnyInstant() {
  static const absl::Time begin = At(2004, 1, 1);
  const int64_t range_ms = absl::ToInt64Milliseconds(At(2027, 1, 1) - begin);
  return begin + absl::Milliseconds(*rc::gen::resize(1000, MillisBelow(range_ms)));
}

absl::Duration AnyLimit() {
  constexpr int64_t kHundredHoursMs = 100 * 3600 * 1000;
  return absl::Milliseconds(*rc::gen::resize(1000, MillisBelow(kHundredHoursMs)));
}

absl::Time Add(absl::Time from, absl::Duration limit) {
  return Pack().AddWorking(from, limit).value().at;
}

absl::Duration Worked(absl::Time from, absl::Time to) {
  return Pack().Worked(from, to).value().duration;
}

TEST(BusinessCalendarProperty, ThePackKnowsTheMakeUpDaysOf2009) {
  for (const absl::Time day : {At(2009, 5, 31), At(2009, 9, 27), At(2009, 10, 10)}) {
    EXPECT_TRUE(Pack().IsWorking(day + absl::Hours(9)).value()) << day;
  }
}

// Both rest on the same list, one written out and one read.
TEST(BusinessCalendarProperty, ThePackAndTheNoticeOf2009Agree) {
  const auto notice = BusinessCalendar::Create(year2009::Rules2009(), Beijing()).value();
  for (absl::CivilDay day(2009, 1, 1); day.year() == 2009; ++day) {
    EXPECT_EQ(notice.IntervalsOn(day).value(), Pack().IntervalsOn(day).value()) << day;
  }
}

RC_GTEST_PROP(BusinessCalendarProperty, ALaterStartIsNeverDueEarlier, ()) {
  const absl::Time one = AnyInstant();
  const absl::Time other = AnyInstant();
  const absl::Duration limit = AnyLimit();
  const int days = *rc::gen::inRange(0, 60);
  const auto [early, late] = std::minmax(one, other);
  RC_ASSERT(Add(early, limit) <= Add(late, limit));
  RC_ASSERT(Pack().AddWorkingDays(early, days)->at <= Pack().AddWorkingDays(late, days)->at);
  RC_ASSERT(Pack().NextOpening(early)->at <= Pack().NextOpening(late)->at);
}

RC_GTEST_PROP(BusinessCalendarProperty, ALongerLimitIsNeverDueEarlier, ()) {
  const absl::Time from = AnyInstant();
  const absl::Duration limit = AnyLimit();
  RC_ASSERT(from <= Add(from, limit));
  RC_ASSERT(Add(from, limit) <= Add(from, limit + AnyLimit()));
  const int days = *rc::gen::inRange(0, 60);
  RC_ASSERT(Pack().AddWorkingDays(from, days)->at <= Pack().AddWorkingDays(from, days + 1)->at);
}

RC_GTEST_PROP(BusinessCalendarProperty, LimitsAdd, ()) {
  const absl::Time from = AnyInstant();
  const absl::Duration first = AnyLimit();
  const absl::Duration second = AnyLimit();
  RC_ASSERT(Add(Add(from, first), second) == Add(from, first + second));
}

RC_GTEST_PROP(BusinessCalendarProperty, WorkedTimesAdd, ()) {
  const absl::Time a = AnyInstant();
  const absl::Time b = AnyInstant();
  const absl::Time c = AnyInstant();
  RC_ASSERT(Worked(a, b) + Worked(b, c) == Worked(a, c));
  RC_ASSERT(Worked(a, b) == -Worked(b, a));
}

RC_GTEST_PROP(BusinessCalendarProperty, ALimitIsWorkedExactlyWhenItIsDue, ()) {
  const absl::Time from = AnyInstant();
  const absl::Duration limit = AnyLimit();
  const absl::Time due = Add(from, limit);
  RC_ASSERT(Worked(from, due) == limit);
  if (limit > absl::ZeroDuration()) {  // and not a moment earlier
    RC_ASSERT(Pack().IsWorking(due - absl::Nanoseconds(1)).value());
  }
}

RC_GTEST_PROP(BusinessCalendarProperty, TheNextOpeningIsTheFirstWorkingInstant, ()) {
  const absl::Time at = AnyInstant();
  const absl::Time opening = Pack().NextOpening(at)->at;
  RC_ASSERT(opening >= at);
  RC_ASSERT(Pack().IsWorking(opening).value());
  RC_ASSERT(Worked(at, opening) == absl::ZeroDuration());
}

// The plain definition, day by day, against the index.
RC_GTEST_PROP(BusinessCalendarProperty, DayLimitsAgreeWithCountingOnTheFingers, ()) {
  const absl::Time from = AnyInstant();
  const int days = *rc::gen::inRange(1, 60);
  absl::CivilDay day = absl::ToCivilDay(from, Beijing());
  for (int left = days; left > 0;) {
    if (!Pack().IntervalsOn(++day).value().empty()) --left;
  }
  const absl::Time close =
      absl::FromCivil(absl::CivilSecond(day) + Pack().IntervalsOn(day)->back().end_s, Beijing());
  RC_ASSERT(Pack().AddWorkingDays(from, days)->at == close);
}

RC_GTEST_PROP(BusinessCalendarProperty, ExplanationsAddUpToTheLimit, ()) {
  const absl::Time from = AnyInstant();
  const absl::Duration limit = AnyLimit();
  const Timeline hours = Pack().ExplainAddWorking(from, limit).value();
  absl::Duration sum;
  for (const TimelineStep& step : hours.steps) sum += step.counted;
  RC_ASSERT(sum == limit);
  RC_ASSERT(hours.due.at == Add(from, limit));
  const int days = *rc::gen::inRange(1, 60);
  const Timeline counted = Pack().ExplainAddWorkingDays(from, days).value();
  RC_ASSERT(counted.steps.back().day_number == days);
  RC_ASSERT(counted.steps.back().end == counted.due.at);
}

}  // namespace
}  // namespace tierline
