#include <memory>

#include "tools/cli/commands.h"
#include "tools/cli/completion_tree.h"

namespace tierline::cli {

void AddCompletion(CLI::App* root, Program* program) {
  CLI::App* command =
      AddCommand(root, "completion", "Prints a script that completes this program's commands",
                 "source <(tierline completion bash)\n"
                 "tierline completion zsh > ~/.zsh/completions/_tierline\n"
                 "tierline completion fish > ~/.config/fish/completions/tierline.fish");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "Which shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  program->OnRun(command, [=] {
    const std::vector<CompletionNode> tree = CompletionTreeOf(*root);
    program->out().Print(*shell == "bash"  ? BashCompletion(tree)
                         : *shell == "zsh" ? ZshCompletion(tree)
                                           : FishCompletion(tree));
    return kOk;
  });
}

}  // namespace tierline::cli
