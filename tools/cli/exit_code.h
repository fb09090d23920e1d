#pragma once

#include <string>

#include "runtime/rpc/status.h"

// How the program ends, for scripts. The numbers are part of its contract (`tierline --help`).

namespace tierline::cli {

enum ExitCode {
  kOk = 0,
  kRefused = 1,      // the service answered and refused, or failed
  kUsage = 2,        // nothing was sent: the command line or a file is wrong
  kUnreachable = 3,  // no answer, or the server is too busy; the same again may succeed
  kUnverified = 4,   // the log, a digest or a figure is not what it should be
};

ExitCode ExitCodeOf(const rpc::RpcStatus& status);

// What someone who sees `status` can do about it; one sentence.
std::string AdviceFor(const rpc::RpcStatus& status);

}  // namespace tierline::cli
