#pragma once

#include <cstddef>

namespace tierline::routing::testing {

// How often this thread has called operator new so far.
size_t Allocations();

}  // namespace tierline::routing::testing
