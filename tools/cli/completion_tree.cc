#include "tools/cli/completion_tree.h"

#include <algorithm>

#include "absl/strings/str_split.h"

namespace tierline::cli {
namespace {

// The set that CLI::IsMember shows as "TEXT:{a,b,c}".
std::vector<std::string> ValuesOf(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t open = type.find('{');
  const size_t close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) return {};
  return absl::StrSplit(type.substr(open + 1, close - open - 1), ',');
}

std::vector<CompletionOption> OptionsOf(const CLI::App& app) {
  std::vector<CompletionOption> options;
  for (const CLI::Option* option : app.get_options({})) {
    CompletionOption out;
    for (const std::string& name : option->get_snames()) out.names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) out.names.push_back("--" + name);
    if (out.names.empty()) continue;  // a positional one
    out.description = option->get_description();
    out.takes_value = option->get_items_expected_max() > 0;
    out.values = ValuesOf(*option);
    options.push_back(std::move(out));
  }
  return options;
}

bool Has(const std::vector<CompletionOption>& options, const std::string& name) {
  return std::any_of(options.begin(), options.end(), [&](const CompletionOption& option) {
    return std::find(option.names.begin(), option.names.end(), name) != option.names.end();
  });
}

void Collect(const CLI::App& app, const std::string& path,
             const std::vector<CompletionOption>& global, std::vector<CompletionNode>* tree) {
  CompletionNode node{
      .path = path, .description = app.get_description(), .options = OptionsOf(app)};
  for (const CompletionOption& option : global) {
    if (!Has(node.options, option.names.back())) node.options.push_back(option);
  }
  const std::vector<const CLI::App*> subcommands = app.get_subcommands({});
  for (const CLI::App* sub : subcommands) {
    node.subcommands.emplace_back(sub->get_name(), sub->get_description());
  }
  tree->push_back(std::move(node));
  for (const CLI::App* sub : subcommands) Collect(*sub, path + " " + sub->get_name(), global, tree);
}

}  // namespace

std::vector<CompletionNode> CompletionTreeOf(CLI::App& root) {
  std::vector<CompletionNode> tree;
  Collect(root, "", OptionsOf(root), &tree);
  return tree;
}

}  // namespace tierline::cli
