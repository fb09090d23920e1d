#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "tierline/escalation/v1/escalation.pb.h"
#include "tools/cli/commands.h"
#include "tools/cli/labels.h"

namespace tierline::cli {
namespace {

using escalation::v1::GetDeadlinesRequest;
using escalation::v1::GetDeadlinesResponse;
using escalation::v1::ListDeadlinesRequest;
using escalation::v1::ListDeadlinesResponse;
using state::v1::Deadline;

constexpr int kPageMax = 1000;

std::string StateOf(const Deadline& deadline) {
  if (deadline.met()) return "met";
  if (deadline.missed()) return "missed";
  const std::string state = deadline.warned() ? "warned" : "running";
  return deadline.provisional() ? state + ", provisional" : state;
}

std::string StateOf(const state::v1::Supervision& order) {
  if (order.fulfilled()) return "fulfilled";
  if (order.missed()) return "missed";
  return order.acknowledged_at_ms() != 0 ? "acknowledged" : "stands";
}

void PrintOrders(Program* program, const GetDeadlinesResponse& response, Labels* labels) {
  if (response.supervisions().empty()) return;
  Table table({"ORDER OF", "TO", "ORDERED", "DUE", "READ", "STATE"});
  for (const auto& order : response.supervisions()) {
    table.Add({labels->Office(order.office()), labels->Office(order.owner()),
               labels->Time(order.ordered_at_ms()), labels->Time(order.due_at_ms()),
               labels->Time(order.acknowledged_at_ms()), StateOf(order)});
  }
  program->out().Print(table);
}

// Who knew what when.
void PrintUrgent(Program* program, const GetDeadlinesResponse& response, Labels* labels) {
  if (response.urgent_reports().empty()) return;
  Table table({"URGENT, TOLD", "AT", "TO BE READ BY", "READ", "SKIPPED"});
  for (const auto& report : response.urgent_reports()) {
    table.Add({report.office().empty() ? "the leader" : labels->Office(report.office()),
               labels->Time(report.reported_at_ms()), labels->Time(report.acknowledge_by_ms()),
               labels->Time(report.acknowledged_at_ms()), report.skipped() ? "yes" : ""});
  }
  program->out().Print(table);
}

//
void PrintHolders(Program* program, const GetDeadlinesResponse& response, Labels* labels) {
  if (response.holders().empty()) return;
  Table table({"HELD BY", "FROM", "UNTIL"});
  for (const auto& holder : response.holders()) {
    table.Add({labels->Office(holder.office()), labels->Time(holder.from_ms()),
               labels->Time(holder.until_ms())});
  }
  program->out().Print(table);
}

ExitCode Show(Program* program, const GetDeadlinesRequest& request) {
  GetDeadlinesResponse response;
  const ExitCode code = program->Ask(kEscalation, "GetDeadlines", request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response, "deadlines");
    return kOk;
  }
  Labels labels(program);
  Table table({"LIMIT", "POLICY", "OFFICE", "STARTED", "WARNING", "DUE", "STATE"});
  for (const Deadline& deadline : response.deadlines()) {
    table.Add({deadline.limit(), deadline.policy(), labels.Office(deadline.office()),
               labels.Time(deadline.started_at_ms()), labels.Time(deadline.warn_at_ms()),
               labels.Time(deadline.due_at_ms()), StateOf(deadline)});
  }
  program->out().Print(table);
  PrintOrders(program, response, &labels);
  PrintUrgent(program, response, &labels);
  PrintHolders(program, response, &labels);
  return kOk;
}

// At most `limit` deadlines; whether there are more.
ExitCode ReadList(Program* program, ListDeadlinesRequest request, int limit,
                  ListDeadlinesResponse* all) {
  do {
    ListDeadlinesResponse page;
    request.set_page_size(std::min(kPageMax, limit - all->deadlines_size()));
    const ExitCode code = program->Ask(kEscalation, "ListDeadlines", request, &page);
    if (code != kOk) return code;
    for (auto& deadline : *page.mutable_deadlines()) *all->add_deadlines() = std::move(deadline);
    all->set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && all->deadlines_size() < limit);
  return kOk;
}

ExitCode List(Program* program, const ListDeadlinesRequest& request, int limit) {
  ListDeadlinesResponse response;
  const ExitCode code = ReadList(program, request, limit, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response, "deadlines");
    return kOk;
  }
  Labels labels(program);
  Table table({"DUE", "STATE", "INQUIRY", "LIMIT", "OFFICE"});
  for (const auto& running : response.deadlines()) {
    const Deadline& deadline = running.deadline();
    table.Add({labels.Time(deadline.due_at_ms()), StateOf(deadline), running.inquiry_id(),
               deadline.limit(), labels.Office(deadline.office())});
  }
  program->out().Print(table);
  if (!response.next_page_token().empty()) Complain("there are more: raise --limit");
  return kOk;
}

}  // namespace

void AddDeadline(CLI::App* root, Program* program) {
  CLI::App* group = AddGroup(root, "deadline", "Clocks that run, and those that were missed",
                             "tierline deadline list\n"
                             "tierline deadline show 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21");
  CLI::App* list = AddCommand(group, "list", "Clocks that run or were missed, by due instant",
                              "tierline deadline list --due-before 2009-03-05T17:30:00+08:00\n"
                              "tierline deadline list -o jsonl | jq -r .inquiry_id");
  auto before = std::make_shared<int64_t>(0);
  auto limit = std::make_shared<int>(100);
  AddInstant(list, "--due-before", before.get(), "Only those due before");
  list->add_option("--limit", *limit, "At most so many")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  program->OnRun(list, [=] {
    ListDeadlinesRequest request;
    request.set_due_before_ms(*before);
    return List(program, request, *limit);
  });

  CLI::App* show = AddCommand(group, "show", "The clocks of one inquiry",
                              "tierline deadline show 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21");
  auto request = std::make_shared<GetDeadlinesRequest>();
  AddInquiry(show, request->mutable_inquiry_id());
  program->OnRun(show, [=] { return Show(program, *request); });
}

}  // namespace tierline::cli
