#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "runtime/config/config.h"
#include "tools/cli/commands.h"

namespace tierline::cli {

void AddVersion(CLI::App* root, Program* program) {
  CLI::App* command = AddCommand(root, "version", "Says which version this is",
                                 "tierline version\ntierline version -o json");
  program->OnRun(command, [=] {
    const absl::string_view version = ToAbsl(config::kVersion);
    program->out().Print(program->out().json() ? absl::StrCat("{\"version\": \"", version, "\"}")
                                               : absl::StrCat("tierline ", version));
    return kOk;
  });
}

}  // namespace tierline::cli
