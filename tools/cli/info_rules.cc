#include "tierline/directory/v1/directory.pb.h"
#include "tools/cli/info.h"
#include "tools/cli/labels.h"
#include "tools/cli/receipt.h"

// The acceptance rules of offices.

namespace tierline::cli {
namespace {

using directory::v1::GetAcceptanceRulesRequest;
using directory::v1::GetAcceptanceRulesResponse;
using directory::v1::PutAcceptanceRulesRequest;

void AddPut(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(
      group, "put", "Gives an office the next version of its rules",
      "tierline --role office_admin --office 340100 info rules put 340100 --text - < rules.txt\n"
      "tierline --role office_admin --office 340100 info rules put 340100 --text - --version 1 "
      "--effective-at 2009-05-01T00:00:00+08:00 < rules.txt");
  auto request = std::make_shared<PutAcceptanceRulesRequest>();
  auto effective_at_ms = std::make_shared<int64_t>(0);
  auto version = std::make_shared<int32_t>(0);
  command->add_option("of", *request->mutable_office(), "Office, six digits")->required();
  AddText(command, "--text", request->mutable_text()->mutable_zh(), "The rules in Chinese");
  AddText(command, "--text-en", request->mutable_text()->mutable_en(), "The rules in English");
  command->add_option("--version", *version, "The newest so far; none: whichever is");
  AddInstant(command, "--effective-at", effective_at_ms.get(),
             "From when, now or to come; none: at once");
  AddRequestId(command, request->mutable_request_id());
  program->OnRun(command, [=] {
    request->set_version(*version);
    request->set_effective_at_ms(*effective_at_ms);
    return SendAndPrint<directory::v1::PutAcceptanceRulesResponse>(
        program, kDirectory, "PutAcceptanceRules", request.get(), {{"office", request->office()}});
  });
}

ExitCode Show(Program* program, const GetAcceptanceRulesRequest& request) {
  GetAcceptanceRulesResponse response;
  const ExitCode code = program->Ask(kDirectory, "GetAcceptanceRules", request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  Labels labels(program);
  const auto& rules = response.rules();
  program->out().Print(Fields{{"office", labels.Office(rules.office())},
                              {"version", std::to_string(rules.version())},
                              {"newest", std::to_string(response.latest_version())},
                              {"in force from", labels.Time(rules.effective_at_ms())},
                              {"put", labels.Time(rules.put_at_ms())}});
  PrintText(program, rules.text());
  return kOk;
}

void AddShow(CLI::App* group, Program* program) {
  CLI::App* command =
      AddCommand(group, "show", "The rules in force, or those of a version or an instant",
                 "tierline info rules show 340100\n"
                 "tierline info rules show 340100 --at 2009-05-01T00:00:00+08:00\n"
                 "tierline info rules show 340100 --version 1");
  auto request = std::make_shared<GetAcceptanceRulesRequest>();
  auto at_ms = std::make_shared<int64_t>(0);
  auto version = std::make_shared<int32_t>(0);
  command->add_option("of", *request->mutable_office(), "Office, six digits")->required();
  CLI::Option* one = command->add_option("--version", *version, "One of them");
  AddInstant(command, "--at", at_ms.get(), "In force then; none: now")->excludes(one);
  program->OnRun(command, [=] {
    request->set_version(*version);
    request->set_at_ms(*at_ms);
    return Show(program, *request);
  });
}

}  // namespace

void AddInfoRules(CLI::App* info, Program* program) {
  CLI::App* group = AddGroup(info, "rules", "What an office handles and how, by its own rules",
                             "tierline info rules show 340100");
  AddPut(group, program);
  AddShow(group, program);
}

}  // namespace tierline::cli
