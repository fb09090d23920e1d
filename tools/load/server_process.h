#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tierline::load {

struct ServerOptions {
  std::string program;  // path of tierline-server
  std::string data_dir;
  std::string work_dir;         // of the port file and the server's own log
  std::string name = "server";  // of these files
  std::string listen = "127.0.0.1:0";
  std::string clock_start = "2009-04-01T00:00:00+08:00";  // of a virtual clock; empty: the system's
  std::vector<std::string> arguments;                     // more of them
  absl::Duration start_timeout = absl::Seconds(60);
  bool outlives_us = false;  // it is left running when this process ends
};

// A tierline-server in a process group of its own. It can be killed and started again on the same
// data.
//
//   auto server = ServerProcess::Start({.program = "build/tierline-server", …});
//   (*server)->Kill();
//   absl::Status status = (*server)->Restart();
class ServerProcess {
 public:
  // Returns when it serves. Errors: kUnavailable with the end of the server's log.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(const ServerOptions& options);
  // Not started yet.
  explicit ServerProcess(const ServerOptions& options);
  // Stops it, unless it was left running.
  ~ServerProcess();

  // Starts it and does not wait.
  absl::Status Launch();
  // Whether it serves by now. Errors: kUnavailable when it has ended or does not serve in time.
  absl::StatusOr<bool> Serves();
  absl::Status WaitUntilServes();

  void Kill();  // SIGKILL
  bool Stop();  // SIGTERM, and after 20 s SIGKILL; true: it ended in order, with exit code 0
  // Sends any signal, and does not wait.
  void Signal(int number);
  absl::Status Restart();
  // A start that is killed again after `delay`, whether or not it serves by then.
  absl::Status StartInVain(absl::Duration delay);
  // It goes on when this process ends.
  void Leave() { left_ = true; }

  pid_t pid() const { return pid_; }
  const std::string& address() const { return address_; }  // gRPC; may change with each start
  const std::string& admin_address() const { return admin_address_; }
  const std::string& log_path() const { return log_path_; }
  const std::string& data_dir() const { return options_.data_dir; }
  // How long the last start took.
  absl::Duration start_time() const { return start_time_; }

 private:
  bool ReadPorts();
  bool Wait(absl::Duration timeout);  // true: it has ended
  absl::Status Failed(std::string_view what) const;

  const ServerOptions options_;
  const std::string port_path_;
  const std::string log_path_;
  std::vector<std::string> arguments_;
  pid_t pid_ = -1;
  bool in_order_ = false;  // how it ended
  bool left_ = false;
  std::string address_;
  std::string admin_address_;
  absl::Time launched_;
  absl::Duration start_time_;
};

}  // namespace tierline::load
