#include "base/business_calendar.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "calendar_2009.h"

namespace tierline {
namespace {

using year2009::Beijing;
using year2009::Hm;
using year2009::OfficeHours;
using year2009::Rules2009;

BusinessCalendar Make(const CalendarRules& rules, absl::TimeZone zone = Beijing()) {
  auto calendar = BusinessCalendar::Create(rules, zone);
  if (!calendar.ok()) ADD_FAILURE() << calendar.status();
  return *std::move(calendar);
}

const BusinessCalendar& Calendar2009() {
  static const auto* const calendar = new BusinessCalendar(Make(Rules2009()));
  return *calendar;
}

absl::Time At(const std::string& local, absl::TimeZone zone = Beijing()) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%Y-%m-%d %H:%M:%E*S", local, zone, &time, &error)) {
    ADD_FAILURE() << local << ": " << error;
  }
  return time;
}

std::string Local(absl::Time time, absl::TimeZone zone = Beijing()) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%E*S", time, zone);
}

std::string Local(const absl::StatusOr<CalendarInstant>& due) {
  return due.ok() ? Local(due->at) : std::string(due.status().message());
}

bool Working(const BusinessCalendar& calendar, const std::string& local) {
  return calendar.IsWorking(At(local)).value();
}

// R-403, case 35
TEST(BusinessCalendar, DayLimitsExcludeTheFirstDayAndEndAtTheCloseOfTheLast) {
  struct Row {
    const char* from;
    int days;
    const char* due;
  };
  for (const Row& row : std::vector<Row>{{"2009-09-25 10:00:00", 3, "2009-09-29 17:30:00"},
                                         {"2009-09-30 10:00:00", 3, "2009-10-12 17:30:00"},
                                         {"2009-04-03 10:00:00", 1, "2009-04-07 17:30:00"},
                                         {"2009-05-27 10:00:00", 2, "2009-06-01 17:30:00"},
                                         {"2009-03-31 10:00:00", 13, "2009-04-20 17:30:00"},
                                         {"2009-10-09 10:00:00", 1, "2009-10-10 17:30:00"},
                                         // the hour of the first day does not matter
                                         {"2009-10-09 00:00:00", 1, "2009-10-10 17:30:00"},
                                         {"2009-10-09 23:59:59", 1, "2009-10-10 17:30:00"},
                                         // nor whether it is a working day
                                         {"2009-10-03 10:00:00", 1, "2009-10-09 17:30:00"}}) {
    EXPECT_EQ(Local(Calendar2009().AddWorkingDays(At(row.from), row.days)), row.due)
        << row.from << " +" << row.days;
  }
}

TEST(BusinessCalendar, ALimitOfZeroDaysIsTheSameDayWhileItHasWorkingTimeLeft) {
  struct Row {
    const char* from;
    const char* due;
  };
  for (const Row& row : std::vector<Row>{{"2009-04-02 02:00:00", "2009-04-02 17:30:00"},
                                         {"2009-04-02 17:29:59.999", "2009-04-02 17:30:00"},
                                         {"2009-04-02 17:30:00", "2009-04-03 17:30:00"},
                                         {"2009-04-04 09:00:00", "2009-04-07 17:30:00"}}) {
    EXPECT_EQ(Local(Calendar2009().AddWorkingDays(At(row.from), 0)), row.due) << row.from;
  }
}

// R-403, cases 35 and 37
TEST(BusinessCalendar, HourLimitsStartAtOnceInWorkingTime) {
  struct Row {
    const char* from;
    absl::Duration limit;
    const char* due;
  };
  for (const Row& row : std::vector<Row>{
           {"2009-04-03 17:20:00", absl::Minutes(15), "2009-04-07 08:35:00"},
           {"2009-04-03 17:30:00", absl::Hours(1), "2009-04-07 09:30:00"},
           {"2009-09-26 23:59:59", absl::Hours(2), "2009-09-27 10:30:00"},
           {"2009-09-30 16:30:00", absl::Hours(6.5), "2009-10-09 16:30:00"},
           {"2009-04-01 09:00:00", absl::Hours(3), "2009-04-01 12:00:00"},
           {"2009-04-01 09:00:00", absl::Hours(3) + absl::Seconds(1), "2009-04-01 14:30:01"},
           {"2009-04-01 09:00:00", absl::Hours(3) + absl::Milliseconds(1),
            "2009-04-01 14:30:00.001"},
           {"2009-04-01 13:00:00", absl::ZeroDuration(), "2009-04-01 13:00:00"}}) {
    EXPECT_EQ(Local(Calendar2009().AddWorking(At(row.from), row.limit)), row.due)
        << row.from << " + " << row.limit;
  }
}

