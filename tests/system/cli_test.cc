#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "tests/kit/scratch_dir.h"
#include "tests/system/run_program.h"

// The program `tierline` as people and scripts meet it where no server is needed: help, completion,
// usage errors, exit codes.

namespace tierline {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Result;
using testing::RunCli;
using testing::RunProgram;
using ::testing::StartsWith;

constexpr const char* kInquiry = "5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21";

// The subcommands that a help text lists.
std::vector<std::string> SubcommandsIn(const std::string& help) {
  std::vector<std::string> names;
  std::istringstream lines(help);
  bool listed = false;
  for (std::string line; std::getline(lines, line);) {
    if (listed && line.rfind("  ", 0) != 0) break;
    if (listed) names.push_back(line.substr(2, line.find(' ', 2) - 2));
    if (line == "Subcommands:") listed = true;
  }
  return names;
}

// Every command, as its words; the program itself is the empty one.
void Collect(const std::vector<std::string>& words,
             std::vector<std::vector<std::string>>* commands) {
  commands->push_back(words);
  std::vector<std::string> help = words;
  help.push_back("--help");
  for (const std::string& name : SubcommandsIn(RunCli(help).out)) {
    std::vector<std::string> sub = words;
    sub.push_back(name);
    Collect(sub, commands);
  }
}

std::vector<std::vector<std::string>> AllCommands() {
  std::vector<std::vector<std::string>> commands;
  Collect({}, &commands);
  return commands;
}

TEST(CliHelp, EveryCommandHasExamples) {
  const auto commands = AllCommands();
  EXPECT_GE(commands.size(), 34U);  // so many there were when this was written
  for (std::vector<std::string> words : commands) {
    words.emplace_back("--help");
    const Result result = RunCli(words);
    EXPECT_EQ(result.code, 0);
    EXPECT_THAT(result.out, AllOf(HasSubstr("Usage: tierline"), HasSubstr("Examples:\n  ")))
        << ::testing::PrintToString(words);
    EXPECT_THAT(result.err, IsEmpty());
  }
}

TEST(CliHelp, SaysWhatTheExitCodesMean) {
  EXPECT_THAT(
      RunCli({"--help"}).out,
      AllOf(HasSubstr("\n  0  done"), HasSubstr("\n  1  the service refused"), HasSubstr("\n  2  "),
            HasSubstr("\n  3  no answer"), HasSubstr("\n  4  verification failed")));
}

struct Usage {
  const char* what;
  std::vector<std::string> args;
  const char* says;
};

TEST(CliUsage, WhatIsWrongIsNamedAndNothingIsSent) {
  const std::vector<Usage> rows = {
      {"no command", {}, "A subcommand is required"},
      {"an unknown command", {"frobnicate"}, "no command frobnicate"},
      {"a slip", {"rout", "--dial", "12371"}, "did you mean route?"},
      {"a slip below", {"inquiry", "opn"}, "did you mean open?"},
      {"a required option", {"route"}, "--dial is required"},
      {"an unknown option", {"route", "--dial", "12371", "--colour"}, "--colour"},
      {"an id", {"history", "17"}, "17 is no UUID"},
      {"a time",
       {"route", "--dial", "12371", "--at", "yesterday"},
       "write 2009-03-02T09:00:00+08:00"},
      {"a day", {"report", "totals", "--from-day", "2009-02-30"}, "2009-02-30 is no day"},
      {"a name of a set", {"inquiry", "close", kInquiry, "--outcome", "solved"}, "solved not in"},
      {"a timeout", {"doctor", "--timeout", "0"}, "0 is no duration"},
      {"a role", {"--role", "king", "doctor"}, "king not in"},
      {"an office", {"--role", "operator", "--office", "34", "doctor"}, "tierline-office"},
      {"a position", {"events", "tail", "--from", "3:x"}, "3:x is no position"},
      {"a folder", {"directory", "load", "/nowhere"}, "/nowhere"},
      {"a file", {"doctor", "--tls-ca", "/nowhere.pem"}, "/nowhere.pem"},
      {"stdin twice",
       {"inquiry", "register", kInquiry, "--explanation", "-", "--next-step", "-"},
       "only one option"},
  };
  for (const Usage& row : rows) {
    const Result result = RunCli(row.args, "text");
    EXPECT_EQ(result.code, 2) << row.what << "\n" << result.err;
    EXPECT_THAT(result.err, HasSubstr(row.says)) << row.what;
    EXPECT_THAT(result.out, IsEmpty()) << row.what;
  }
}

TEST(CliUsage, AFaultOfAPackIsNamedWithItsFileAndLine) {
  const testing::ScratchDir dir;
  const std::string pack = dir / "pack";
  std::filesystem::copy(TIERLINE_SOURCE_DIR "/deploy/packs/demo-2345", pack,
                        std::filesystem::copy_options::recursive);
  std::ofstream(pack + "/lines.csv", std::ios::app) << "999999,+86100,2009-03-01,\n";
  const Result result = RunCli({"directory", "load", pack, "--yes"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, AllOf(HasSubstr("nothing was sent"), HasSubstr("\n  lines.csv:"),
                                HasSubstr("999999")));
}

TEST(CliUnreachable, AServerThatDoesNotAnswerIsExitCode3) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"route", "--dial", "12371"},
                                             {"history", kInquiry},
                                             {"events", "tail"},
                                             {"report", "totals"},
                                             {"deadline", "list"}}) {
    std::vector<std::string> args = {"--address", "127.0.0.1:1", "--timeout", "10s"};
    args.insert(args.end(), command.begin(), command.end());
    const Result result = RunCli(args);
    EXPECT_EQ(result.code, 3) << command[0];
    EXPECT_THAT(result.err,
                AllOf(HasSubstr("no server answers at 127.0.0.1:1"), HasSubstr("\n  do ")))
        << command[0];
  }
}

