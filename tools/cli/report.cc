#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "tierline/base/v1/replica.pb.h"
#include "tierline/reporting/v1/reporting.pb.h"
#include "tools/cli/commands.h"
#include "tools/cli/enum_names.h"
#include "tools/cli/labels.h"

namespace tierline::cli {
namespace {

using base::v1::GetDigestRequest;
using base::v1::GetDigestResponse;
using reporting::v1::GetTotalsRequest;
using reporting::v1::GetTotalsResponse;
using reporting::v1::GroupBy;
using reporting::v1::Totals;

struct Column {
  const char* name;
  int64_t (Totals::*value)() const;
};

constexpr Column kCallColumns[] = {
    {">RECEIVED", &Totals::received},      {">ANSWERED", &Totals::answered},
    {">ABANDONED", &Totals::abandoned},    {">BLOCKED", &Totals::blocked},
    {">NO ANSWER", &Totals::no_answer},    {">AFTER HOURS", &Totals::after_hours},
    {">MENU EXIT", &Totals::menu_exit},    {">ROUTE FAILED", &Totals::route_failed},
    {">UNKNOWN", &Totals::unknown},        {">IN PROGRESS", &Totals::in_progress},
    {">TESTS APART", &Totals::test_calls},
};
// Calls that an office did not answer, and what became of those that nobody answered.
constexpr Column kWayColumns[] = {
    {">LINE BUSY", &Totals::legs_blocked},
    {">LINE UNANSWERED", &Totals::legs_no_answer},
    {">OVERFLOWED", &Totals::overflowed_out},
    {">TRANSFERRED", &Totals::transferred_out},
    {">VOICE MESSAGES", &Totals::voice_messages},
    {">CALLED BACK", &Totals::callbacks_made},
    {">CALL-BACKS DUE", &Totals::callbacks_set},
    {">MISSED", &Totals::callbacks_missed},
    {">MET", &Totals::callbacks_met},
};
constexpr Column kInquiryColumns[] = {
    {">OPENED", &Totals::inquiries_opened}, {">ON THE SPOT", &Totals::answered_on_the_spot},
    {">REGISTERED", &Totals::registered},   {">CLOSED", &Totals::closed},
    {">REOPENED", &Totals::reopened},       {">CLOCKS SET", &Totals::deadlines_set},
    {">WARNED", &Totals::deadlines_warned}, {">MISSED", &Totals::deadlines_missed},
    {">MET", &Totals::deadlines_met},       {">TAKEN OVER", &Totals::taken_over},
};

std::string KeyOf(const Totals& row, GroupBy group_by, Labels* labels) {
  if (group_by == reporting::v1::GROUP_BY_OFFICE) return labels->Office(row.key());
  std::string key = row.key();
  if (key.rfind("LEVEL_", 0) == 0) {
    key = key.substr(6);
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char c) { return std::tolower(c); });
  }
  return key;
}

template <size_t N>
Table TotalsTable(std::string first, const Column (&columns)[N], const GetTotalsResponse& totals,
                  GroupBy group_by, Labels* labels) {
  std::vector<std::string> header = {std::move(first)};
  for (const Column& column : columns) header.emplace_back(column.name);
  Table table(std::move(header));
  auto add = [&](std::string key, const Totals& row) {
    std::vector<std::string> cells = {std::move(key)};
    for (const Column& column : columns) cells.push_back(std::to_string((row.*column.value)()));
    table.Add(std::move(cells));
  };
  for (const Totals& row : totals.rows()) add(KeyOf(row, group_by, labels), row);
  add("all", totals.sum());
  return table;
}

void PrintTotals(Program* program, const GetTotalsRequest& request,
                 const GetTotalsResponse& totals) {
  Labels labels(program);
  if (request.group_by() == reporting::v1::GROUP_BY_OFFICE && totals.rows_size() > 20)
    labels.LoadNames();
  program->out().Print(TotalsTable("CALLS", kCallColumns, totals, request.group_by(), &labels));
  program->out().Print("");
  program->out().Print(TotalsTable("WAYS", kWayColumns, totals, request.group_by(), &labels));
  program->out().Print("");
  program->out().Print(
      TotalsTable("INQUIRIES", kInquiryColumns, totals, request.group_by(), &labels));
  int64_t records = 0;
  for (const auto& position : totals.positions()) records += position.history();
  program->out().Print("");
  program->out().Print(Fields{
      {"residual", absl::StrCat(totals.residual(), totals.residual() == 0
                                                       ? " (received = outcomes + in progress)"
                                                       : " (MUST BE 0: R-119)")},
      {"covers", absl::StrCat(records, " records of ", totals.positions_size(), " partitions")}});
}

