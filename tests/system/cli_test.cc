#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/validity.h"
#include "runtime/rpc/server.h"
#include "tests/kit/scratch_dir.h"
#include "tierline/directory/v1/directory.pb.h"
#include "tierline/reporting/v1/reporting.pb.h"

// The program `tierline` as people and scripts meet it: help, completion, usage errors, exit codes.
// Where an answer is needed, a server of a few lines gives it.

namespace tierline {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kInquiry = "5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21";

struct Result {
  int code = -1;
  std::string out;
  std::string err;
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void Redirect(const std::string& path, int flags, int to) {
  const int fd = open(path.c_str(), flags, 0600);
  if (fd < 0 || dup2(fd, to) < 0) _exit(126);
}

// Runs `program` to its end, with `input` as its stdin and nothing of the environment.
Result RunProgram(const std::string& program, const std::vector<std::string>& args,
                  const std::string& input = "") {
  const testing::ScratchDir dir;
  std::ofstream(dir / "in") << input;
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  const std::string in = dir / "in", out = dir / "out", err = dir / "err";
  const pid_t pid = fork();
  if (pid == 0) {
    Redirect(in, O_RDONLY, STDIN_FILENO);
    Redirect(out, O_WRONLY | O_CREAT, STDOUT_FILENO);
    Redirect(err, O_WRONLY | O_CREAT, STDERR_FILENO);
    char* environment[] = {nullptr};
    execve(program.c_str(), argv.data(), environment);
    _exit(127);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadFile(out), ReadFile(err)};
}

Result RunCli(const std::vector<std::string>& args, const std::string& input = "") {
  return RunProgram(TIERLINE_BINARY_DIR "/tierline", args, input);
}

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
              ::testing::ElementsAre("offered", "answered", "ended"));
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

// A server whose answers a test chooses, on a thread of its own.
class Answers {
 public:
  template <typename Request, typename Response>
  void Give(std::string_view service, std::string_view method,
            std::function<Response(const Request&)> answer) {
    server_.Handle(service, method, [answer](rpc::Call call) {
      Request request;
      if (call.Parse(&request)) call.Reply(answer(request));
    });
  }
  void Refuse(std::string_view service, std::string_view method, Rejection rejection) {
    server_.Handle(service, method, [rejection](rpc::Call call) { call.Fail(rejection); });
  }

  Result RunCli(std::vector<std::string> args) {
    EXPECT_TRUE(server_.Start().ok());
    args.insert(args.begin(), {"--address", server_.address()});
    std::atomic<bool> stop{false};
    std::thread thread([&] {
      while (!stop) server_.Drain(absl::Now() + absl::Milliseconds(5));
    });
    const Result result = tierline::RunCli(args);
    stop = true;
    thread.join();
    return result;
  }

 private:
  rpc::Server server_{rpc::ServerOptions{}};
};

constexpr std::string_view kReporting = "tierline.reporting.v1.ReportingService";

reporting::v1::HistoryRecord RecordOf(int64_t offset, const Hash& prev, Hash* head) {
  reporting::v1::HistoryRecord record;
  record.set_offset(offset);
  record.set_id(MakeUuidV7(1, 2, static_cast<uint64_t>(offset)).ToString());
  record.set_type("tierline.intake.note-added.v1");
  record.set_source("/tierline/intake");
  record.set_subject(kInquiry);
  record.set_time_ms(1'236'000'000'000);
  record.mutable_event()->set_subject(kInquiry);
  record.mutable_event()->mutable_note_added();
  const std::string value = record.event().SerializeAsString();
  *head = ChainHash(prev, {.id = *Uuid::Parse(record.id()),
                           .type = record.type(),
                           .source = base::v1::SERVICE_INTAKE,
                           .subject = record.subject(),
                           .time_ms = record.time_ms(),
                           .value = value});
  record.set_prev_hash(HexOf(Bytes(prev)));
  record.set_hash(HexOf(Bytes(*head)));
  return record;
}

// Two pages of one record each; `tamper` may change them.
Result HistoryOf(const std::function<void(reporting::v1::GetHistoryResponse*)>& tamper) {
  Hash first{}, second{};
  reporting::v1::GetHistoryResponse pages[2];
  *pages[0].add_records() = RecordOf(7, Hash{}, &first);
  *pages[1].add_records() = RecordOf(9, first, &second);
  pages[0].set_next_page_token("1");
  for (auto& page : pages) {
    page.mutable_chain()->set_verified(true);
    page.mutable_chain()->set_events(2);
    page.mutable_chain()->set_head(HexOf(Bytes(second)));
  }
  tamper(&pages[1]);
  Answers answers;
  answers.Give<reporting::v1::GetHistoryRequest, reporting::v1::GetHistoryResponse>(
      kReporting, "GetHistory",
      [&](const auto& request) { return pages[request.page_token().empty() ? 0 : 1]; });
  return answers.RunCli({"history", kInquiry});
}

TEST(CliHistory, AChainThatHoldsIsVerified) {
  const Result result = HistoryOf([](auto*) {});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("note-added"), HasSubstr("verified: 2 events, 2 hashed again here")));
}

