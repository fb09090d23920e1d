#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tierline/directory/v1/directory.pb.h"
#include "tools/cli/commands.h"
#include "tools/cli/enum_names.h"
#include "tools/cli/labels.h"
#include "tools/cli/receipt.h"

// The lines of offices: who is open, the life of one, and its steps.

namespace tierline::cli {
namespace {

using directory::v1::AdvanceLinesRequest;
using directory::v1::GetLineRequest;
using directory::v1::GetLineResponse;
using directory::v1::LineStatus;
using directory::v1::LineStep;
using directory::v1::ListLinesRequest;
using directory::v1::ListLinesResponse;

std::string StateOf(const LineStatus& line) {
  if (line.state() == directory::v1::LINE_STATE_UNSPECIFIED) return "no line";
  return line.trial() ? "trial" : NameOf(line.state());
}

std::string Late(const LineStatus& line) {
  std::vector<std::string> parts;
  if (line.trial_late_days() > 0) parts.push_back(absl::StrCat("trial ", line.trial_late_days()));
  if (line.formal_late_days() > 0)
    parts.push_back(absl::StrCat("formal ", line.formal_late_days()));
  return absl::StrJoin(parts, ", ");
}

Table CountsTable(const ListLinesResponse& lines) {
  Table table({"LEVEL", ">OFFICES", ">OPEN", ">TRIAL", ">SUSPENDED", ">REBINDING", ">NOT YET",
               ">CLOSED", ">LATE FOR TRIAL", ">LATE FOR FORMAL"});
  for (const auto& row : lines.counts()) {
    table.Add({row.level() == 0 ? "all" : NameOf(row.level()), std::to_string(row.offices()),
               std::to_string(row.open()), std::to_string(row.trial()),
               std::to_string(row.suspended()), std::to_string(row.rebinding()),
               std::to_string(row.not_yet()), std::to_string(row.closed()),
               std::to_string(row.late_for_trial()), std::to_string(row.late_for_formal())});
  }
  return table;
}

// All pages of up to `limit` lines.
ExitCode ReadLines(Program* program, ListLinesRequest request, int limit, ListLinesResponse* all) {
  do {
    ListLinesResponse page;
    request.set_page_size(std::min(1000, limit - all->lines_size()));
    const ExitCode code = program->Ask(kDirectory, "ListLines", request, &page);
    if (code != kOk) return code;
    for (auto& line : *page.mutable_lines()) *all->add_lines() = std::move(line);
    all->set_next_page_token(page.next_page_token());
    all->mutable_counts()->MergeFrom(page.counts());  // on the first page alone
    *all->mutable_position() = page.position();
    all->set_trial(page.trial());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && all->lines_size() < limit);
  return kOk;
}

ExitCode List(Program* program, const ListLinesRequest& request, int limit) {
  ListLinesResponse lines;
  const ExitCode code = ReadLines(program, request, limit, &lines);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(lines, "lines");
    return kOk;
  }
  Labels labels(program);
  Table table({"OFFICE", "NAME", "LEVEL", "STATE", "SINCE", "NUMBER", "LATE BY DAYS", "SERVED BY"});
  for (const LineStatus& line : lines.lines()) {
    table.Add({line.office(), line.name(), NameOf(line.level()), StateOf(line),
               labels.Time(line.since_ms()), line.number(), Late(line), line.served_by()});
  }
  program->out().Print(table);
  program->out().Print("");
  program->out().Print(CountsTable(lines));
  if (!lines.next_page_token().empty()) Complain("there are more: raise --limit");
  return kOk;
}

void AddList(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(group, "list", "Who is open, at any instant, and who is late",
                                 "tierline line list --office 340000 --only late\n"
                                 "tierline line list --at 2009-03-02T09:00:00+08:00 --level "
                                 "prefecture\n"
                                 "tierline line list --only not_open -o jsonl | jq -r .office");
  auto request = std::make_shared<ListLinesRequest>();
  auto level = std::make_shared<std::string>();
  auto only = std::make_shared<std::string>();
  auto limit = std::make_shared<int>(100);
  auto at_ms = std::make_shared<int64_t>(0);
  command->add_option("--office", *request->mutable_office(), "Root of the subtree; none: all");
  command->add_option("--level", *level, "Only offices of this level")
      ->check(CLI::IsMember(NamesOf<base::v1::Level>()));
  command->add_option("--only", *only, "Only lines that are so")
      ->check(CLI::IsMember(NamesOf<directory::v1::LineFilter>()));
  AddInstant(command, "--at", at_ms.get(), "As it was then; none: now");
  command->add_option("--limit", *limit, "At most so many")
      ->check(CLI::Range(1, 65'534))
      ->capture_default_str();
  program->OnRun(command, [=] {
    request->set_level(ValueOf<base::v1::Level>(*level));
    request->set_filter(ValueOf<directory::v1::LineFilter>(*only));
    request->set_at_ms(*at_ms);
    return List(program, *request, *limit);
  });
}

std::string Because(const directory::v1::LineSpan& span) {
  if (!span.has_fact()) return absl::StrCat("pack ", span.pack_hash().substr(0, 12));
  const auto& fact = span.fact();
  return absl::StrCat(fact.evidence().id(), ": ", fact.evidence().text());
}

std::string Who(const base::v1::Principal& actor) {
  return actor.office().empty() ? NameOf(actor.role())
                                : absl::StrCat(NameOf(actor.role()), " of ", actor.office());
}

std::string StepOf(const directory::v1::LineFact& fact) {
  std::string step = NameOf(fact.step());
  if (fact.step() == directory::v1::LINE_STEP_TEST)
    absl::StrAppend(&step, fact.test_failed() ? " failed" : " passed");
  return step;
}

ExitCode Show(Program* program, const GetLineRequest& request) {
  GetLineResponse line;
  const ExitCode code = program->Ask(kDirectory, "GetLine", request, &line);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(line, "spans");
    return kOk;
  }
  Labels labels(program);
  std::vector<std::string> allowed;
  for (const int step : line.allowed()) allowed.push_back(NameOf(static_cast<LineStep>(step)));
  program->out().Print(Fields{{"office", absl::StrCat(line.now().office(), " ", line.now().name())},
                              {"level", NameOf(line.now().level())},
                              {"state", StateOf(line.now())},
                              {"number", line.now().number()},
                              {"first served", labels.Time(line.now().first_served_ms())},
                              {"first open", labels.Time(line.now().first_open_ms())},
                              {"late by days", Late(line.now())},
                              {"served by", labels.Office(line.now().served_by())},
                              {"allowed next", absl::StrJoin(allowed, ", ")}});
  Table table({"FROM", "STATE", "NUMBER", "STEP", "BY", "BECAUSE", "TEST CALLS"});
  for (const auto& span : line.spans()) {
    table.Add({labels.Time(span.from_ms()), NameOf(span.state()), span.number(),
               StepOf(span.fact()), Who(span.fact().actor()), Because(span),
               absl::StrJoin(span.fact().test_calls(), " ")});
  }
  program->out().Print("");
  program->out().Print(table);
  return kOk;
}

// "340100", "340100=+865510340100", "340100=<uuid>,<uuid>"
void AddLine(const std::string& text, AdvanceLinesRequest* request) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits('=', 1));
  auto* line = request->add_lines();
  line->set_office(parts[0]);
  if (parts.size() == 1) return;
  if (request->step() != directory::v1::LINE_STEP_TEST) return line->set_number(parts[1]);
  for (const auto& call : absl::StrSplit(parts[1], ',')) line->add_test_calls(std::string(call));
}

