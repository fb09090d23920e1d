#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "directory/pack.h"
#include "tierline/directory/v1/directory.pb.h"
#include "tools/load/server_client.h"

namespace tierline::load {

// The pack in `folder`. Errors: kNotFound, kInvalidArgument with every fault of the pack.
absl::StatusOr<directory::Pack> ReadPackFolder(const std::string& folder);

// `pack` with only every `nth` mobile prefix: it is staged and folded much sooner.
directory::Pack ThinPack(const directory::Pack& pack, int nth);

struct LoadedPack {
  int pieces = 0;
  absl::Time in_force_from;
  directory::v1::DiffPackResponse diff;
};
// Stages the pack, asks what it would change, puts it and its profile `policy` in force.
absl::StatusOr<LoadedPack> LoadPack(ServerClient* client, const directory::Pack& pack,
                                    const std::string& policy);

}  // namespace tierline::load