ExitCode ShowTotals(Program* program, const GetTotalsRequest& request) {
  GetTotalsResponse totals;
  const ExitCode code = program->Ask(kReporting, "GetTotals", request, &totals);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(totals, "rows");
  } else {
    PrintTotals(program, request, totals);
  }
  if (totals.residual() == 0) return kOk;
  Complain(absl::StrCat("the outcomes do not sum to the calls received: residual ",
                        totals.residual(), " (R-119); run tierline report digest --recompute"));
  return kUnverified;
}

void AddTotals(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(
      group, "totals", "Counts of calls, inquiries and deadlines",
      "tierline report totals\n"
      "tierline report totals --by office --office 340000\n"
      "tierline report totals --by day --from-day 2009-03-01 --until-day 2009-04-01 -o json");
  auto request = std::make_shared<GetTotalsRequest>();
  auto by = std::make_shared<std::string>("level");
  command->add_option("--office", *request->mutable_office(),
                      "Root of the subtree; none: everything");
  AddDay(command, "--from-day", request->mutable_from_day(), "First day, in the hotline's zone");
  AddDay(command, "--until-day", request->mutable_until_day(), "First day after");
  command->add_option("--by", *by, "What a row stands for")
      ->check(CLI::IsMember({"level", "office", "day"}))
      ->capture_default_str();
  program->OnRun(command, [=] {
    request->set_group_by(ValueOf<GroupBy>(*by));
    return ShowTotals(program, *request);
  });
}

ExitCode ShowDigest(Program* program, const GetDigestRequest& request) {
  GetDigestResponse digest;
  const ExitCode code = program->Ask(kReplica, "GetDigest", request, &digest);
  if (code != kOk) return code;
  Table table({">PARTITION", ">OFFSET", ">INQUIRIES", ">VALID", ">VOID", "DIGEST", "RECOMPUTED"});
  int mismatches = 0;
  for (const auto& partition : digest.partitions()) {
    const bool same = partition.digest() == partition.recomputed();
    if (request.recompute() && !same) ++mismatches;
    table.Add({std::to_string(partition.partition()), std::to_string(partition.offset()),
               std::to_string(partition.subjects()), std::to_string(partition.valid_records()),
               std::to_string(partition.void_records()), partition.digest(),
               !request.recompute() ? ""
               : same               ? "ok"
                                    : "fail"});
  }
  if (program->out().json()) {
    program->out().PrintJson(digest, "partitions");
  } else {
    program->out().Print(table);
  }
  if (mismatches == 0) return kOk;
  Complain(
      absl::StrCat("the state of ", mismatches,
                   " partitions is not what the log says: delete the server's state directory, "
                   "it is folded again from the log"));
  return kUnverified;
}

void AddDigest(CLI::App* group, Program* program) {
  CLI::App* command =
      AddCommand(group, "digest", "SHA-256 of the folded state, per partition",
                 "tierline report digest\n"
                 "tierline --timeout 5m report digest --recompute   # exit 4 when they differ");
  auto recompute = std::make_shared<bool>(false);
  command->add_flag("--recompute", *recompute, "Fold the log from scratch and compare");
  program->OnRun(command, [=] {
    GetDigestRequest request;
    request.set_recompute(*recompute);
    return ShowDigest(program, request);
  });
}

}  // namespace

void AddReport(CLI::App* root, Program* program) {
  CLI::App* group =
      AddGroup(root, "report", "Figures, and the proof of the state behind them",
               "tierline report totals --by level\ntierline report digest --recompute");
  AddTotals(group, program);
  AddDigest(group, program);
}

}  // namespace tierline::cli
