#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tierline::cli {

struct CompletionOption {
  std::vector<std::string> names;  // "-o", "--output"
  std::string description;
  bool takes_value = false;
  std::vector<std::string> values;  // when they are a closed set
};

// One command of the tree, for those who write completion scripts.
struct CompletionNode {
  std::string path;  // " inquiry open"; empty for the program itself
  std::string description;
  std::vector<std::pair<std::string, std::string>> subcommands;  // name, description
  std::vector<CompletionOption> options;                         // own ones, then the global ones
};

// Every command below `root`, and `root` first.
std::vector<CompletionNode> CompletionTreeOf(CLI::App& root);

// Scripts for the shells; to be sourced.
std::string BashCompletion(const std::vector<CompletionNode>& tree);
std::string ZshCompletion(const std::vector<CompletionNode>& tree);
std::string FishCompletion(const std::vector<CompletionNode>& tree);

}  // namespace tierline::cli
