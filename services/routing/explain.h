#pragma once

#include "directory/directory.h"
#include "tierline/events/v1/routing.pb.h"
#include "tierline/routing/v1/routing.pb.h"
#include "tierline/state/v1/state.pb.h"

// Why a call goes where it goes, rule by rule: those that applied, with what each settled, and
// those that did not, with why not.
//
// The conclusion is what the steps come to, the last one that settles a question having the last
// word on it; so the steps would not bear it out if they were not the reasons.

namespace tierline::routing {

// `decision` is about `input` by `directory`, which was in force at the arrival, before any leg has
// failed or was transferred; `position` is the directory's position to be stated.
v1::Explanation ExplainRoute(const events::v1::RouteInput& input,
                             const events::v1::Decision& decision, int64_t position,
                             const directory::Directory& directory);

// Of a call that was received. are about where it went first; where it is now, after
// overflows and transfers, R-117 and R-118 say.
v1::Explanation ExplainCall(const state::v1::CallState& call,
                            const directory::Directory& directory);

}  // namespace tierline::routing
