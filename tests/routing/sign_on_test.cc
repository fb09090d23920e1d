// Operators who sign on and off, and the minutes in which nobody was there.
#include "routing/sign_on.h"

#include <gtest/gtest.h>

#include "routing/routing.h"
#include "tests/kit/scenario.h"
#include "tests/routing/directories.h"

namespace tierline::routing {
namespace {

using testing::Ms;
using testing::National;

constexpr char kOffice[] = "340100";
constexpr int64_t kMinuteMs = 60'000;

class SignOn : public ::testing::Test {
 protected:
  SignOn() { At("2009-04-01 08:30:00"); }

  void At(const std::string& text) { office_.At(absl::FromUnixMillis(Ms(text))); }
  static v1::Command On(const std::string& id, int64_t at_ms = 0,
                        const std::string& office = kOffice) {
    v1::Command command;
    command.mutable_sign_on()->set_office(office);
    command.mutable_sign_on()->set_operator_id(id);
    command.mutable_sign_on()->set_at_ms(at_ms);
    return command;
  }
  static v1::Command Off(const std::string& id, int64_t at_ms = 0) {
    v1::Command command;
    command.mutable_sign_off()->set_office(kOffice);
    command.mutable_sign_off()->set_operator_id(id);
    command.mutable_sign_off()->set_at_ms(at_ms);
    return command;
  }
  // "8:30-12:00 14:30-17:30", of April 1
  std::string Told(const std::string& now) {
    std::string told;
    const auto clock = [](int64_t ms) {
      return absl::FormatTime("%H:%M", absl::FromUnixMillis(ms), National().zone());
    };
    for (const Stretch& one : StaffedIn(office_.state().office(), Ms(now)))
      told += (told.empty() ? "" : " ") + clock(one.begin_ms) + "-" + clock(one.end_ms);
    return told;
  }

