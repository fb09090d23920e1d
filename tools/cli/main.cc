#include <iostream>

#include "absl/strings/str_cat.h"
#include "tools/cli/commands.h"
#include "tools/cli/suggest.h"

// tierline: the program for people and scripts who use a hotline.

namespace tierline::cli {
namespace {

constexpr const char* kFooter = R"(Exit codes:
  0  done
  1  the service refused, or failed
  2  the command line or a file is wrong; nothing was sent
  3  no answer in time, or the server is too busy: the same again may succeed
  4  verification failed: a hash chain, a digest or an identity of figures does not hold

Examples:
  tierline doctor
  tierline directory load deploy/packs/12371 --yes
  tierline route --from 13805511234 --dial 12371 --explain
  tierline --role operator --office 340100 inquiry open --office 340100 --category dues
  tierline report totals --by level -o json)";

void AddCommands(CLI::App* root, Program* program) {
  AddRoute(root, program);
  AddGuide(root, program);
  AddCall(root, program);
  AddInquiryCommands(root, program);
  AddHistory(root, program);
  AddReport(root, program);
  AddDirectory(root, program);
  AddLineCommands(root, program);
  AddFees(root, program);
  AddDuty(root, program);
  AddInfo(root, program);
  AddDeadline(root, program);
  AddEvents(root, program);
  AddDoctor(root, program);
  AddTopics(root, program);
  AddCompletion(root, program);
  AddVersion(root, program);
}

// The deepest command that was named, and its words: "tierline inquiry open".
const CLI::App& NamedCommand(const CLI::App& root, std::string* words) {
  const CLI::App* app = &root;
  *words = root.get_name();
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
    absl::StrAppend(words, " ", app->get_name());
  }
  return *app;
}

void ComplainOf(const CLI::ParseError& error, const CLI::App& root) {
  std::string words;
  const CLI::App& command = NamedCommand(root, &words);
  std::vector<std::string> names;
  for (const CLI::App* sub : command.get_subcommands({})) names.push_back(sub->get_name());
  const std::vector<std::string> rest = root.remaining(true);
  if (!names.empty() && !rest.empty() && rest.front()[0] != '-') {
    const std::string meant = Suggest(rest.front(), names);
    Complain(absl::StrCat(words, " has no command ", rest.front(),
                          meant.empty() ? "" : absl::StrCat("; did you mean ", meant, "?")));
  } else {
    Complain(error.what());
  }
  std::cerr << "  do  " << words << " --help\n";
}

int Main(int argc, char** argv) {
  Program program;
  CLI::App root("Consultation hotlines: routing, inquiries, their history and figures", "tierline");
  root.require_subcommand(1);
  root.footer(kFooter);
  program.AddGlobalOptions(&root);
  AddCommands(&root, &program);
  try {
    root.parse(argc, argv);
  } catch (const CLI::Success& help) {  // --help
    return root.exit(help);
  } catch (const CLI::ParseError& error) {
    ComplainOf(error, root);
    return kUsage;
  }
  return program.Run();
}

}  // namespace
}  // namespace tierline::cli

int main(int argc, char** argv) { return tierline::cli::Main(argc, argv); }