TEST(BusinessCalendar, CountsTheTimeWorkedAcrossAHoliday) {
  const absl::Time from = At("2009-09-30 17:00:00");
  const absl::Time to = At("2009-10-10 09:00:00");
  EXPECT_EQ(Calendar2009().Worked(from, to)->duration, absl::Hours(7.5));
  EXPECT_EQ(Calendar2009().Worked(to, from)->duration, -absl::Hours(7.5));
  EXPECT_EQ(Calendar2009().Worked(At("2009-10-01 00:00:00"), At("2009-10-08 23:59:59"))->duration,
            absl::ZeroDuration());
}

// R-113, case 27: the noon break is not working time though it is daytime.
TEST(BusinessCalendar, IsShutAtNoonAndOpenToTheLastMillisecondBefore) {
  EXPECT_FALSE(Working(Calendar2009(), "2009-04-01 08:29:59.999"));
  EXPECT_TRUE(Working(Calendar2009(), "2009-04-01 08:30:00"));
  EXPECT_TRUE(Working(Calendar2009(), "2009-04-01 11:59:58"));
  EXPECT_TRUE(Working(Calendar2009(), "2009-04-01 11:59:59.999"));
  EXPECT_FALSE(Working(Calendar2009(), "2009-04-01 12:00:00"));
  EXPECT_FALSE(Working(Calendar2009(), "2009-04-01 14:29:59"));
  EXPECT_TRUE(Working(Calendar2009(), "2009-04-01 14:30:00"));
}

// R-114, cases 28 and 29
TEST(BusinessCalendar, WorksOnMakeUpDaysAndRestsOnWeekendsBesideAHoliday) {
  for (const char* day : {"2009-05-31", "2009-09-27", "2009-10-10", "2009-01-04"}) {
    EXPECT_TRUE(Working(Calendar2009(), std::string(day) + " 10:00:00")) << day;
  }
  for (const char* day : {"2009-10-11", "2009-04-04", "2009-10-08", "2009-06-06"}) {
    EXPECT_FALSE(Working(Calendar2009(), std::string(day) + " 10:00:00")) << day;
  }
}

// case 37
TEST(BusinessCalendar, TheNextOpeningOfTheClosingInstantIsTheNextDay) {
  struct Row {
    const char* at;
    const char* opening;
  };
  for (const Row& row : std::vector<Row>{{"2009-04-01 17:30:00", "2009-04-02 08:30:00"},
                                         {"2009-04-01 12:00:00", "2009-04-01 14:30:00"},
                                         {"2009-04-01 10:00:00.5", "2009-04-01 10:00:00.5"},
                                         {"2009-04-03 17:30:00", "2009-04-07 08:30:00"},
                                         {"2009-01-01 00:00:00", "2009-01-04 08:30:00"}}) {
    EXPECT_EQ(Local(Calendar2009().NextOpening(At(row.at))), row.opening) << row.at;
  }
}

// case 33
TEST(BusinessCalendar, CrossesMidnightWithoutLosingASecond) {
  CalendarRules rules = Rules2009();
  for (auto& hours : rules.weekly) hours = DayIntervals{{0, Hm(6, 0)}, {Hm(20, 0), kDaySeconds}};
  const BusinessCalendar calendar = Make(rules);
  EXPECT_TRUE(calendar.IsWorking(At("2009-04-01 23:59:59.999")).value());
  EXPECT_TRUE(calendar.IsWorking(At("2009-04-02 00:00:00")).value());
  EXPECT_EQ(Local(calendar.AddWorking(At("2009-04-01 23:30:00"), absl::Hours(1))),
            "2009-04-02 00:30:00");
  EXPECT_EQ(Local(calendar.AddWorkingDays(At("2009-04-01 23:30:00"), 1)), "2009-04-03 00:00:00");
}

