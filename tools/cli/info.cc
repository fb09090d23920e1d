#include "tools/cli/info.h"

#include "tierline/directory/v1/directory.pb.h"
#include "tools/cli/commands.h"
#include "tools/cli/enum_names.h"
#include "tools/cli/receipt.h"

// What offices set down for those who answer, and that it is right as it stands.

namespace tierline::cli {
namespace {

using directory::v1::InfoSection;
using directory::v1::PutEntryRequest;

ExitCode Put(Program* program, PutEntryRequest* request) {
  directory::v1::PutEntryResponse response;
  const ExitCode code = program->Send(kDirectory, "PutEntry", request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  Fields fields = {{"entry", response.entry_id()}};
  AddReceipt(request->request_id(), response.receipt(), &fields);
  program->out().Print(fields);
  return kOk;
}

void AddPut(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(
      group, "put", "Puts a new entry into an office's directory, or another version of one",
      "tierline --role office_admin --office 340100 info put 340100 basic_policy --title 党费收缴 "
      "--body - --published < dues.txt\n"
      "tierline --role office_admin --office 340100 info put --entry "
      "5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21 --version 1 --title 党费收缴 --body - < dues.txt");
  auto request = std::make_shared<PutEntryRequest>();
  auto section = std::make_shared<std::string>();
  auto published = std::make_shared<bool>(false);
  auto version = std::make_shared<int32_t>(0);
  CLI::Option* office =
      command->add_option("office", *request->mutable_office(), "Six digits; of a new entry");
  CLI::Option* where = AddSection(command, "section", section);
  CLI::Option* entry =
      command->add_option("--entry", *request->mutable_entry_id(), "UUID of the entry");
  entry->excludes(office)->excludes(where);
  command->add_option("--version", *version, "The version to be replaced; none: whichever is")
      ->needs(entry);
  AddText(command, "--title", request->mutable_title()->mutable_zh(), "Title in Chinese");
  AddText(command, "--title-en", request->mutable_title()->mutable_en(), "Title in English");
  AddText(command, "--body", request->mutable_body()->mutable_zh(), "Text in Chinese");
  AddText(command, "--body-en", request->mutable_body()->mutable_en(), "Text in English");
  command->add_flag("--published", *published, "Seen by all offices");
  AddRequestId(command, request->mutable_request_id());
  program->OnRun(command, [=] {
    request->set_section(ValueOf<InfoSection>(*section));
    request->set_version(*version);
    request->set_published(*published);
    return Put(program, request.get());
  });
}

void AddWithdraw(CLI::App* group, Program* program) {
  CLI::App* command =
      AddCommand(group, "withdraw", "Takes an entry out of all lists; its versions stay",
                 "tierline --role office_admin --office 340100 info withdraw "
                 "5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21");
  auto request = std::make_shared<directory::v1::WithdrawEntryRequest>();
  auto version = std::make_shared<int32_t>(0);
  command->add_option("entry", *request->mutable_entry_id(), "UUID of the entry")->required();
  command->add_option("--version", *version, "Its newest version; none: whichever is");
  AddRequestId(command, request->mutable_request_id());
  program->OnRun(command, [=] {
    request->set_version(*version);
    return SendAndPrint<directory::v1::WithdrawEntryResponse>(
        program, kDirectory, "WithdrawEntry", request.get(), {{"entry", request->entry_id()}});
  });
}

void AddConfirm(CLI::App* group, Program* program) {
  CLI::App* command =
      AddCommand(group, "confirm", "Says that a section is right as it stands",
                 "tierline --role office_admin --office 340100 info confirm 340100 basic_facts");
  auto request = std::make_shared<directory::v1::ConfirmSectionRequest>();
  auto section = std::make_shared<std::string>();
  command->add_option("office", *request->mutable_office(), "Six digits")->required();
  AddSection(command, "section", section)->required();
  AddRequestId(command, request->mutable_request_id());
  program->OnRun(command, [=] {
    request->set_section(ValueOf<InfoSection>(*section));
    return SendAndPrint<directory::v1::ConfirmSectionResponse>(
        program, kDirectory, "ConfirmSection", request.get(),
        {{"office", request->office()}, {"section", *section}});
  });
}

}  // namespace

void AddInfo(CLI::App* root, Program* program) {
  CLI::App* group =
      AddGroup(root, "info", "The information directory and the acceptance rules of offices",
               "tierline --role operator --office 340100 info search 党费\n"
               "tierline info rules show 340100");
  AddPut(group, program);
  AddWithdraw(group, program);
  AddConfirm(group, program);
  AddInfoReads(group, program);
  AddInfoRules(group, program);
}

}  // namespace tierline::cli
