#pragma once

#include "runtime/store/memory_store.h"
#include "tests/simulation/node.h"

namespace tierline::simulation {

// What a replica of another cluster would have stored: the same inquiries, services and partitions,
// but every record has another id. As long as this log, or shorter; it must be noticed and dropped.
store::MemoryStore::Contents StateOfAnotherLog(Cluster* cluster, const Workload& workload,
                                               const Roles& roles);

}  // namespace tierline::simulation