struct StepOptions {
  std::string step;
  std::vector<std::string> lines;
  std::string under;
  int64_t at_ms = 0;
  bool failed = false;
  AdvanceLinesRequest request;
};

// Every office of the subtree, as one evidence may be about a whole province.
ExitCode AddSubtree(Program* program, const std::string& top, AdvanceLinesRequest* request) {
  ListLinesRequest query;
  query.set_office(top);
  ListLinesResponse lines;
  const ExitCode code = ReadLines(program, query, 65'534, &lines);
  for (const LineStatus& line : lines.lines()) request->add_lines()->set_office(line.office());
  return code;
}

ExitCode Advance(Program* program, StepOptions* options) {
  AdvanceLinesRequest& request = options->request;
  request.set_step(ValueOf<LineStep>(options->step));
  request.set_happened_at_ms(options->at_ms);
  for (const std::string& line : options->lines) AddLine(line, &request);
  if (!options->under.empty()) {
    const ExitCode code = AddSubtree(program, options->under, &request);
    if (code != kOk) return code;
  }
  for (auto& line : *request.mutable_lines()) line.set_test_failed(options->failed);
  directory::v1::AdvanceLinesResponse response;
  const ExitCode code = program->Send(kDirectory, "AdvanceLines", &request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  Fields fields = {{"step", options->step}, {"lines", std::to_string(request.lines_size())}};
  AddReceipt(request.request_id(), response.receipt(), &fields);
  program->out().Print(fields);
  return kOk;
}

void AddStep(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(
      group, "step", "Records a step of the life of one or more lines: all of them or none",
      "tierline --role office_admin --office 340000 line step file --under 340000 --evidence-id "
      "2009-18 --evidence \"filed with the regulator\"\n"
      "tierline --role office_admin --office 340100 line step rebind 340100=+8655160340100 "
      "--evidence-id 2012-7 --evidence \"eight digits\"\n"
      "tierline --role office_admin --office 340100 line step test "
      "340100=5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21 --evidence-id T-4 --evidence \"three calls, all "
      "heard\"");
  auto options = std::make_shared<StepOptions>();
  command->add_option("step", options->step, "What was done")
      ->required()
      ->check(CLI::IsMember(NamesOf<LineStep>()));
  command->add_option("lines", options->lines,
                      "Offices; with =NUMBER to bind or rebind, =INQUIRY,… the calls of a test");
  command->add_option("--under", options->under, "Every office of this subtree too");
  AddInstant(command, "--at", &options->at_ms, "When it was done; none: now");
  command->add_flag("--failed", options->failed, "The test failed");
  command
      ->add_option("--evidence-id", *options->request.mutable_evidence()->mutable_id(),
                   "What finds the evidence again")
      ->required();
  AddText(command, "--evidence", options->request.mutable_evidence()->mutable_text(),
          "What it says")
      ->required();
  AddRequestId(command, options->request.mutable_request_id());
  program->OnRun(command, [=] { return Advance(program, options.get()); });
}

}  // namespace

void AddLineCommands(CLI::App* root, Program* program) {
  CLI::App* group = AddGroup(root, "line", "The lines of offices: who is open, and their lives",
                             "tierline line list --only late\ntierline line show 340100");
  AddList(group, program);
  CLI::App* show = AddCommand(group, "show", "The life of one office's line, step by step",
                              "tierline line show 340100");
  auto request = std::make_shared<GetLineRequest>();
  show->add_option("office", *request->mutable_office(), "Six digits")->required();
  program->OnRun(show, [=] { return Show(program, *request); });
  AddStep(group, program);
}

}  // namespace tierline::cli
