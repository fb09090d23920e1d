#pragma once

#include <string>

#include "absl/status/status.h"

namespace tierline::store {

// Whether the disk of `dir` has the space, and takes the writes, that RocksDB needs to open the
// database there; for one that was broken off because the disk refused.
absl::Status ProbeDisk(const std::string& dir);

}  // namespace tierline::store