// case 34
TEST(BusinessCalendar, AHalfDayHolidayIsStillAWorkingDay) {
  CalendarRules rules = Rules2009();
  rules.overrides.push_back(
      {absl::CivilDay(2009, 5, 4), OverrideKind::kHours, "青年节", {{Hm(8, 30), Hm(12, 0)}}});
  const BusinessCalendar calendar = Make(rules);
  EXPECT_FALSE(calendar.IsWorking(At("2009-05-04 15:00:00")).value());
  EXPECT_EQ(Local(calendar.AddWorkingDays(At("2009-04-30 09:00:00"), 1)), "2009-05-04 12:00:00");
  EXPECT_EQ(calendar.IntervalsOn(absl::CivilDay(2009, 5, 4))->size(), 1u);
  EXPECT_EQ(calendar.IntervalsOn(absl::CivilDay(2009, 5, 5))->size(), 2u);
  EXPECT_TRUE(calendar.IntervalsOn(absl::CivilDay(2009, 5, 3))->empty());
}

// case 32
TEST(BusinessCalendar, MarksAnswersThatRestOnAnUnpublishedYearAsProvisional) {
  const BusinessCalendar& calendar = Calendar2009();
  const absl::Time last = At("2009-12-31 16:30:00");
  EXPECT_FALSE(calendar.AddWorking(last, absl::Hours(1))->provisional);
  EXPECT_TRUE(calendar.AddWorking(last, absl::Hours(2))->provisional);
  EXPECT_FALSE(calendar.AddWorkingDays(last, 0)->provisional);
  EXPECT_TRUE(calendar.AddWorkingDays(last, 1)->provisional);
  EXPECT_TRUE(calendar.NextOpening(At("2009-12-31 17:30:00"))->provisional);
  EXPECT_TRUE(calendar.Worked(last, At("2010-01-01 00:00:01"))->provisional);
  EXPECT_FALSE(calendar.Worked(last, At("2010-01-01 00:00:00"))->provisional);
  EXPECT_TRUE(calendar.ExplainAddWorkingDays(last, 1)->steps.back().provisional);
}

