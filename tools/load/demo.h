#pragma once

#include "tools/load/run.h"

namespace tierline::load {

struct DemoOptions {
  RunOptions run;
  bool keep = false;  // the server goes on, for a look around
  bool kill = true;   // it is killed and started again at half time
};

// Plays a day of calls against a server of its own, shows what came of it, and proves that nothing
// that was acknowledged is missing. Returns the exit code: 0 when everything held.
int Demo(DemoOptions options);

}  // namespace tierline::load