  tierline::testing::Scenario office_{std::make_unique<RoutingService>(), &National()};
};

//
TEST_F(SignOn, CountsAnOperatorFromSignOnToSignOff) {
  office_.When(On("OP-1"));
  EXPECT_EQ(office_.ThenEvent().operator_signed_on().at_ms(), Ms("2009-04-01 08:30:00"));
  EXPECT_EQ(Told("2009-04-01 09:00:00"), "08:30-09:00");
  At("2009-04-01 12:00:00");
  office_.When(Off("OP-1"));
  EXPECT_EQ(office_.ThenEvent().operator_signed_off().since_ms(), Ms("2009-04-01 08:30:00"));
  EXPECT_EQ(Told("2009-04-01 15:00:00"), "08:30-12:00");
}

TEST_F(SignOn, MergesThoseWhoAreThereTogether) {
  office_.When(On("OP-1"));
  At("2009-04-01 10:00:00");
  office_.When(On("OP-2"));
  At("2009-04-01 11:00:00");
  office_.When(Off("OP-1"));
  At("2009-04-01 12:00:00");
  office_.When(Off("OP-2"));
  EXPECT_EQ(Told("2009-04-01 15:00:00"), "08:30-12:00");
}

TEST_F(SignOn, RefusesWhoIsSignedOnAlreadyOrNotAtAll) {
  office_.When(On("OP-1")).When(On("OP-1"));
  EXPECT_EQ(office_.ThenRejection().reason, "ALREADY_SIGNED_ON");
  office_.When(Off("OP-2"));
  EXPECT_EQ(office_.ThenRejection().reason, "NOT_SIGNED_ON");
}

TEST_F(SignOn, RefusesNamesUnknownOfficesAndOtherTimes) {
  const int64_t now_ms = Ms("2009-04-01 08:30:00");
  office_.When(On("王强"));
  EXPECT_EQ(office_.ThenRejection().value, "6 bytes");
  office_.When(On("OP-1", 0, "123456"));
  EXPECT_EQ(office_.ThenRejection().field, "office");
  office_.When(On("OP-1", now_ms + 1));
  EXPECT_EQ(office_.ThenRejection().field, "at_ms");
  office_.When(On("OP-1", now_ms - 24 * 60 * kMinuteMs - 1));
  EXPECT_EQ(office_.ThenRejection().field, "at_ms");
  office_.When(On("OP-1")).When(Off("OP-1", now_ms - 1));
  EXPECT_EQ(office_.ThenRejection().field, "at_ms");
}

// Evolve takes what no decision of this version wrote.
TEST_F(SignOn, TakesASignOffWithoutASignOn) {
  Event event;
  event.mutable_operator_signed_off()->set_operator_id("OP-9");
  event.mutable_operator_signed_off()->set_since_ms(Ms("2009-04-01 09:00:00"));
  event.mutable_operator_signed_off()->set_at_ms(Ms("2009-04-01 10:00:00"));
  office_.Given(event);
  EXPECT_EQ(Told("2009-04-01 15:00:00"), "09:00-10:00");
}

struct Counted {
  const char* what;
  std::vector<std::pair<const char*, const char*>> signed_on;
  const char* day;
  const char* now;
  int working;
  int violations;
  const char* first = "";
};

// working minutes (08:30-12:00 and 14:30-17:30) in which nobody was signed on.
TEST(Staffing, CountsTheMinutesInWhichNobodyWasThere) {
  const Counted rows[] = {
      {"nobody", {}, "2009-04-01", "2009-04-02 00:00:00", 390, 390, "2009-04-01 08:30:00"},
      {"all day",
       {{"2009-04-01 08:00:00", "2009-04-01 18:00:00"}},
       "2009-04-01",
       "2009-04-02 00:00:00",
       390,
       0},
      {"the noon break does not count",
       {{"2009-04-01 08:30:00", "2009-04-01 12:00:00"},
        {"2009-04-01 14:30:00", "2009-04-01 17:30:00"}},
       "2009-04-01",
       "2009-04-02 00:00:00",
       390,
       0},
      {"back late",
       {{"2009-04-01 08:30:00", "2009-04-01 12:00:00"},
        {"2009-04-01 14:45:00", "2009-04-01 17:30:00"}},
       "2009-04-01",
       "2009-04-02 00:00:00",
       390,
       15,
       "2009-04-01 14:30:00"},
      {"an instant of a minute is enough",
       {{"2009-04-01 08:30:59", "2009-04-01 17:29:00"}},
       "2009-04-01",
       "2009-04-02 00:00:00",
       390,
       1,
       "2009-04-01 17:29:00"},
      {"what is to come does not count",
       {},
       "2009-04-01",
       "2009-04-01 08:40:00",
       10,
       10,
       "2009-04-01 08:30:00"},
      {"a holiday", {}, "2009-04-06", "2009-04-07 00:00:00", 0, 0},
      {"a working Sunday",
       {},
       "2009-05-31",
       "2009-06-01 00:00:00",
       390,
       390,
       "2009-05-31 08:30:00"},
      {"before the line was open", {}, "2009-02-26", "2009-04-07 00:00:00", 0, 0},
  };
  for (const Counted& row : rows) {
    std::vector<Stretch> stretches;
    for (const auto& [begin, end] : row.signed_on) stretches.push_back({Ms(begin), Ms(end)});
    absl::CivilDay day;
    ASSERT_TRUE(absl::ParseCivilTime(row.day, &day));
    const auto days =
        StaffingOf({.office = kOffice, .from = day, .until = day + 1, .now_ms = Ms(row.now)},
                   stretches, National());
    ASSERT_EQ(days.size(), 1u);
    EXPECT_EQ(days[0].day(), row.day);
    EXPECT_EQ(days[0].working_minutes(), row.working) << row.what;
    EXPECT_EQ(days[0].violation_minutes(), row.violations) << row.what;
    EXPECT_EQ(days[0].staffed_minutes() + days[0].violation_minutes(), days[0].working_minutes());
    ASSERT_EQ(days[0].violations().empty(), row.violations == 0) << row.what;
    if (row.violations == 0) continue;
    EXPECT_EQ(days[0].violations(0).begin_ms(), Ms(row.first)) << row.what;
  }
}

// by the office's own hours, in the zone of the hotline.
TEST(Staffing, GoesByTheOfficesOwnCalendar) {
  const absl::CivilDay day(2009, 4, 1);
  const auto days = StaffingOf(
      {.office = "650100", .from = day, .until = day + 1, .now_ms = Ms("2009-04-02 00:00:00")}, {},
      National());
  EXPECT_EQ(days[0].violations(0).begin_ms(), Ms("2009-04-01 10:00:00"));
}

}  // namespace
}  // namespace tierline::routing
