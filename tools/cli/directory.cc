#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tierline/directory/v1/directory.pb.h"
#include "tools/cli/commands.h"
#include "tools/cli/enum_names.h"
#include "tools/cli/labels.h"
#include "tools/cli/receipt.h"

namespace tierline::cli {
namespace {

using directory::v1::GetDirectoryResponse;
using directory::v1::GetOfficeRequest;
using directory::v1::GetOfficeResponse;
using directory::v1::ListOfficesRequest;
using directory::v1::ListOfficesResponse;

Table CategoryTable(const GetDirectoryResponse& directory) {
  Table table({"CATEGORY", "名称", "NAME"});
  for (const auto& category : directory.categories()) {
    table.Add({category.code(), category.name_zh(), category.name_en()});
  }
  return table;
}

ExitCode ShowDirectory(Program* program, const directory::v1::GetDirectoryRequest& request) {
  GetDirectoryResponse response;
  const ExitCode code = program->Ask(kDirectory, "GetDirectory", request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  const auto& hotline = response.hotline();
  const auto& counts = response.counts();
  program->out().Print(
      Fields{{"hotline", absl::StrCat(hotline.number(), " ", hotline.title().zh())},
             {"", hotline.title().en()},
             {"pack", response.pack_hash()},
             {"policy", response.policy()},
             {"time zone", hotline.time_zone()},
             {"trial from", hotline.trial_from()},
             {"formal from", hotline.formal_from()},
             {"offices", std::to_string(counts.offices())},
             {"lines", std::to_string(counts.lines())},
             {"area codes", std::to_string(counts.area_codes())},
             {"exchanges", std::to_string(counts.exchanges())},
             {"mobile prefixes", std::to_string(counts.mobile_prefixes())},
             {"calendar days", std::to_string(counts.calendar_days())},
             {"policies", std::to_string(counts.policies())},
             {"position", std::to_string(response.position().directory())}});
  program->out().Print("");
  program->out().Print(CategoryTable(response));
  return kOk;
}

ExitCode ShowOffice(Program* program, const GetOfficeRequest& request) {
  GetOfficeResponse response;
  const ExitCode code = program->Ask(kDirectory, "GetOffice", request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  Labels labels(program);
  std::vector<std::string> chain;
  for (const std::string& ancestor : response.ancestors()) chain.push_back(labels.Office(ancestor));
  const auto& office = response.office();
  program->out().Print(Fields{{"office", office.code()},
                              {"name", office.name()},
                              {"level", NameOf(office.level())},
                              {"provincial seat", office.provincial_seat() ? "yes" : ""},
                              {"part of", labels.Office(response.merged_into())},
                              {"line", response.line().number()},
                              {"line is", NameOf(response.line_state())},
                              {"open from", response.line().open_from()},
                              {"open until", response.line().open_until()},
                              {"superiors", absl::StrJoin(chain, " < ")},
                              {"children", std::to_string(response.children())}});
  return kOk;
}

ExitCode ListOffices(Program* program, ListOfficesRequest request) {
  ListOfficesResponse all;
  request.set_page_size(1000);
  do {
    ListOfficesResponse page;
    const ExitCode code = program->Ask(kDirectory, "ListOffices", request, &page);
    if (code != kOk) return code;
    for (auto& office : *page.mutable_offices()) *all.add_offices() = std::move(office);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (program->out().json()) {
    program->out().PrintJson(all, "offices");
    return kOk;
  }
  Table table({"OFFICE", "LEVEL", "PARENT", "NAME"});
  for (const auto& office : all.offices()) {
    table.Add({office.code(), NameOf(office.level()), office.parent(), office.name()});
  }
  program->out().Print(table);
  return kOk;
}

ExitCode SelectPolicy(Program* program, directory::v1::SelectPolicyRequest request) {
  directory::v1::SelectPolicyResponse response;
  const ExitCode code = program->Send(kDirectory, "SelectPolicy", &request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  Fields fields = {{"policy", request.policy()}};
  if (request.effective_at_ms() != 0) {
    Labels labels(program);
    fields.emplace_back("in force from", labels.Time(request.effective_at_ms()));
  }
  AddReceipt(request.request_id(), response.receipt(), &fields);
  program->out().Print(fields);
  return kOk;
}

void AddPolicy(CLI::App* group, Program* program) {
  CLI::App* command =
      AddCommand(group, "policy", "Puts another profile of limits of the pack in force",
                 "tierline directory policy bureau-12345\n"
                 "tierline directory policy bureau-12345 --effective-at 2009-05-01T00:00:00+08:00");
  auto request = std::make_shared<directory::v1::SelectPolicyRequest>();
  auto effective_at_ms = std::make_shared<int64_t>(0);
  command->add_option("policy", *request->mutable_policy(), "Id of the profile")->required();
  AddInstant(command, "--effective-at", effective_at_ms.get(),
             "From when it is in force, now or to come; none: at once");
  AddRequestId(command, request->mutable_request_id());
  program->OnRun(command, [=] {
    request->set_effective_at_ms(*effective_at_ms);
    return SelectPolicy(program, *request);
  });
}

}  // namespace

void AddDirectory(CLI::App* root, Program* program) {
  CLI::App* group = AddGroup(root, "directory", "The hotline pack: offices, lines, plan, limits",
                             "tierline directory load deploy/packs/12371 --yes\n"
                             "tierline directory office 340100");

  AddDirectoryLoad(group, program);

  CLI::App* show = AddCommand(group, "show", "The pack in force, in figures",
                              "tierline directory show\n"
                              "tierline directory show --at 2009-03-02T09:00:00+08:00");
  auto shown_ms = std::make_shared<int64_t>(0);
  AddInstant(show, "--at", shown_ms.get(), "As it is then; none: now");
  program->OnRun(show, [=] {
    directory::v1::GetDirectoryRequest request;
    request.set_at_ms(*shown_ms);
    return ShowDirectory(program, request);
  });

  CLI::App* office = AddCommand(group, "office", "One office, its line and its superiors",
                                "tierline directory office 340100");
  auto code = std::make_shared<GetOfficeRequest>();
  auto office_ms = std::make_shared<int64_t>(0);
  office->add_option("code", *code->mutable_code(), "Six digits")->required();
  AddInstant(office, "--at", office_ms.get(), "As it is then; none: now");
  program->OnRun(office, [=] {
    code->set_at_ms(*office_ms);
    return ShowOffice(program, *code);
  });

  CLI::App* offices = AddCommand(group, "offices", "Offices, or those below one",
                                 "tierline directory offices --parent 340000\n"
                                 "tierline directory offices -o jsonl | jq -r .code");
  auto list = std::make_shared<ListOfficesRequest>();
  auto list_ms = std::make_shared<int64_t>(0);
  offices->add_option("--parent", *list->mutable_parent(), "Code of the office above; none: all");
  AddInstant(offices, "--at", list_ms.get(), "As they are then; none: now");
  program->OnRun(offices, [=] {
    list->set_at_ms(*list_ms);
    return ListOffices(program, *list);
  });

  AddPolicy(group, program);
  AddDirectoryPlan(group, program);
}

}  // namespace tierline::cli