TEST(CliHistory, AChangedEventIsExitCode4ThoughTheServerSaysVerified) {
  const Result result =
      HistoryOf([](auto* page) { page->mutable_records(0)->mutable_event()->set_directory(99); });
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(result.err, HasSubstr("offset 9: its hash is not that of its content"));
}

TEST(CliHistory, AMissingEventIsExitCode4) {
  const Result result = HistoryOf([](auto* page) { page->clear_records(); });
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(result.err, HasSubstr("counts 2 events, but sent 1"));
}

TEST(CliHistory, WhatTheServerFoundIsSaid) {
  const Result result = HistoryOf([](auto* page) {
    page->mutable_chain()->set_verified(false);
    page->mutable_chain()->set_fault("the head differs");
  });
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(result.err, HasSubstr("the head differs"));
}

//
TEST(CliReport, FiguresThatDoNotSumAreExitCode4) {
  Answers answers;
  answers.Give<reporting::v1::GetTotalsRequest, reporting::v1::GetTotalsResponse>(
      kReporting, "GetTotals", [](const auto&) {
        reporting::v1::GetTotalsResponse totals;
        totals.mutable_sum()->set_received(3);
        totals.set_residual(1);
        return totals;
      });
  const Result result = answers.RunCli({"report", "totals"});
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(result.out, HasSubstr("MUST BE 0"));
}

TEST(CliReport, ADigestThatTheLogDoesNotGiveIsExitCode4) {
  Answers answers;
  answers.Give<reporting::v1::GetDigestRequest, reporting::v1::GetDigestResponse>(
      kReporting, "GetDigest", [](const auto& request) {
        reporting::v1::GetDigestResponse digest;
        auto* partition = digest.add_partitions();
        partition->set_digest("aa");
        if (request.recompute()) partition->set_recomputed("bb");
        return digest;
      });
  EXPECT_EQ(answers.RunCli({"report", "digest", "--recompute"}).code, 4);
}

TEST(CliRefused, FieldValueRuleAndWhatToDoAreSaid) {
  Answers answers;
  answers.Refuse("tierline.directory.v1.DirectoryService", "GetOffice",
                 {.code = absl::StatusCode::kNotFound,
                  .reason = "OFFICE_NOT_FOUND",
                  .message = "there is no such office",
                  .rule = "R-201",
                  .field = "code",
                  .value = "999999"});
  const Result result = answers.RunCli({"directory", "office", "999999"});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, AllOf(StartsWith("tierline: there is no such office\n"),
                                HasSubstr("OFFICE_NOT_FOUND"), HasSubstr("code"),
                                HasSubstr("999999"), HasSubstr("R-201"), HasSubstr("\n  do ")));
}

// A Chinese character takes two columns.
TEST(CliTable, ColumnsAlignUnderChineseNames) {
  Answers answers;
  answers.Give<directory::v1::ListOfficesRequest, directory::v1::ListOfficesResponse>(
      "tierline.directory.v1.DirectoryService", "ListOffices", [](const auto&) {
        directory::v1::ListOfficesResponse offices;
        for (const char* parent : {"省", "中央组织部"}) {
          auto* office = offices.add_offices();
          office->set_code("340000");
          office->set_parent(parent);
          office->set_name("x");
        }
        return offices;
      });
  EXPECT_THAT(answers.RunCli({"directory", "offices"}).out,
              AllOf(HasSubstr("省          x\n"), HasSubstr("中央组织部  x\n")));
}

TEST(CliTable, NobodysDataMovesTheCursor) {
  Answers answers;
  answers.Give<directory::v1::ListOfficesRequest, directory::v1::ListOfficesResponse>(
      "tierline.directory.v1.DirectoryService", "ListOffices", [](const auto&) {
        directory::v1::ListOfficesResponse offices;
        offices.add_offices()->set_name("\x1b[2Jname");
        return offices;
      });
  EXPECT_THAT(answers.RunCli({"directory", "offices"}).out,
              AllOf(HasSubstr("?[2Jname"), Not(HasSubstr("\x1b"))));
}

}  // namespace
}  // namespace tierline
