#pragma once

#include <string>
#include <vector>

#include "tests/simulation/node.h"

namespace tierline::simulation {

// Every replica's state at an offset must be that of a fold from the start with the same services.
// Returns the violations, a sentence each.
std::vector<std::string> CompareCaptures(const Cluster& cluster, const Workload& workload,
                                         const partition::FoldOptions& options,
                                         const std::vector<Capture>& captures);

}  // namespace tierline::simulation
