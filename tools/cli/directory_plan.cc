#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tierline/directory/v1/directory.pb.h"
#include "tierline/routing/v1/what_if.pb.h"
#include "tools/cli/commands.h"
#include "tools/cli/enum_names.h"
#include "tools/cli/labels.h"
#include "tools/cli/pack_file.h"
#include "tools/cli/receipt.h"

// What is in force when: publications, changes of single offices, and what a draft would change
//

namespace tierline::cli {
namespace {

using directory::v1::ChangeOfficeRequest;
using directory::v1::ListPublicationsResponse;
using directory::v1::OfficeChange;
using routing::v1::WhatIfRequest;
using routing::v1::WhatIfResponse;

std::string Described(const OfficeChange& change, Labels* labels) {
  std::vector<std::string> parts;
  if (!change.parent().empty())
    parts.push_back(absl::StrCat("parent ", labels->Office(change.parent())));
  if (!change.name().empty()) parts.push_back(absl::StrCat("name ", change.name()));
  if (change.level() != 0) parts.push_back(absl::StrCat("level ", NameOf(change.level())));
  if (!change.merged_into().empty())
    parts.push_back(absl::StrCat("part of ", labels->Office(change.merged_into())));
  return absl::StrCat("office ", change.office(), ": ", absl::StrJoin(parts, ", "));
}

ExitCode ReadPublications(Program* program, ListPublicationsResponse* all) {
  directory::v1::ListPublicationsRequest request;
  request.set_page_size(1000);
  do {
    ListPublicationsResponse page;
    const ExitCode code = program->Ask(kDirectory, "ListPublications", request, &page);
    if (code != kOk) return code;
    for (auto& one : *page.mutable_publications()) *all->add_publications() = std::move(one);
    *all->mutable_position() = page.position();
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return kOk;
}

ExitCode ListPublications(Program* program) {
  ListPublicationsResponse response;
  const ExitCode code = ReadPublications(program, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response, "publications");
    return kOk;
  }
  Labels labels(program);
  Table table({"IN FORCE FROM", "WHAT", "PUBLISHED", "EVENT", "EFFECT"});
  for (const auto& one : response.publications()) {
    const std::string what = one.has_pack_hash() ? absl::StrCat("pack ", one.pack_hash())
                             : one.has_policy()  ? absl::StrCat("policy ", one.policy())
                                                 : Described(one.office(), &labels);
    table.Add({labels.Time(one.effective_at_ms()), what, labels.Time(one.published_at_ms()),
               one.event_id(), one.without_effect() ? "none" : ""});
  }
  program->out().Print(table);
  return kOk;
}

ExitCode ChangeOffice(Program* program, ChangeOfficeRequest request) {
  directory::v1::ChangeOfficeResponse response;
  const ExitCode code = program->Send(kDirectory, "ChangeOffice", &request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  Labels labels(program);
  Fields fields = {{"change", Described(request.change(), &labels)},
                   {"in force from", labels.Time(request.effective_at_ms())}};
  AddReceipt(request.request_id(), response.receipt(), &fields);
  program->out().Print(fields);
  return kOk;
}

void AddChange(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(
      group, "change",
      "Gives one office another superior, name or level, or merges it into another",
      "tierline directory change 341400 --parent 340000 --name 巢湖市 --evidence-id 2011-121 "
      "--evidence \"state council\" --effective-at 2011-08-22T00:00:00+08:00\n"
      "tierline directory change 340104 --merge-into 340103 --evidence-id 2012-4 --evidence "
      "merged");
  auto request = std::make_shared<ChangeOfficeRequest>();
  auto level = std::make_shared<std::string>();
  auto effective_at_ms = std::make_shared<int64_t>(0);
  OfficeChange* change = request->mutable_change();
  command->add_option("office", *change->mutable_office(), "Six digits")->required();
  command->add_option("--parent", *change->mutable_parent(), "Code of its new superior");
  command->add_option("--name", *change->mutable_name(), "Its new name");
  command->add_option("--level", *level, "Its new level")
      ->check(CLI::IsMember(NamesOf<base::v1::Level>()));
  command->add_option("--merge-into", *change->mutable_merged_into(),
                      "Code of the office that it becomes part of");
  AddInstant(command, "--effective-at", effective_at_ms.get(),
             "From when it holds, now or to come; none: at once");
  command
      ->add_option("--evidence-id", *request->mutable_evidence()->mutable_id(),
                   "What finds the evidence again")
      ->required();
  AddText(command, "--evidence", request->mutable_evidence()->mutable_text(), "What it says")
      ->required();
  AddRequestId(command, request->mutable_request_id());
  program->OnRun(command, [=] {
    request->mutable_change()->set_level(ValueOf<base::v1::Level>(*level));
    request->set_effective_at_ms(*effective_at_ms);
    return ChangeOffice(program, *request);
  });
}

std::string Went(const events::v1::Decision& decision, Labels* labels) {
  std::string text =
      absl::StrCat(NameOf(decision.action()), " ", labels->Office(decision.intended_office()));
  if (decision.served_office() != decision.intended_office() && !decision.served_office().empty())
    absl::StrAppend(&text, ", served by ", labels->Office(decision.served_office()));
  return text;
}

std::string Why(const routing::v1::RouteChange& call) {
  std::vector<std::string> reasons;
  for (const int reason : call.after().reasons())
    reasons.push_back(NameOf(static_cast<events::v1::RouteReason>(reason)));
  if (call.digits_missing()) reasons.push_back("(the caller's digits were not recorded)");
  return absl::StrJoin(reasons, " ");
}

// All steps through the log, of up to `limit` calls.
ExitCode Ask(Program* program, WhatIfRequest request, int limit, WhatIfResponse* all) {
  do {
    WhatIfResponse step;
    request.set_page_size(std::min(1000, limit - all->calls_size()));
    const ExitCode code = program->Ask(kRouting, "WhatIf", request, &step);
    if (code != kOk) return code;
    for (auto& call : *step.mutable_calls()) *all->add_calls() = std::move(call);
    all->set_records_read(step.records_read());
    all->set_calls_compared(step.calls_compared());
    all->set_calls_changed(step.calls_changed());
    all->set_next_page_token(step.next_page_token());
    request.set_page_token(step.next_page_token());
  } while (!request.page_token().empty() && all->calls_size() < limit);
  return kOk;
}

ExitCode WhatIf(Program* program, const std::string& path, WhatIfRequest request, int limit) {
  if (!path.empty()) {
    directory::Pack pack;
    ExitCode code = ReadPackAt(path, &pack);
    if (code == kOk) code = StagePack(program, &pack, request.mutable_min_position());
    if (code != kOk) return code;
    request.set_pack_hash(pack.hash);
    *request.mutable_counts() = pack.counts;
  }
  WhatIfResponse response;
  const ExitCode code = Ask(program, request, limit, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response, "calls");
    return kOk;
  }
  Labels labels(program);
  Table table({"ARRIVED", "INQUIRY", "WENT", "WOULD GO", "BECAUSE"});
  for (const auto& call : response.calls()) {
    table.Add({labels.Time(call.arrived_at_ms()), call.inquiry_id(), Went(call.before(), &labels),
               Went(call.after(), &labels), Why(call)});
  }
  program->out().Print(table);
  program->out().Print("");
  program->out().Print(Fields{{"records read", std::to_string(response.records_read())},
                              {"calls compared", std::to_string(response.calls_compared())},
                              {"would change", std::to_string(response.calls_changed())}});
  if (!response.next_page_token().empty()) Complain("there are more: raise --limit");
  return kOk;
}

void AddWhatIf(CLI::App* group, Program* program) {
  CLI::App* command =
      AddCommand(group, "what-if", "Which calls of a past period would go elsewhere under a draft",
                 "tierline directory what-if next --from 2012-11-01T00:00:00+08:00 --until "
                 "2012-12-01T00:00:00+08:00\n"
                 "tierline directory what-if --from 2009-03-01T00:00:00+08:00 --until "
                 "2009-04-01T00:00:00+08:00   # what is in force now");
  auto path = std::make_shared<std::string>();
  auto from_ms = std::make_shared<int64_t>(0);
  auto until_ms = std::make_shared<int64_t>(0);
  auto limit = std::make_shared<int>(100);
  command->add_option("path", *path, "Folder of the draft; none: what is in force now")
      ->check(CLI::ExistingDirectory);
  AddInstant(command, "--from", from_ms.get(), "Calls that arrived from then on")->required();
  AddInstant(command, "--until", until_ms.get(), "and before")->required();
  command->add_option("--limit", *limit, "At most so many calls")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  program->OnRun(command, [=] {
    WhatIfRequest request;
    request.set_from_ms(*from_ms);
    request.set_until_ms(*until_ms);
    return WhatIf(program, *path, request, *limit);
  });
}

}  // namespace

void AddDirectoryPlan(CLI::App* group, Program* program) {
  CLI::App* plan = AddCommand(group, "plan", "What was, is and will be in force, and from when",
                              "tierline directory plan");
  program->OnRun(plan, [=] { return ListPublications(program); });
  AddChange(group, program);
  AddWhatIf(group, program);
}

}  // namespace tierline::cli
