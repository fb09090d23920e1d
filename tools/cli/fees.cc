#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "directory/dates.h"
#include "tierline/directory/v1/directory.pb.h"
#include "tools/cli/commands.h"
#include "tools/cli/enum_names.h"
#include "tools/cli/labels.h"

namespace tierline::cli {
namespace {

using directory::v1::FeeFact;
using directory::v1::FeeLine;
using directory::v1::ListFeesRequest;
using directory::v1::ListFeesResponse;

// Fen as yuan: 24000 is "240.00".
std::string Yuan(int64_t fen) { return absl::StrFormat("%d.%02d", fen / 100, fen % 100); }

std::string FactsOf(const FeeLine& line) {
  std::vector<std::string> facts;
  for (const FeeFact& fact : line.facts())
    facts.push_back(fact.event_id().empty() ? fact.row() : absl::StrCat("event ", fact.event_id()));
  return absl::StrJoin(facts, ", ");
}

ExitCode ReadFees(Program* program, ListFeesRequest request, ListFeesResponse* all) {
  request.set_page_size(1000);
  do {
    ListFeesResponse page;
    const ExitCode code = program->Ask(kDirectory, "ListFees", request, &page);
    if (code != kOk) return code;
    for (auto& statement : *page.mutable_statements())
      *all->add_statements() = std::move(statement);
    all->mutable_totals()->MergeFrom(page.totals());  // on the first page alone
    *all->mutable_position() = page.position();
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return kOk;
}

void PrintMonths(Program* program, const ListFeesResponse& fees) {
  Table table({"OFFICE", "NAME", "MONTH", "LEVEL", ">YUAN", "WHY", "FACTS"});
  for (const auto& statement : fees.statements()) {
    for (const FeeLine& line : statement.lines()) {
      table.Add({statement.office(), statement.name(), line.month(), NameOf(line.level()),
                 Yuan(line.fen()),
                 absl::StrCat(NameOf(line.reason()), line.forecast() ? " (forecast)" : ""),
                 FactsOf(line)});
    }
  }
  program->out().Print(table);
}

void PrintStatements(Program* program, const ListFeesResponse& fees) {
  Table table({"OFFICE", "NAME", ">MONTHS", ">YUAN", "FROM THE FUND"});
  for (const auto& statement : fees.statements()) {
    table.Add({statement.office(), statement.name(), std::to_string(statement.lines_size()),
               Yuan(statement.fen()), statement.fund().zh()});
  }
  program->out().Print(table);
}

int64_t ForecastFen(const ListFeesResponse& fees) {
  int64_t fen = 0;
  for (const auto& statement : fees.statements()) {
    for (const FeeLine& line : statement.lines()) fen += line.forecast() ? line.fen() : 0;
  }
  return fen;
}

ExitCode ShowFees(Program* program, const ListFeesRequest& request, bool months) {
  ListFeesResponse fees;
  const ExitCode code = ReadFees(program, request, &fees);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(fees, "statements");
    return kOk;
  }
  months ? PrintMonths(program, fees) : PrintStatements(program, fees);
  Table totals({"LEVEL", ">OFFICES", ">MONTHS", ">YUAN"});
  for (const auto& total : fees.totals()) {
    totals.Add({total.level() == 0 ? "all" : NameOf(total.level()), std::to_string(total.offices()),
                std::to_string(total.months()), Yuan(total.fen())});
  }
  program->out().Print("");
  program->out().Print(totals);
  if (const int64_t fen = ForecastFen(fees); fen > 0)
    program->out().Print(absl::StrCat("of this a forecast: ", Yuan(fen)));
  return kOk;
}

std::string CheckMonth(const std::string& text) {
  return directory::ParseMonth(text) ? "" : text + " is no month: write 2009-04";
}

}  // namespace

void AddFees(CLI::App* root, Program* program) {
  CLI::App* command = AddCommand(
      root, "fees", "What offices owe for their lines, per month, with the facts behind it",
      "tierline fees --year 2009\n"
      "tierline fees --from-month 2009-04 --until-month 2009-07 --office 340000 --months\n"
      "tierline fees --year 2009 -o json | jq '.totals'");
  auto request = std::make_shared<ListFeesRequest>();
  auto months = std::make_shared<bool>(false);
  auto year = std::make_shared<int>(0);
  command->add_option("--office", *request->mutable_office(), "Root of the subtree; none: all");
  auto* whole = command->add_option("--year", *year, "A whole year")->check(CLI::Range(1970, 9998));
  auto* from = command->add_option("--from-month", *request->mutable_from_month(), "First month")
                   ->check(CheckMonth)
                   ->type_name("YYYY-MM")
                   ->excludes(whole);
  command->add_option("--until-month", *request->mutable_until_month(), "First month after")
      ->check(CheckMonth)
      ->type_name("YYYY-MM")
      ->needs(from);
  command->add_flag("--months", *months, "A row for each month, with the facts");
  auto free = std::make_shared<bool>(false);
  command->add_flag("--free", *free, "Months without a fee too");
  program->OnRun(command, [=] {
    request->set_include_free(*free);
    if (*year != 0) {
      request->set_from_month(absl::StrFormat("%04d-01", *year));
      request->set_until_month(absl::StrFormat("%04d-01", *year + 1));
    }
    return ShowFees(program, *request, *months);
  });
}

}  // namespace tierline::cli
