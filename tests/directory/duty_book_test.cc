// Leaders and rosters of offices.
#include "directory/duty_book.h"

#include <gtest/gtest.h>

#include "tests/kit/directory_log.h"

namespace tierline::directory {
namespace {

using kit::DirectoryLog;

constexpr char kNow[] = "2024-03-04 10:00:00";

class DutyBookTest : public ::testing::Test {
 protected:
  DutyBookTest() {
    log_.At("2024-01-02 09:00:00").Publish();
    log_.At(kNow);
  }

  void Name(const std::string& leader, const std::string& effective = "") {
    v1::Command body;
    body.mutable_name_leader()->set_office("910000");
    body.mutable_name_leader()->set_leader_id(leader);
    body.mutable_name_leader()->set_effective_at_ms(effective.empty() ? 0 : log_.MsOf(effective));
    log_.Send(body);
  }
  // Each duty as "OP 9 12" of the day of March.
  struct Turn {
    const char* id;
    int from;
    int until;
  };
  v1::Command Roster(int from, int until, const std::vector<Turn>& turns) {
    v1::Command body;
    auto* roster = body.mutable_set_roster();
    roster->set_office("910000");
    roster->set_from_ms(Day(from));
    roster->set_until_ms(Day(until));
    for (const Turn& turn : turns) {
      auto* duty = roster->add_duties();
      duty->set_operator_id(turn.id);
      duty->set_begin_ms(Day(turn.from));
      duty->set_end_ms(Day(turn.until));
    }
    return body;
  }
  int64_t Day(int day) const {
    return log_.MsOf("2024-03-01 00:00:00") + int64_t{86'400'000} * (day - 1);
  }
  std::string LeaderAt(const std::string& text) {
    return log_.service().duties().LeaderAt("910000", log_.MsOf(text)).first;
  }
  // "A 5-8 B 8-10"
  std::string Told() {
    std::string told;
    for (const auto& duty : log_.service().duties().DutiesIn("910000", Day(1), Day(31))) {
      const auto day = [&](int64_t ms) { return std::to_string((ms - Day(1)) / 86'400'000 + 1); };
      told += (told.empty() ? "" : " ") + duty.operator_id() + " " + day(duty.begin_ms()) + "-" +
              day(duty.end_ms());
    }
    return told;
  }

  DirectoryLog log_;
};

//
TEST_F(DutyBookTest, ALeaderIsResponsibleFromAnInstantOn) {
  EXPECT_EQ(LeaderAt(kNow), "");
  Name("L-1");
  Name("L-2", "2024-05-01 00:00:00");
  EXPECT_EQ(LeaderAt(kNow), "L-1");
  EXPECT_EQ(LeaderAt("2024-04-30 23:59:59"), "L-1");
  EXPECT_EQ(LeaderAt("2024-05-01 00:00:00"), "L-2");
  EXPECT_EQ(LeaderAt("2024-03-04 09:59:59"), "");
}

// a roster replaces what was set for its period, and nothing else.
TEST_F(DutyBookTest, ARosterReplacesThatOfItsPeriod) {
  log_.Send(Roster(5, 12, {{"A", 5, 10}, {"B", 10, 12}}));
  EXPECT_EQ(Told(), "A 5-10 B 10-12");
  log_.Send(Roster(8, 11, {{"C", 8, 9}}));
  EXPECT_EQ(Told(), "A 5-8 C 8-9 B 11-12");
  log_.Send(Roster(6, 7, {}));
  EXPECT_EQ(Told(), "A 5-6 A 7-8 C 8-9 B 11-12");
}

struct Faulty {
  const char* field;
  void (*spoil)(v1::SetRosterRequest*);
};

TEST_F(DutyBookTest, NamesTheFieldThatIsWrong) {
  const Faulty rows[] = {
      {"office", [](auto* roster) { roster->set_office("123456"); }},
      {"from_ms", [](auto* roster) { roster->set_from_ms(1); }},
      {"until_ms", [](auto* roster) { roster->set_until_ms(roster->from_ms()); }},
      {"until_ms",
       [](auto* roster) { roster->set_until_ms(roster->from_ms() + 367LL * 86'400'000); }},
      {"duties[0].operator_id",
       [](auto* roster) { roster->mutable_duties(0)->set_operator_id("王 强"); }},
      {"duties[0].begin_ms", [](auto* roster) { roster->mutable_duties(0)->set_begin_ms(1); }},
      {"duties[0].end_ms",
       [](auto* roster) { roster->mutable_duties(0)->set_end_ms(roster->duties(0).begin_ms()); }},
  };
  for (const Faulty& row : rows) {
    auto body = Roster(5, 12, {{"A", 5, 10}});
    row.spoil(body.mutable_set_roster());
    log_.Send(body);
    EXPECT_EQ(log_.rejection().field, row.field);
    EXPECT_EQ(log_.rejection().value.find("王"), std::string::npos);
  }
}

TEST_F(DutyBookTest, RefusesALeaderByNameOrForThePast) {
  Name("王强");
  EXPECT_EQ(log_.rejection().field, "leader_id");
  EXPECT_EQ(log_.rejection().value, "6 bytes");
  Name("L-1", "2024-03-04 09:59:59");
  EXPECT_EQ(log_.rejection().field, "effective_at_ms");
}

TEST_F(DutyBookTest, DigestCoversLeadersAndRosters) {
  const std::string before = log_.Digest();
  Name("L-1");
  const std::string named = log_.Digest();
  EXPECT_NE(named, before);
  log_.Send(Roster(5, 12, {{"A", 5, 10}}));
  EXPECT_NE(log_.Digest(), named);
}

}  // namespace
}  // namespace tierline::directory
