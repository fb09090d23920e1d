#include "tools/load/brokers.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/text.h"
#include "tools/load/interrupt.h"

namespace tierline::load {
namespace {

// Starts `words` in a process group of its own: a terminal's Ctrl-C is for us, we pass it on.
absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& words, int output) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  pid_t pid = -1;
  const int error =
      posix_spawnp(&pid, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return absl::ErrnoToStatus(error, words[0]);
  return pid;
}

// Reads until the other end is closed.
std::string ReadAll(int from, pid_t writer) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = read(from, buffer, sizeof buffer);
    if (got > 0) text.append(buffer, static_cast<size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR)) return text;
    if (got < 0 && Interrupted()) kill(writer, SIGINT);  // it stops what it started
  }
}

absl::StatusOr<std::string> RunToEnd(const std::vector<std::string>& words) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  const auto pid = Spawn(words, ends[1]);
  close(ends[1]);
  std::string said = pid.ok() ? ReadAll(ends[0], *pid) : "";
  close(ends[0]);
  if (!pid.ok()) return pid.status();
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return said;
  return absl::UnavailableError(absl::StrCat(absl::StrJoin(words, " "), ":\n", said));
}

std::vector<std::string> CommandOf(const BrokerOptions& options, std::string_view verb) {
  return {"python3", options.tool, std::string(verb), "--dir", options.dir};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Brokers>> Brokers::Start(const BrokerOptions& options) {
  std::unique_ptr<Brokers> brokers(new Brokers(options));
  std::vector<std::string> up = CommandOf(options, "up");
  up.insert(up.end(), {"--fresh", "--quick", "--brokers", absl::StrCat(options.count)});
  if (!options.advertised.empty()) {
    up.insert(up.end(), {"--advertise", absl::StrJoin(options.advertised, ",")});
  }
  const auto said = RunToEnd(up);
  if (!said.ok()) return said.status();
  // The addresses are the last line; before it may stand what the start had to say.
  const absl::string_view text = absl::StripTrailingAsciiWhitespace(*said);
  brokers->bootstrap_ = std::string(text.substr(text.rfind('\n') + 1));
  brokers->addresses_ = absl::StrSplit(brokers->bootstrap_, ',');
  if (!options.advertised.empty()) {
    brokers->bootstrap_ = absl::StrJoin(options.advertised, ",", [](std::string* out, int port) {
      absl::StrAppend(out, "127.0.0.1:", port);
    });
  }
  return brokers;
}

Brokers::~Brokers() {
  if (left_) return;
  std::vector<std::string> down = CommandOf(options_, "down");
  down.emplace_back("--purge");
  RunToEnd(down).status().IgnoreError();
}

absl::Status Brokers::Do(std::string_view verb, int broker) {
  std::vector<std::string> words = CommandOf(options_, verb);
  words.insert(words.end(), {"--broker", absl::StrCat(broker)});
  return RunToEnd(words).status();
}

std::string Brokers::StopCommand() const {
  return absl::StrJoin(CommandOf(options_, "down"), " ") + " --purge";
}

}  // namespace tierline::load
