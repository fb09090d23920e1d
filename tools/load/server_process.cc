#include "tools/load/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/text.h"
#include "nlohmann/json.hpp"
#include "tools/load/interrupt.h"

namespace tierline::load {
namespace {

constexpr absl::Duration kPollEvery = absl::Milliseconds(5);

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Between fork and exec only what is safe after a fork: another thread may hold any lock.
[[noreturn]] void Become(const char* const* arguments, int log, bool outlives_us, pid_t parent) {
  setpgid(0, 0);  // a terminal's Ctrl-C is for us only
  if (!outlives_us) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
  }
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(arguments[0], const_cast<char* const*>(arguments));
  constexpr char kMessage[] = "can not be executed\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
  _exit(127);
}

}  // namespace

ServerProcess::ServerProcess(const ServerOptions& options)
    : options_(options),
      port_path_(absl::StrCat(options.work_dir, "/", options.name, ".ports")),
      log_path_(absl::StrCat(options.work_dir, "/", options.name, ".log")) {
  arguments_ = {options.program,  "--data-dir",  options.data_dir, "--listen", options.listen,
                "--admin-listen", "127.0.0.1:0", "--port-file",    port_path_};
  if (!options.clock_start.empty()) {
    arguments_.insert(arguments_.end(),
                      {"--clock", "virtual", "--clock-start", options.clock_start});
  }
  arguments_.insert(arguments_.end(), options.arguments.begin(), options.arguments.end());
}

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(const ServerOptions& options) {
  auto server = std::make_unique<ServerProcess>(options);
  absl::Status status = server->Launch();
  if (status.ok()) status = server->WaitUntilServes();
  if (!status.ok()) return status;
  return server;
}

ServerProcess::~ServerProcess() {
  if (!left_) Stop();
}

absl::Status ServerProcess::Restart() {
  Kill();
  const absl::Status status = Launch();
  return status.ok() ? WaitUntilServes() : status;
}

absl::Status ServerProcess::StartInVain(absl::Duration delay) {
  Kill();
  absl::Status status = Launch();
  absl::SleepFor(delay);
  Kill();
  return status;
}

absl::Status ServerProcess::Launch() {
  launched_ = absl::Now();
  start_time_ = absl::ZeroDuration();
  unlink(port_path_.c_str());
  const int log = open(log_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log < 0) {
    return absl::ErrnoToStatus(errno, log_path_);
  }
  std::vector<const char*> arguments;
  for (const std::string& argument : arguments_) arguments.push_back(argument.c_str());
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) Become(arguments.data(), log, options_.outlives_us, parent);
  close(log);
  if (pid_ < 0) return absl::ErrnoToStatus(errno, "fork");
  return absl::OkStatus();
}

absl::StatusOr<bool> ServerProcess::Serves() {
  if (ReadPorts()) {
    if (start_time_ == absl::ZeroDuration()) start_time_ = absl::Now() - launched_;
    return true;
  }
  if (Wait(absl::ZeroDuration())) return Failed("ended before it served");
  if (absl::Now() >= launched_ + options_.start_timeout) return Failed("does not serve in time");
  return false;
}

absl::Status ServerProcess::WaitUntilServes() {
  for (;;) {
    const auto serves = Serves();
    if (!serves.ok()) return serves.status();
    if (*serves) return absl::OkStatus();
    if (Interrupted()) return absl::CancelledError("interrupted");
    absl::SleepFor(kPollEvery);
  }
}

bool ServerProcess::ReadPorts() {
  const auto ports = nlohmann::json::parse(ReadAll(port_path_), nullptr, false);
  if (!ports.is_object()) return false;
  address_ = ports.value("grpc", "");
  admin_address_ = ports.value("admin", "");
  return !address_.empty();
}

bool ServerProcess::Wait(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  do {
    int status = 0;
    if (pid_ < 0 || waitpid(pid_, &status, WNOHANG) == pid_) {
      in_order_ = pid_ > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
      pid_ = -1;
      return true;
    }
    if (timeout > absl::ZeroDuration()) absl::SleepFor(kPollEvery);
  } while (absl::Now() < deadline);
  return false;
}

void ServerProcess::Signal(int number) {
  if (pid_ > 0) kill(pid_, number);
}

void ServerProcess::Kill() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

bool ServerProcess::Stop() {
  if (pid_ < 0) return false;
  kill(pid_, SIGTERM);
  if (Wait(absl::Seconds(20))) return in_order_;
  Kill();
  return false;
}

absl::Status ServerProcess::Failed(std::string_view what) const {
  std::string log = ReadAll(log_path_);
  constexpr size_t kEnd = 2000;
  if (log.size() > kEnd) log.erase(0, log.size() - kEnd);
  return absl::UnavailableError(absl::StrCat(options_.program, " ", ToAbsl(what), "; it said:\n",
                                             log.empty() ? "(nothing)\n" : log));
}

}  // namespace tierline::load