TEST(CliUnreachable, ACommandSaysWithWhichIdItMayBeRepeated) {
  const Result result = RunCli({"--address", "127.0.0.1:1", "--timeout", "500ms", "inquiry", "note",
                                kInquiry, "--note", "x"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("repeat with --request-id"));
}

TEST(CliUnreachable, TopicsOfBrokersThatDoNotAnswerAreExitCode3) {
  const Result result =
      RunCli({"--timeout", "500ms", "topics", "plan", "--bootstrap-servers", "127.0.0.1:1"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("kafka"));
}

TEST(CliUnreachable, TheDoctorSaysWhatToDo) {
  const Result result = RunCli({"--address", "127.0.0.1:1", "--timeout", "500ms", "doctor"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.out, AllOf(HasSubstr("connection  fail"), HasSubstr("start a server")));
}

TEST(CliCompletion, BashKnowsEveryCommandAndItsOptions) {
  const testing::ScratchDir dir;
  std::ofstream(dir / "completion") << RunCli({"completion", "bash"}).out;
  auto offered = [&](const std::string& words) -> std::vector<std::string> {
    const std::string script =
        "source " + (dir / "completion") + "; COMP_WORDS=(" + words +
        "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _tierline; echo \"${COMPREPLY[*]}\"";
    return absl::StrSplit(absl::StripAsciiWhitespace(RunProgram("/bin/bash", {"-c", script}).out),
                          ' ');
  };
  EXPECT_THAT(offered("tierline ''"),
              AllOf(Contains("route"), Contains("doctor"), Contains("--address")));
  EXPECT_THAT(offered("tierline inquiry re"), ::testing::ElementsAre("register", "reopen"));
  EXPECT_THAT(offered("tierline -o json call report --kind ''"),
              ::testing::ElementsAre("offered", "answered", "ended", "busy", "ring_timeout"));
  EXPECT_THAT(offered("tierline report totals --b"), ::testing::ElementsAre("--by"));
  for (const auto& words : AllCommands()) {
    std::string line = "tierline";
    for (const std::string& word : words) line += " " + word;
    EXPECT_THAT(offered(line + " --he"), Contains("--help")) << line;
  }
}

TEST(CliCompletion, EveryShellHasAScript) {
  EXPECT_THAT(RunCli({"completion", "zsh"}).out, StartsWith("#compdef tierline"));
  EXPECT_THAT(RunCli({"completion", "fish"}).out, HasSubstr("complete -c tierline"));
  EXPECT_EQ(RunCli({"completion", "csh"}).code, 2);
}

TEST(CliVersion, IsAWordOrJson) {
  EXPECT_THAT(RunCli({"version"}).out, StartsWith("tierline "));
  EXPECT_THAT(RunCli({"version", "-o", "json"}).out, StartsWith("{\"version\": \""));
}

}  // namespace
}  // namespace tierline
