#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "directory/directory.h"
#include "tools/load/history_check.h"

namespace tierline::load {

struct RouteCheck {
  int64_t routes = 0;  // that were derived again
  std::vector<std::string> faults;
};

// Derives every route of a history again, from nothing but the input that it records of the call,
// the keys, and the directory in force at the arrival: the decision that it records must
// come out. `directory` is the newest. Pure.
RouteCheck CheckRoutes(const History& history, const directory::Directory& directory);

}  // namespace tierline::load
