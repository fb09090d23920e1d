#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "tools/cli/completion_tree.h"

namespace tierline::cli {
namespace {

// Inside single quotes of a POSIX shell and of fish.
std::string Quoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

// All paths but the program's, as patterns: " call"|" call report".
std::string Paths(const std::vector<CompletionNode>& tree, const char* separator) {
  std::vector<std::string> paths;
  for (const CompletionNode& node : tree) {
    if (!node.path.empty()) paths.push_back(Quoted(node.path));
  }
  return absl::StrJoin(paths, separator);
}

// The lines of a case over "<path>|<option>" that offer the values of an option.
std::string ValueCases(const std::vector<CompletionNode>& tree, const char* offer) {
  std::string out;
  for (const CompletionNode& node : tree) {
    for (const CompletionOption& option : node.options) {
      if (!option.takes_value) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : option.names)
        patterns.push_back(Quoted(node.path + "|" + name));
      const std::string action = option.values.empty()
                                     ? "files=1"
                                     : absl::StrCat(offer, absl::StrJoin(option.values, " "), ")");
      absl::StrAppend(&out, "    (", absl::StrJoin(patterns, "|"), ") ", action, " ;;\n");
    }
  }
  return out;
}

std::string WordsOf(const CompletionNode& node) {
  std::vector<std::string> words;
  for (const auto& [name, description] : node.subcommands) words.push_back(name);
  for (const CompletionOption& option : node.options) {
    words.insert(words.end(), option.names.begin(), option.names.end());
  }
  return absl::StrJoin(words, " ");
}

// 'name:description' for zsh's _describe.
std::string Described(const std::string& name, const std::string& description) {
  return Quoted(absl::StrCat(absl::StrReplaceAll(name, {{":", "\\:"}}), ":", description));
}

}  // namespace

std::string BashCompletion(const std::vector<CompletionNode>& tree) {
  std::string out = absl::StrCat(
      "# bash completion of tierline: source <(tierline completion bash)\n"
      "_tierline() {\n"
      "  local at='' files='' word i offer=()\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    word=${COMP_WORDS[i]}\n"
      "    case \"$at $word\" in\n"
      "    (",
      Paths(tree, "|"),
      ") at=\"$at $word\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$at|$previous\" in\n",
      ValueCases(tree, "offer=("),
      "  esac\n"
      "  if [[ -z $files && ${#offer[@]} -eq 0 ]]; then\n"
      "    case \"$at\" in\n");
  for (const CompletionNode& node : tree) {
    absl::StrAppend(&out, "    (", Quoted(node.path), ") offer=(", WordsOf(node), ") ;;\n");
  }
  absl::StrAppend(&out,
                  "    esac\n"
                  "  fi\n"
                  "  COMPREPLY=($(compgen -W \"${offer[*]}\" -- \"$current\"))\n"
                  "}\n"
                  "complete -o default -F _tierline tierline\n");
  return out;
}

std::string ZshCompletion(const std::vector<CompletionNode>& tree) {
  std::string out = absl::StrCat(
      "#compdef tierline\n"
      "# zsh completion of tierline: source <(tierline completion zsh)\n"
      "_tierline() {\n"
      "  local at='' files='' word\n"
      "  local -a offer commands options\n"
      "  for word in ${words[2,CURRENT-1]}; do\n"
      "    case \"$at $word\" in\n"
      "    (",
      Paths(tree, "|"),
      ") at=\"$at $word\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$at|${words[CURRENT-1]}\" in\n",
      ValueCases(tree, "offer=("),
      "  esac\n"
      "  if [[ -n $files ]]; then _files; return; fi\n"
      "  if (( ${#offer} )); then compadd -- $offer; return; fi\n"
      "  case \"$at\" in\n");
  for (const CompletionNode& node : tree) {
    absl::StrAppend(&out, "  (", Quoted(node.path), ")\n    commands=(");
    for (const auto& [name, description] : node.subcommands)
      absl::StrAppend(&out, "\n      ", Described(name, description));
    absl::StrAppend(&out, ")\n    options=(");
    for (const CompletionOption& option : node.options) {
      for (const std::string& name : option.names)
        absl::StrAppend(&out, "\n      ", Described(name, option.description));
    }
    absl::StrAppend(&out, ") ;;\n");
  }
  absl::StrAppend(&out,
                  "  esac\n"
                  "  if [[ ${words[CURRENT]} == -* ]]; then\n"
                  "    _describe option options\n"
                  "  elif (( ${#commands} )); then\n"
                  "    _describe command commands\n"
                  "  else\n"
                  "    _files\n"
                  "  fi\n"
                  "}\n"
                  "compdef _tierline tierline\n");
  return out;
}

std::string FishCompletion(const std::vector<CompletionNode>& tree) {
  std::string out = absl::StrCat(
      "# fish completion of tierline: tierline completion fish | source\n"
      "function __tierline_at\n"
      "    set -l at ''\n"
      "    for word in (commandline -opc)[2..-1]\n"
      "        switch \"$at $word\"\n"
      "            case ",
      Paths(tree, " "),
      "\n"
      "                set at \"$at $word\"\n"
      "        end\n"
      "    end\n"
      "    test \"$at\" = \"$argv[1]\"\n"
      "end\n");
  for (const CompletionNode& node : tree) {
    const std::string here = absl::StrCat(
        "complete -c tierline -n ", Quoted(absl::StrCat("__tierline_at \"", node.path, "\"")));
    for (const auto& [name, description] : node.subcommands) {
      absl::StrAppend(&out, here, " -f -a ", name, " -d ", Quoted(description), "\n");
    }
    for (const CompletionOption& option : node.options) {
      absl::StrAppend(&out, here);
      for (const std::string& name : option.names) {
        absl::StrAppend(&out, name[1] == '-' ? " -l " : " -s ",
                        name.substr(name.find_first_not_of('-')));
      }
      if (option.takes_value) absl::StrAppend(&out, " -r");
      if (!option.values.empty())
        absl::StrAppend(&out, " -f -a ", Quoted(absl::StrJoin(option.values, " ")));
      absl::StrAppend(&out, " -d ", Quoted(option.description), "\n");
    }
  }
  return out;
}

}  // namespace tierline::cli
