#include "tests/system/run_program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "tests/kit/scratch_dir.h"

namespace tierline::testing {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void Redirect(const std::string& path, int flags, int to) {
  const int fd = open(path.c_str(), flags, 0600);
  if (fd < 0 || dup2(fd, to) < 0) _exit(126);
}

}  // namespace

Result RunProgram(const std::string& program, const std::vector<std::string>& args,
                  const std::string& input) {
  const ScratchDir dir;
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

Result RunCli(const std::vector<std::string>& args, const std::string& input) {
  return RunProgram(TIERLINE_BINARY_DIR "/tierline", args, input);
}

}  // namespace tierline::testing