TEST(BusinessCalendar, AnswersNothingOutsideItsHorizon) {
  const BusinessCalendar& calendar = Calendar2009();
  EXPECT_EQ(calendar.last_day(), absl::CivilDay(2019, 12, 31));
  for (const absl::Time at : {At("2008-12-31 23:59:59"), At("2020-01-01 00:00:00"),
                              absl::InfinitePast(), absl::InfiniteFuture()}) {
    EXPECT_TRUE(absl::IsOutOfRange(calendar.IsWorking(at).status())) << at;
    EXPECT_TRUE(absl::IsOutOfRange(calendar.NextOpening(at).status())) << at;
    EXPECT_TRUE(absl::IsOutOfRange(calendar.AddWorking(at, absl::Hours(1)).status())) << at;
    EXPECT_TRUE(absl::IsOutOfRange(calendar.AddWorkingDays(at, 1).status())) << at;
    EXPECT_TRUE(absl::IsOutOfRange(calendar.Worked(at, At("2009-04-01 00:00:00")).status())) << at;
  }
  EXPECT_TRUE(absl::IsOutOfRange(calendar.IntervalsOn(absl::CivilDay(2020, 1, 1)).status()));
  const absl::Time end = At("2019-12-31 17:00:00");
  EXPECT_TRUE(absl::IsOutOfRange(calendar.AddWorking(end, absl::Hours(1)).status()));
  EXPECT_TRUE(absl::IsOutOfRange(calendar.AddWorkingDays(end, 1).status()));
  EXPECT_TRUE(absl::IsOutOfRange(calendar.AddWorkingDays(end, 2'147'483'647).status()));
  EXPECT_TRUE(absl::IsOutOfRange(calendar.NextOpening(At("2019-12-31 17:30:00")).status()));
}

TEST(BusinessCalendar, RefusesNegativeAndInfiniteLimits) {
  const absl::Time from = At("2009-04-01 09:00:00");
  for (const absl::Duration limit : {-absl::Nanoseconds(1), absl::InfiniteDuration()}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Calendar2009().AddWorking(from, limit).status())) << limit;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(Calendar2009().AddWorkingDays(from, -1).status()));
}

// case 38
TEST(BusinessCalendar, IsNotMadeWithoutAWorkingDay) {
  CalendarRules rules;
  rules.published_from = absl::CivilDay(2009, 1, 1);
  rules.published_to = absl::CivilDay(2009, 12, 31);
  const auto calendar = BusinessCalendar::Create(rules, Beijing());
  EXPECT_TRUE(absl::IsInvalidArgument(calendar.status()));
  EXPECT_NE(calendar.status().message().find("no working day in horizon"), std::string::npos);
}

TEST(BusinessCalendar, IsNotMadeForMoreThanACenturyOrADateOutsideTheHorizon) {
  CalendarRules typo = Rules2009();
  typo.published_to = absl::CivilDay(20090, 12, 31);
  EXPECT_TRUE(absl::IsInvalidArgument(BusinessCalendar::Create(typo, Beijing()).status()));
  CalendarRules early = Rules2009();
  early.overrides.push_back({absl::CivilDay(2008, 12, 31), OverrideKind::kHoliday, "", {}});
  EXPECT_TRUE(absl::IsInvalidArgument(BusinessCalendar::Create(early, Beijing()).status()));
}

// Hours are local: the day on which the clocks go forward is an hour shorter.
TEST(BusinessCalendar, CountsRealHoursWhereTheZoneHasSummerTime) {
  absl::TimeZone berlin;
  if (!absl::LoadTimeZone("Europe/Berlin", &berlin)) GTEST_SKIP() << "no zone database";
  CalendarRules rules = Rules2009();
  for (auto& hours : rules.weekly) hours = DayIntervals{{0, Hm(2, 30)}, {Hm(2, 30), Hm(4, 0)}};
  const BusinessCalendar calendar = Make(rules, berlin);
  const auto worked =
      calendar.Worked(At("2009-03-29 00:00:00", berlin), At("2009-03-30 00:00:00", berlin));
  EXPECT_EQ(worked->duration, absl::Hours(3));
  const auto due = calendar.AddWorking(At("2009-03-29 01:30:00", berlin), absl::Hours(1));
  EXPECT_EQ(Local(due->at, berlin), "2009-03-29 03:30:00");
}

std::string Describe(const TimelineStep& step) {
  const auto hm = [](absl::Time time) { return absl::FormatTime("%H:%M", time, Beijing()); };
  return absl::FormatCivilTime(step.day) + " " + std::string(ToString(step.reason)) +
         (step.name.empty() ? "" : " " + step.name) + " " + hm(step.begin) + "-" + hm(step.end) +
         " " + absl::FormatDuration(step.counted) + " #" + std::to_string(step.day_number);
}

std::vector<std::string> Describe(const absl::StatusOr<Timeline>& timeline) {
  std::vector<std::string> lines;
  for (const TimelineStep& step : timeline->steps) lines.push_back(Describe(step));
  return lines;
}

// R-410
TEST(BusinessCalendar, ExplainsAnHourLimitIntervalByInterval) {
  const auto timeline =
      Calendar2009().ExplainAddWorking(At("2009-04-03 11:00:00"), absl::Hours(4.25));
  EXPECT_EQ(Local(timeline->due.at), "2009-04-07 08:45:00");
  EXPECT_EQ(
      Describe(timeline),
      (std::vector<std::string>{
          "2009-04-03 weekday 11:00-12:00 1h #0", "2009-04-03 weekday 14:30-17:30 3h #0",
          "2009-04-04 holiday 清明 00:00-00:00 0 #0", "2009-04-05 holiday 清明 00:00-00:00 0 #0",
          "2009-04-06 holiday 清明 00:00-00:00 0 #0", "2009-04-07 weekday 08:30-08:45 15m #0"}));
}

// R-410
TEST(BusinessCalendar, ExplainsADayLimitDayByDay) {
  const auto timeline = Calendar2009().ExplainAddWorkingDays(At("2009-09-25 10:00:00"), 2);
  EXPECT_EQ(Describe(timeline),
            (std::vector<std::string>{"2009-09-25 weekday 08:30-17:30 0 #0",
                                      "2009-09-26 rest day 00:00-00:00 0 #0",
                                      "2009-09-27 make-up workday 国庆节 08:30-17:30 0 #1",
                                      "2009-09-28 weekday 08:30-17:30 0 #2"}));
}

}  // namespace
}  // namespace tierline
