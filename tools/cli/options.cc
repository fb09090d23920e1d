#include <iostream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/ids.h"
#include "base/text.h"
#include "directory/dates.h"
#include "tools/cli/program.h"
#include "tools/cli/times.h"

namespace tierline::cli {
namespace {

std::string Footer(std::string_view examples) {
  return absl::StrCat("Examples:\n  ", absl::StrReplaceAll(ToAbsl(examples), {{"\n", "\n  "}}));
}

// The whole of stdin without its last line end.
std::string ReadStdin() {
  static bool read = false;  // there is one stdin
  if (read) throw CLI::ValidationError("-", "only one option can be read from stdin");
  read = true;
  std::string text{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string CheckUuid(const std::string& text) {
  return Uuid::Parse(text).ok() ? "" : text + " is no UUID (36 characters, 8-4-4-4-12 hex digits)";
}

std::string CheckDay(const std::string& text) {
  return directory::ParseDate(text) ? "" : text + " is no day: write 2009-03-02";
}

}  // namespace

CLI::App* AddCommand(CLI::App* parent, std::string name, std::string description,
                     std::string_view examples) {
  CLI::App* command = parent->add_subcommand(std::move(name), std::move(description));
  command->footer(Footer(examples));
  command->fallthrough();
  return command;
}

CLI::App* AddGroup(CLI::App* parent, std::string name, std::string description,
                   std::string_view examples) {
  CLI::App* group = AddCommand(parent, std::move(name), std::move(description), examples);
  group->require_subcommand(1);
  return group;
}

CLI::Option* AddInstant(CLI::App* command, std::string name, int64_t* ms, std::string description) {
  auto parse = [name, ms](const std::string& text) {
    const std::optional<int64_t> parsed = ParseInstantMs(text);
    if (!parsed) {
      throw CLI::ValidationError(name, text + " is no time: write 2009-03-02T09:00:00+08:00");
    }
    *ms = *parsed;
  };
  return command->add_option_function<std::string>(name, parse, std::move(description))
      ->type_name("RFC3339");
}

CLI::Option* AddDay(CLI::App* command, std::string name, std::string* day,
                    std::string description) {
  return command->add_option(std::move(name), *day, std::move(description))
      ->check(CheckDay)
      ->type_name("YYYY-MM-DD");
}

CLI::Option* AddText(CLI::App* command, std::string name, std::string* text,
                     std::string description) {
  auto read = [text](const std::string& value) { *text = value == "-" ? ReadStdin() : value; };
  return command->add_option_function<std::string>(std::move(name), read,
                                                   description + "; -: from stdin");
}

CLI::Option* AddRequestId(CLI::App* command, std::string* id) {
  return command
      ->add_option("--request-id", *id,
                   "Of an earlier attempt, so that it is not done twice; else a new one")
      ->check(CheckUuid)
      ->type_name("UUID");
}

CLI::Option* AddEtag(CLI::App* command, std::string* etag) {
  auto quote = [etag](const std::string& text) {
    const bool bare = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    *etag = bare ? absl::StrCat("\"", text, "\"") : text;
  };
  return command->add_option_function<std::string>(
      "--etag", quote, "Version that was seen, from an earlier reply; none: any");
}

CLI::Option* AddInquiry(CLI::App* command, std::string* inquiry) {
  return command->add_option("inquiry", *inquiry, "Id of the inquiry")
      ->required()
      ->check(CheckUuid)
      ->type_name("UUID");
}

}  // namespace tierline::cli
