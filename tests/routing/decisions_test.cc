#include <fstream>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/routing/directories.h"

namespace tierline::routing {
namespace {

// One line of decisions.csv; its first lines say what the columns are.
struct Row {
  int line = 0;
  std::string caller, dialled, trunk, at, action, intended, served, locality, menu, local, because;
};

std::vector<Row> ReadRows() {
  std::ifstream file(std::string(TIERLINE_SOURCE_DIR) + "/tests/routing/decisions.csv");
  std::vector<Row> rows;
  std::string text;
  for (int line = 1; std::getline(file, text); ++line) {
    if (text.empty() || text.front() == '#') continue;
    const std::vector<std::string> cell = absl::StrSplit(text, ',');
    if (cell.size() != 11) {
      ADD_FAILURE() << "decisions.csv:" << line << ": has " << cell.size() << " columns";
      continue;
    }
    rows.push_back({line, cell[0], cell[1], cell[2], cell[3], cell[4], cell[5], cell[6], cell[7],
                    cell[8], cell[9], cell[10]});
  }
  return rows;
}

std::string ActionName(events::v1::RouteAction action) {
  switch (action) {
    case events::v1::ROUTE_ACTION_RING:
      return "ring";
    case events::v1::ROUTE_ACTION_MENU:
      return "menu";
    case events::v1::ROUTE_ACTION_VOICE:
      return "voice";
    case events::v1::ROUTE_ACTION_REJECT:
      return "reject";
    default:
      return "none";
  }
}

std::vector<std::string> ReasonNames(const events::v1::Decision& decision) {
  constexpr size_t kPrefix = sizeof("ROUTE_REASON_") - 1;
  std::vector<std::string> names;
  for (const int reason : decision.reasons()) {
    names.push_back(
        events::v1::RouteReason_Name(static_cast<events::v1::RouteReason>(reason)).substr(kPrefix));
  }
  return names;
}

// The names of `wanted` stand in `reasons` in this order, others between them.
bool InOrder(const std::string& wanted, const std::vector<std::string>& reasons) {
  auto at = reasons.begin();
  for (const auto name : absl::StrSplit(wanted, ' ', absl::SkipEmpty())) {
    at = std::find(at, reasons.end(), std::string(name));
    if (at == reasons.end()) return false;
    ++at;
  }
  return true;
}

std::string Shown(const std::string& action, const std::string& intended, const std::string& served,
                  const std::string& locality, const std::string& menu, const std::string& local) {
  return absl::StrJoin({action, intended, served, locality, menu, local}, ",");
}

TEST(Decisions, AreAsWorkedOutByHand) {
  const std::vector<Row> rows = ReadRows();
  EXPECT_GE(rows.size(), 200u);
  for (const Row& row : rows) {
    const std::string at = row.at.empty() ? testing::kWorking : row.at;
    const auto decision =
        testing::DecisionOf(testing::Arrival(row.caller, row.dialled, row.trunk, at));
    EXPECT_EQ(
        Shown(ActionName(decision.action()), decision.intended_office(), decision.served_office(),
              decision.locality(), decision.menu_area(), decision.local_call() ? "local" : ""),
        Shown(row.action, row.intended, row.served, row.locality, row.menu, row.local))
        << "decisions.csv:" << row.line;
    const auto reasons = ReasonNames(decision);
    EXPECT_TRUE(InOrder(row.because, reasons))
        << "decisions.csv:" << row.line << ": " << absl::StrJoin(reasons, " ");
  }
}

}  // namespace
}  // namespace tierline::routing
