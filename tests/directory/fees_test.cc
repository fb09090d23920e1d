// What lines cost: integers, whole calendar months, and why.
#include "directory/fees.h"

#include <gtest/gtest.h>

#include "tests/kit/directory_log.h"

namespace tierline::directory {
namespace {

using kit::DirectoryLog;
using namespace v1;  // the names of states and steps

Fees FeesIn(const Directory& directory, absl::CivilMonth from, absl::CivilMonth until,
            const std::string& office = "", bool free = false) {
  return FeesOf({.office = office, .from = from, .until = until, .include_free = free}, directory);
}

// 31 provinces and 333 prefectures pay 240 yuan a month; no county, nor the centre.
TEST(Fees, AFullYearOfTheNationalPack) {
  const Fees fees =
      FeesIn(*kit::NationalDirectory(), absl::CivilMonth(2010, 1), absl::CivilMonth(2011, 1));
  EXPECT_EQ(fees.statements.size(), 364u);
  ASSERT_EQ(fees.totals.size(), 3u);  // province, prefecture, all
  EXPECT_EQ(fees.totals[0].fen(), 31 * 288'000);
  EXPECT_EQ(fees.totals[1].fen(), 333 * 288'000);
  EXPECT_EQ(fees.totals[2].fen(), 364 * 288'000);
  EXPECT_EQ(fees.totals[2].offices(), 364);
  EXPECT_EQ(fees.totals[2].months(), 364 * 12);
}

// from the month of the formal opening, April 2009; the month of trial is free.
TEST(Fees, TheYearOfTheOpening) {
  const Fees fees =
      FeesIn(*kit::NationalDirectory(), absl::CivilMonth(2009, 1), absl::CivilMonth(2010, 1));
  EXPECT_EQ(fees.totals.back().fen(), 364 * 9 * 24'000);
  EXPECT_EQ(fees.statements[0].lines(0).month(), "2009-04");
}

TEST(Fees, OfASubtree) {
  const Fees fees = FeesIn(*kit::NationalDirectory(), absl::CivilMonth(2010, 1),
                           absl::CivilMonth(2010, 2), "340000");
  EXPECT_EQ(fees.statements.size(), 17u);  // the province and its sixteen prefectures
  EXPECT_EQ(fees.totals.back().fen(), 17 * 24'000);
}

// Case 61: what costs nothing says why.
TEST(Fees, FreeMonthsSayWhy) {
  const Fees fees = FeesIn(*kit::NationalDirectory(), absl::CivilMonth(2009, 2),
                           absl::CivilMonth(2009, 5), "340102", /*free=*/true);
  ASSERT_EQ(fees.statements.size(), 1u);
  ASSERT_EQ(fees.statements[0].lines_size(), 2);  // in February there was no line
  EXPECT_EQ(fees.statements[0].lines(0).reason(), FEE_REASON_TRIAL);
  EXPECT_EQ(fees.statements[0].lines(1).reason(), FEE_REASON_LEVEL_EXEMPT);
  EXPECT_EQ(fees.statements[0].fen(), 0);
  EXPECT_TRUE(fees.totals.back().fen() == 0 && fees.totals.size() == 1);
}

TEST(Fees, NameTheFundThatThePackNames) {
  const Fees fees = FeesIn(*kit::NationalDirectory(), absl::CivilMonth(2010, 1),
                           absl::CivilMonth(2010, 2), "340100");
  EXPECT_EQ(fees.statements[0].fund().zh(), "代本级党委管理的党费");
}

// pages are of whole statements, and their totals are those of all.
TEST(Fees, PagesAreThePartsOfTheWhole) {
  const FeeQuery all{.from = absl::CivilMonth(2010, 1), .until = absl::CivilMonth(2012, 1)};
  const Fees whole = FeesOf(all, *kit::NationalDirectory());
  EXPECT_EQ(whole.next, "");
  FeeQuery page = all;
  page.bytes_max = 64 << 10;
  page.statements_max = 100;
  size_t count = 0;
  do {
    const Fees fees = FeesOf(page, *kit::NationalDirectory());
    EXPECT_EQ(fees.totals.size(), page.first.empty() ? whole.totals.size() : 0u);
    const int64_t fen = page.first.empty() ? whole.totals.back().fen() : 0;
    EXPECT_EQ(fees.totals.empty() ? 0 : fees.totals.back().fen(), fen);
    size_t bytes = 0;
    for (const FeeStatement& statement : fees.statements) {
      bytes += statement.ByteSizeLong();
      EXPECT_EQ(statement.office(), whole.statements.at(count++).office());
    }
    EXPECT_LE(bytes, page.bytes_max);
    EXPECT_TRUE(!fees.statements.empty() && fees.statements.size() <= page.statements_max);
    page.first = fees.next;
  } while (!page.first.empty());
  EXPECT_EQ(count, whole.statements.size());
}

TEST(Fees, APageHasOneStatementAtLeast) {
  const Fees fees = FeesOf(
      {.from = absl::CivilMonth(2010, 1), .until = absl::CivilMonth(2010, 2), .bytes_max = 1},
      *kit::NationalDirectory());
  EXPECT_EQ(fees.statements.size(), 1u);
  EXPECT_NE(fees.next, "");
}

class FeesOfSteps : public ::testing::Test {
 protected:
  FeesOfSteps() { log_.At("2024-01-02 09:00:00").Publish(); }

  // "2024-02 2024-03", of what Uplands' office pays.
  std::string Months(const std::string& office) {
    const Fees fees = FeesIn(*log_.service().newest(), absl::CivilMonth(2024, 1),
                             absl::CivilMonth(2024, 8), office);
    std::string months;
    for (const FeeStatement& statement : fees.statements) {
      if (statement.office() != office) continue;
      for (const FeeLine& line : statement.lines())
        months += (months.empty() ? "" : " ") + line.month() + ":" + std::to_string(line.fen());
    }
    return months;
  }
  void Step(const char* at, LineStep step, const LineChange& line) {
    log_.At(at).Step(step, {line});
    ASSERT_EQ(log_.reason(), "accepted") << at;
  }

  DirectoryLog log_;
  const LineChange line_ = DirectoryLog::Line("910000");
};

// a month in which it was open for a single instant costs as much as a whole one.
TEST_F(FeesOfSteps, AMonthCostsIfTheLineWasOpenInIt) {
  Step("2024-04-01 00:00:01", LINE_STEP_SUSPEND, line_);
  Step("2024-06-30 23:59:59", LINE_STEP_OPEN, line_);
  EXPECT_EQ(Months("910000"), "2024-02:1500 2024-03:1500 2024-04:1500 2024-06:1500 2024-07:1500");
}

TEST_F(FeesOfSteps, ALineThatIsShutAllMonthCostsNothing) {
  Step("2024-04-01 00:00:00", LINE_STEP_CLOSE, line_);
  EXPECT_EQ(Months("910000"), "2024-02:1500 2024-03:1500");
}

// Case 61: opened on the 15th, after a trial of its own.
TEST_F(FeesOfSteps, ALateOfficePaysFromTheMonthOfItsOwnOpening) {
  Step("2024-03-01 10:00:00", LINE_STEP_CLOSE, line_);
  Step("2024-03-02 10:00:00", LINE_STEP_BIND, DirectoryLog::Line("910000", "+9992000910009"));
  for (const LineStep step : {LINE_STEP_VERIFY, LINE_STEP_REPORT, LINE_STEP_FILE,
                              LINE_STEP_INTERCONNECT, LINE_STEP_SIGN_AGREEMENT}) {
    Step("2024-03-10 10:00:00", step, line_);
  }
  Step("2024-03-11 10:00:00", LINE_STEP_TEST, DirectoryLog::Test("910000"));
  Step("2024-04-02 10:00:00", LINE_STEP_BEGIN_TRIAL, line_);
  Step("2024-05-15 10:00:00", LINE_STEP_OPEN, line_);
  EXPECT_EQ(Months("910000"), "2024-02:1500 2024-03:1500 2024-05:1500 2024-06:1500 2024-07:1500");
}

// R-205, case 61: a level counts from the month after its change.
TEST_F(FeesOfSteps, AChangeOfLevelCountsFromTheNextMonth) {
  OfficeChange change;
  change.set_office("920200");
  change.set_level(base::v1::LEVEL_COUNTY);
  log_.At("2024-03-10 10:00:00").Change(change, "2024-04-02 00:00:00");
  ASSERT_EQ(log_.reason(), "accepted");
  EXPECT_EQ(Months("920200"), "2024-02:900 2024-03:900 2024-04:900");
  change.set_level(base::v1::LEVEL_PREFECTURE);
  log_.Change(change, "2024-06-01 00:00:00");
  EXPECT_EQ(Months("920200"), "2024-02:900 2024-03:900 2024-04:900 2024-06:900 2024-07:900");
}

// what is still to come may change.
TEST_F(FeesOfSteps, MonthsInWhichTheLineHasYetToOpenAreAForecast) {
  Step("2024-03-10 10:00:00", LINE_STEP_SUSPEND, line_);
  Step("2024-04-10 10:00:00", LINE_STEP_OPEN, line_);
  const Fees fees = FeesOf({.office = "910000",
                            .from = absl::CivilMonth(2024, 2),
                            .until = absl::CivilMonth(2024, 6),
                            .now = log_.TimeOf("2024-04-10 10:00:00")},
                           *log_.service().newest());
  std::string forecast;
  for (const FeeLine& line : fees.statements.at(0).lines())
    forecast += line.month() + (line.forecast() ? "? " : " ");
  EXPECT_EQ(forecast, "2024-02 2024-03 2024-04 2024-05? ");
}

class FeesOfMergers : public FeesOfSteps {
 protected:
  // Newport, a new office with a line that opens on `open_from`.
  static void AddNewport(PackPart* tables, const std::string& open_from) {
    auto* office = tables->add_offices();
    office->set_code("920500");
    office->set_level(base::v1::LEVEL_PREFECTURE);
    office->set_parent("920000");
    office->set_name("Newport");
    auto* line = tables->add_lines();
    line->set_office("920500");
    line->set_number("+9993100920500");
    line->set_open_from(open_from);
  }
  void Publish(const std::string& open_from, const std::string& effective) {
    log_.PublishWith([&](PackPart* tables) { AddNewport(tables, open_from); }, effective);
    ASSERT_EQ(log_.reason(), "accepted") << log_.rejection().message;
  }
  void Merge(const std::string& effective) {
    OfficeChange change;
    change.set_office("920500");
    change.set_merged_into("920000");
    log_.Change(change, effective);
    ASSERT_EQ(log_.reason(), "accepted") << log_.rejection().message;
  }
};

// the day of opening that the pack had in store never came.
TEST_F(FeesOfMergers, ALineThatAMergerShutBeforeItOpenedCostsNothing) {
  log_.At("2024-03-10 10:00:00");
  Publish("2024-06-20", "2024-04-01 00:00:00");
  Merge("2024-06-15 00:00:00");
  EXPECT_EQ(Months("920500"), "");
}

//
TEST_F(FeesOfMergers, ALineCostsUntilTheMonthOfTheMerger) {
  log_.At("2024-03-10 10:00:00");
  Publish("2024-04-20", "2024-04-01 00:00:00");
  Merge("2024-05-15 00:00:00");
  EXPECT_EQ(Months("920500"), "2024-04:900 2024-05:900");
}

// it is not there as the month begins, and is taken as it first appears in it.
TEST_F(FeesOfMergers, AnOfficeThatAPackBringsBackPaysFromThatMonth) {
  log_.At("2024-03-10 10:00:00");
  Publish("2024-04-20", "2024-04-01 00:00:00");
  Merge("2024-05-01 00:00:00");
  Publish("2024-04-21", "2024-06-10 00:00:00");
  EXPECT_EQ(Months("920500"), "2024-04:900 2024-06:900 2024-07:900");
}

// rates are data with months from which they hold.
TEST_F(FeesOfSteps, ARateHoldsFromItsMonth) {
  log_.At("2024-03-10 10:00:00")
      .PublishWith(
          [](PackPart* tables) {
            auto* rate = tables->add_fees();
            rate->set_level(base::v1::LEVEL_PROVINCE);
            rate->set_from_month("2024-06");
            rate->set_fen_per_month(2'000);
          },
          "2024-04-01 00:00:00");
  EXPECT_EQ(Months("910000"),
            "2024-02:1500 2024-03:1500 2024-04:1500 2024-05:1500 2024-06:2000 2024-07:2000");
}

//
TEST_F(FeesOfSteps, AnOfficeThatComesWithAPackPaysFromThatMonth) {
  log_.At("2024-03-10 10:00:00")
      .PublishWith(
          [](PackPart* tables) {
            auto* office = tables->add_offices();
            office->set_code("920500");
            office->set_level(base::v1::LEVEL_PREFECTURE);
            office->set_parent("920000");
            office->set_name("Newport");
            auto* line = tables->add_lines();
            line->set_office("920500");
            line->set_number("+9993100920500");
            line->set_open_from("2024-05-20");
          },
          "2024-05-10 00:00:00");
  EXPECT_EQ(Months("920500"), "2024-05:900 2024-06:900 2024-07:900");
}

// each line with the events or pack rows that explain it.
TEST_F(FeesOfSteps, EachMonthNamesItsFacts) {
  Step("2024-03-04 10:00:00", LINE_STEP_SUSPEND, line_);
  Step("2024-03-05 10:00:00", LINE_STEP_OPEN, line_);
  const Fees fees = FeesIn(*log_.service().newest(), absl::CivilMonth(2024, 3),
                           absl::CivilMonth(2024, 4), "910000");
  const auto& facts = fees.statements.at(0).lines(0).facts();
  ASSERT_EQ(facts.size(), 4);
  EXPECT_EQ(facts[0].row(), "lines/910000");  // open by the pack until the 4th
  EXPECT_EQ(facts[0].pack_hash(), log_.Then("2024-03-01 00:00:00").pack_hash());
  EXPECT_EQ(facts[1].event_id().size(), 36u);  // opened again on the 5th
  EXPECT_EQ(facts[2].row(), "offices/910000");
  EXPECT_EQ(facts[3].row(), "fees/province/2024-02");
}

}  // namespace
}  // namespace tierline::directory
