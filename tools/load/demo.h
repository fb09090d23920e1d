#pragma once

#include "tools/load/run.h"

namespace tierline::load {

struct DemoOptions {
  RunOptions run;
  bool keep = false;  // the servers go on, for a look around
  bool kill = true;   // one or two are killed and started again at half time
};

// Plays a day of calls against servers of its own, shows what came of it, and proves that nothing
// that was acknowledged is missing. Returns the exit code: 0 when everything held.
int Demo(DemoOptions options);

}  // namespace tierline::load
