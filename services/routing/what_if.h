#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "directory/directory.h"
#include "tierline/events/v1/routing.pb.h"
#include "tierline/routing/v1/what_if.pb.h"

namespace tierline::routing {

// How a call with `input` that went by `then`, the snapshot in force at its arrival, would go by
// `draft` instead: to another office, or to a menu or the voice where it was not. Nothing: it would
// go as it did. What was chosen in a menu afterwards is not looked at, for the same keys
// may mean something else there. Inquiry id and instant are left out.
std::optional<v1::RouteChange> CompareRoutes(const events::v1::RouteInput& input,
                                             const directory::Directory& then,
                                             const directory::Directory& draft);

// How far a replay of the log has come. Its token, for the next page, is
// "<asked>.<partition>.<offset>.<records read>.<calls compared>.<calls changed>"; `asked` is the
// first 16 hex digits of the SHA-256 of the pack and the period.
struct WhatIfProgress {
  int64_t partition = 0, offset = 0, read = 0, compared = 0, changed = 0;

  std::string ToToken(const v1::WhatIfRequest& request) const;
  // Of the token of `request`: the beginning when it has none. Nothing: no earlier reply to such a
  // request, over `partitions`, gave it.
  static std::optional<WhatIfProgress> Of(const v1::WhatIfRequest& request, int32_t partitions);
};

}  // namespace tierline::routing
