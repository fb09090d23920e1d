#pragma once

#include "tools/load/run.h"

namespace tierline::load {

struct CrashOptions {
  RunOptions run;
  int rounds = 50;
};

// Kills the server under load again and again, at random moments, also while it starts, sometimes
// with its state deleted, and proves that nothing that was acknowledged is missing. Returns the
// exit code: 0 when everything held.
int Crash(CrashOptions options);

}  // namespace tierline::load
