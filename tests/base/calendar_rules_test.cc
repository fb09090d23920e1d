#include "base/calendar_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "calendar_2009.h"

namespace tierline {
namespace {

using year2009::Hm;
using year2009::OfficeHours;
using year2009::Rules2009;
using year2009::WeekOf;

const DayIntervals kSummer = {{Hm(10, 0), Hm(14, 0)}, {Hm(16, 0), Hm(20, 0)}};
const DayIntervals kWinter = {{Hm(10, 0), Hm(14, 0)}, {Hm(15, 30), Hm(19, 30)}};

// A province of the far west: Beijing time, hours of its own by season, a holiday of its own.
CalendarRules Province() {
  CalendarRules own;
  own.id = "650000";
  own.seasons = {{"summer", {5, 1}, {9, 30}, kSummer}, {"winter", {10, 1}, {4, 30}, kWinter}};
  own.overrides = {{absl::CivilDay(2009, 9, 21), OverrideKind::kHoliday, "肉孜节", {}}};
  return Merge(Rules2009(), own);
}

DayIntervals On(const CalendarRules& rules, int month, int day) {
  const absl::CivilDay date(2009, month, day);
  const DatedOverride* dated = nullptr;
  for (const DatedOverride& one : rules.overrides) {
    if (one.date == date) dated = &one;
  }
  const auto intervals = ResolveDay(rules, date, dated).intervals;
  return {intervals.begin(), intervals.end()};
}

// R-114, case 30
TEST(CalendarRules, SeasonsReplaceTheHoursOfWorkingDaysOnly) {
  const CalendarRules rules = Province();
  ASSERT_TRUE(Validate(rules).ok()) << Validate(rules);
  EXPECT_EQ(On(rules, 4, 30), kWinter);
  EXPECT_EQ(On(rules, 5, 4), kSummer);
  EXPECT_EQ(On(rules, 9, 30), kSummer);
  EXPECT_EQ(On(rules, 12, 31), kWinter);
  EXPECT_EQ(On(rules, 5, 31), kSummer);         // a make-up Sunday, in season
  EXPECT_EQ(On(rules, 5, 24), DayIntervals{});  // a Sunday
  EXPECT_EQ(On(rules, 5, 28), DayIntervals{});  // inherited holiday
  EXPECT_EQ(On(rules, 9, 21), DayIntervals{});  // own holiday
}

TEST(CalendarRules, AChildsWeekdayReplacesTheParentsSeasonsOnThatWeekday) {
  CalendarRules county;
  county.weekly[WeekdayIndex(absl::Weekday::friday)] = DayIntervals{{Hm(10, 0), Hm(13, 30)}};
  const CalendarRules rules = Merge(Province(), county);
  EXPECT_EQ(On(rules, 5, 8), (DayIntervals{{Hm(10, 0), Hm(13, 30)}}));
  EXPECT_EQ(On(rules, 5, 7), kSummer);
}

TEST(CalendarRules, AChildsSeasonOfTheSameNameReplacesTheParents) {
  CalendarRules county;
  const DayIntervals own = {{Hm(10, 0), Hm(13, 30)}, {Hm(16, 30), Hm(20, 0)}};
  county.seasons = {{"summer", {5, 1}, {9, 30}, own}};
  const CalendarRules rules = Merge(Province(), county);
  EXPECT_EQ(rules.seasons.size(), 2u);
  EXPECT_EQ(On(rules, 5, 8), own);
  EXPECT_EQ(On(rules, 12, 31), kWinter);
}

TEST(CalendarRules, AChildsUnnamedSeasonComesBeforeTheParents) {
  CalendarRules parent = Province();
  for (Season& season : parent.seasons) season.name.clear();
  CalendarRules county;
  const DayIntervals own = {{Hm(9, 0), Hm(12, 0)}};
  county.seasons = {{"", {7, 1}, {7, 31}, own}};
  const CalendarRules rules = Merge(parent, county);
  ASSERT_TRUE(Validate(rules).ok()) << Validate(rules);
  EXPECT_EQ(On(rules, 7, 31), own);
  EXPECT_EQ(On(rules, 8, 3), kSummer);
}

TEST(CalendarRules, AChildsDateReplacesTheParents) {
  CalendarRules duty;
  duty.overrides = {
      {absl::CivilDay(2009, 10, 1), OverrideKind::kHours, "值班", {{Hm(9, 0), Hm(11, 0)}}},
      {absl::CivilDay(2009, 10, 10), OverrideKind::kHoliday, "", {}}};
  const CalendarRules rules = Merge(Rules2009(), duty);
  ASSERT_TRUE(Validate(rules).ok()) << Validate(rules);
  EXPECT_EQ(On(rules, 10, 1), (DayIntervals{{Hm(9, 0), Hm(11, 0)}}));
  EXPECT_EQ(On(rules, 10, 10), DayIntervals{});
  EXPECT_EQ(On(rules, 10, 9), OfficeHours());
}

TEST(CalendarRules, AWeekdayStatedEmptyIsARestDay) {
  CalendarRules office;
  office.weekly[WeekdayIndex(absl::Weekday::monday)] = DayIntervals{};
  const CalendarRules rules = Merge(Rules2009(), office);
  EXPECT_EQ(On(rules, 5, 11), DayIntervals{});
  EXPECT_EQ(On(rules, 5, 31), OfficeHours());  // a make-up day copies Tuesday
}

TEST(CalendarRules, RefusesWhatIsNotADaysHours) {
  for (const DayIntervals& bad :
       std::vector<DayIntervals>{{{Hm(8, 0), Hm(12, 0)}, {Hm(11, 0), Hm(17, 0)}},
                                 {{Hm(14, 0), Hm(17, 0)}, {Hm(8, 0), Hm(12, 0)}},
                                 {{-1, Hm(12, 0)}},
                                 {{Hm(8, 0), kDaySeconds + 1}},
                                 {{Hm(8, 0), Hm(8, 0)}},
                                 {{Hm(12, 0), Hm(8, 0)}}}) {
    CalendarRules weekly = Rules2009();
    weekly.weekly[2] = bad;
    EXPECT_TRUE(absl::IsInvalidArgument(Validate(weekly)));
    CalendarRules seasonal = Rules2009();
    seasonal.seasons = {{"s", {5, 1}, {9, 30}, bad}};
    EXPECT_TRUE(absl::IsInvalidArgument(Validate(seasonal)));
    CalendarRules dated = Rules2009();
    dated.overrides.push_back({absl::CivilDay(2009, 3, 9), OverrideKind::kHours, "", bad});
    EXPECT_TRUE(absl::IsInvalidArgument(Validate(dated)));
  }
}

TEST(CalendarRules, AcceptsIntervalsThatTouchAndAWholeDay) {
  CalendarRules rules = Rules2009();
  rules.weekly[0] = DayIntervals{{0, Hm(12, 0)}, {Hm(12, 0), kDaySeconds}};
  EXPECT_TRUE(Validate(rules).ok()) << Validate(rules);
}

TEST(CalendarRules, RefusesSeasonsWithoutADateOrHours) {
  for (const Season& bad : std::vector<Season>{{"s", {2, 30}, {9, 30}, kSummer},
                                               {"s", {5, 1}, {13, 1}, kSummer},
                                               {"s", {0, 1}, {5, 1}, kSummer},
                                               {"s", {5, 1}, {9, 30}, {}}}) {
    CalendarRules rules = Rules2009();
    rules.seasons = {bad};
    EXPECT_TRUE(absl::IsInvalidArgument(Validate(rules)));
  }
  CalendarRules leap = Rules2009();
  leap.seasons = {{"s", {2, 29}, {9, 30}, kSummer}};
  EXPECT_TRUE(Validate(leap).ok());
}

TEST(CalendarRules, RefusesContradictoryOverrides) {
  const absl::CivilDay day(2009, 3, 9);
  for (const DatedOverride& bad : std::vector<DatedOverride>{
           {absl::CivilDay(2009, 10, 1), OverrideKind::kHoliday, "twice", {}},
           {day, OverrideKind::kHoliday, "open holiday", OfficeHours()},
           {day, OverrideKind::kHours, "no hours", {}}}) {
    CalendarRules rules = Rules2009();
    rules.overrides.push_back(bad);
    EXPECT_TRUE(absl::IsInvalidArgument(Validate(rules))) << bad.name;
  }
  CalendarRules idle = WeekOf({});
  idle.published_from = idle.published_to = day;
  idle.overrides = {{day, OverrideKind::kMakeUpWorkday, "", {}}};
  EXPECT_TRUE(absl::IsInvalidArgument(Validate(idle)));
}

TEST(CalendarRules, RefusesAMissingOrReversedPublishedRange) {
  CalendarRules missing = WeekOf(OfficeHours());
  EXPECT_TRUE(absl::IsInvalidArgument(Validate(missing)));
  CalendarRules reversed = Rules2009();
  std::swap(reversed.published_from, reversed.published_to);
  EXPECT_TRUE(absl::IsInvalidArgument(Validate(reversed)));
}

}  // namespace
}  // namespace tierline
