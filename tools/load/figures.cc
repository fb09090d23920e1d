#include "tools/load/figures.h"

#include <array>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/text.h"
#include "tools/load/table.h"

namespace tierline::load {
namespace {

using reporting::v1::Totals;

struct Row {
  std::string_view name;
  int64_t (Totals::*figure)() const;
  base::v1::Outcome outcome = base::v1::OUTCOME_UNSPECIFIED;
};

constexpr std::array kOutcomes = {
    Row{"answered", &Totals::answered, base::v1::OUTCOME_ANSWERED},
    Row{"abandoned", &Totals::abandoned, base::v1::OUTCOME_ABANDONED},
    Row{"blocked", &Totals::blocked, base::v1::OUTCOME_BLOCKED},
    Row{"no answer", &Totals::no_answer, base::v1::OUTCOME_NO_ANSWER},
    Row{"after hours", &Totals::after_hours, base::v1::OUTCOME_AFTER_HOURS},
    Row{"left the menu", &Totals::menu_exit, base::v1::OUTCOME_MENU_EXIT},
    Row{"route failed", &Totals::route_failed, base::v1::OUTCOME_ROUTE_FAILED},
    Row{"unknown", &Totals::unknown, base::v1::OUTCOME_UNKNOWN},
};
constexpr std::array kInquiries = {
    Row{"inquiries opened", &Totals::inquiries_opened},
    Row{"  answered on the spot", &Totals::answered_on_the_spot},
    Row{"  registered", &Totals::registered},
    Row{"  closed", &Totals::closed},
    Row{"  reopened", &Totals::reopened},
    Row{"deadlines set", &Totals::deadlines_set},
    Row{"  warned", &Totals::deadlines_warned},
    Row{"  missed", &Totals::deadlines_missed},
    Row{"  met", &Totals::deadlines_met},
};

struct Column {
  std::string_view name;
  base::v1::Level level;
};
constexpr std::array kLevels = {
    Column{"central", base::v1::LEVEL_CENTRAL},       Column{"province", base::v1::LEVEL_PROVINCE},
    Column{"prefecture", base::v1::LEVEL_PREFECTURE}, Column{"county", base::v1::LEVEL_COUNTY},
    Column{"nobody", base::v1::LEVEL_UNSPECIFIED},
};

void AddRow(const reporting::v1::GetTotalsResponse& totals, const Row& row,
            const std::string& expected, Table* table) {
  std::vector<std::string> cells{std::string(row.name)};
  for (const Column& column : kLevels) {
    int64_t figure = 0;
    for (const Totals& level : totals.rows()) {
      if (level.key() == base::v1::Level_Name(column.level)) figure += (level.*row.figure)();
    }
    cells.push_back(Figure(figure));
  }
  cells.push_back(Figure((totals.sum().*row.figure)()));
  cells.push_back(expected);
  table->Add(std::move(cells));
}

int64_t Received(const Player::Tally& tally) {
  return std::accumulate(tally.by_outcome.begin(), tally.by_outcome.end(), int64_t{0});
}

}  // namespace

std::string DiffTable(const directory::v1::DiffPackResponse& diff) {
  Table table({"table", "added", "removed", "changed", "for example"});
  for (const auto& change : diff.changes()) {
    std::vector<std::string> examples(change.examples().begin(), change.examples().end());
    if (examples.size() > 3) examples.resize(3);
    table.Add({change.table(), Figure(change.added()), Figure(change.removed()),
               Figure(change.changed()), absl::StrJoin(examples, ", ")});
  }
  return table.ToString();
}

int64_t OutcomesOf(const Totals& totals) {
  return std::accumulate(kOutcomes.begin(), kOutcomes.end(), int64_t{0},
                         [&](int64_t sum, const Row& row) { return sum + (totals.*row.figure)(); });
}

std::string TotalsTable(absl::CivilDay date, const reporting::v1::GetTotalsResponse& totals,
                        const Player::Tally& tally) {
  std::vector<std::string> header{absl::FormatCivilTime(date)};
  for (const Column& column : kLevels) header.emplace_back(column.name);
  header.insert(header.end(), {"all", "played"});
  Table table(header);
  AddRow(totals, {"received", &Totals::received}, Figure(Received(tally)), &table);
  for (const Row& row : kOutcomes) {
    AddRow(totals, {absl::StrCat("  ", ToAbsl(row.name)), row.figure},
           Figure(tally.by_outcome[row.outcome]), &table);
  }
  AddRow(totals, {"test calls, apart", &Totals::test_calls}, Figure(tally.test_calls), &table);
  for (const Row& row : kInquiries) AddRow(totals, row, "", &table);
  return table.ToString();
}

std::vector<std::string> CheckTotals(const reporting::v1::GetTotalsResponse& totals,
                                     const Player::Tally& tally) {
  std::vector<std::string> faults;
  const auto expect = [&](std::string_view what, int64_t is, int64_t must_be) {
    if (is == must_be) return;
    faults.push_back(absl::StrCat("totals: ", ToAbsl(what), " is ", is, ", must be ", must_be));
  };
  const Totals& sum = totals.sum();
  expect("the residual", totals.residual(), 0);
  expect("in progress", sum.in_progress(), 0);
  expect("outcomes and in progress", OutcomesOf(sum) + sum.in_progress(), sum.received());
  expect("received", sum.received(), Received(tally));
  expect("test calls", sum.test_calls(), tally.test_calls);
  for (const Row& row : kOutcomes) {
    expect(row.name, (sum.*row.figure)(), tally.by_outcome[row.outcome]);
  }
  return faults;
}

}  // namespace tierline::load
