#include <memory>

#include "tierline/routing/v1/routing.pb.h"
#include "tools/cli/commands.h"
#include "tools/cli/table.h"

namespace tierline::cli {
namespace {

using routing::v1::GetDialGuideRequest;
using routing::v1::GetDialGuideResponse;

ExitCode Guide(Program* program, const GetDialGuideRequest& request) {
  GetDialGuideResponse response;
  const ExitCode code = program->Ask(kRouting, "GetDialGuide", request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response, "entries");
    return kOk;
  }
  Table table({"OFFICE", "NAME", "DIAL", "KEYS", "拨打方法", "HOW TO DIAL"});
  for (const auto& entry : response.entries()) {
    table.Add({entry.office(), entry.name(), entry.dialled(), entry.keys(), entry.text().zh(),
               entry.text().en()});
  }
  program->out().Print(table);
  return kOk;
}

}  // namespace

void AddGuide(CLI::App* root, Program* program) {
  CLI::App* command =
      AddCommand(root, "guide", "How to dial: every office of an area, or one office from an area",
                 "tierline guide --area 0551\n"
                 "tierline guide --from 010 --to 340123\n"
                 "tierline guide --to 340123 -o json                     # from anywhere");
  auto request = std::make_shared<GetDialGuideRequest>();
  auto at = std::make_shared<int64_t>(0);
  auto* area = command->add_option("--area", *request->mutable_area(),
                                   "Area code, with its 0: how its offices are dialled");
  auto* from = command->add_option("--from", *request->mutable_from_area(),
                                   "Area code that is dialled from; none: anywhere");
  auto* to = command->add_option("--to", *request->mutable_office(), "Code of the office");
  area->excludes(from)->excludes(to);
  from->needs(to);
  AddInstant(command, "--at", at.get(), "By the number plan of that instant; else now");
  program->OnRun(command, [=] {
    request->set_at_ms(*at);
    return Guide(program, *request);
  });
}

}  // namespace tierline::cli
