#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/service.h"
#include "runtime/log/event_log.h"
#include "tools/load/deployment.h"
#include "tools/load/switchboard.h"

namespace tierline::chaos {

// The services of one role ("intake"), or of all ("all"), as a fold has them.
std::vector<std::unique_ptr<Service>> ServicesOf(std::string_view role);

// How far the replicas have read, summed over partitions, one figure each. Errors: of the servers.
absl::StatusOr<std::vector<int64_t>> PositionsOf(const load::Deployment& deployment);

struct StateCheck {
  int64_t digests = 0;  // compared
  std::vector<std::string> violations;
};

// The replicas while they run: each equals its own fold from scratch, and where two of a role have
// read to the same offset they equal each other. Errors: of the servers.
absl::StatusOr<StateCheck> CompareRunning(const load::Deployment& deployment);

// What the replicas, which have ended in order, left in their state directories: for each partition
// and role the digest of what is stored is that of a fold of `log` to the same offset; and it is
// stored at least up to `ends`, by partition. Errors: of the log or a store.
absl::StatusOr<StateCheck> CompareStored(const load::Deployment& deployment, log::EventLog* log,
                                         const std::vector<Offset>& ends);

}  // namespace tierline::chaos
