#include "tests/kit/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/time/clock.h"

namespace tierline::testing {
namespace {

constexpr int kReportFd = 200;  // of the child
constexpr char kArgument[] = "TIERLINE_CHILD_ARGUMENT";

// Numbers are written whole: a pipe does not split what is shorter than PIPE_BUF.
bool ReadNumber(int fd, int64_t* number) {
  ssize_t size;
  while ((size = read(fd, number, sizeof *number)) < 0 && errno == EINTR) continue;
  return size == sizeof *number;
}

}  // namespace

Child::Child(const std::string& test, const std::string& argument) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
  const std::string filter = "--gtest_filter=" + test;
  setenv(kArgument, argument.c_str(), 1);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], kReportFd);
    const int silence = open("/dev/null", O_WRONLY);
    dup2(silence, STDOUT_FILENO);
    execl("/proc/self/exe", "test", filter.c_str(), "--gtest_also_run_disabled_tests", nullptr);
    _exit(127);
  }
  unsetenv(kArgument);
  close(ends[1]);
  pipe_ = ends[0];
}

Child::~Child() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(pipe_);
}

bool Child::WaitForReport() {
  int64_t number = 0;
  if (!ReadNumber(pipe_, &number)) return false;
  reports_.push_back(number);
  return true;
}

std::vector<int64_t> Child::KillAfter(absl::Duration delay) {
  if (WaitForReport()) {
    const absl::Time deadline = absl::Now() + delay;
    while (absl::Now() < deadline && WaitForReport()) continue;
  }
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
  while (WaitForReport()) continue;  // what was on its way
  return reports_;
}

std::string ChildArgument() {
  const char* argument = std::getenv(kArgument);
  return argument == nullptr ? "" : argument;
}

void ReportToParent(int64_t number) {
  if (write(kReportFd, &number, sizeof number) != sizeof number) _exit(1);
}

}  // namespace tierline::testing
