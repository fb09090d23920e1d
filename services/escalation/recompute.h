#pragma once

#include <optional>

#include "absl/time/time.h"
#include "base/service.h"
#include "directory/directory.h"

namespace tierline::escalation {

// What the running clock `deadline` becomes by `directory`, the snapshot in force at `now`; nothing
// when that is what it is already. `facts` are those that it was set by.
//
// What has come stands: nothing is recomputed whose due instant has passed, or would have passed by
// the new computation; nor where the directory has no limit, office or working day to compute with.
std::optional<events::v1::DeadlineRecomputed> Recompute(const state::v1::Deadline& deadline,
                                                        const state::v1::ClockFacts& facts,
                                                        const directory::Directory& directory,
                                                        absl::Time now);

// What it becomes as `to` takes the inquiry over: what is left of the limit, and until the
// warning, by the calendar of the old owner goes on by that of the new one. A limit by the wall
// clock keeps its instant, and so does one whose calendars do not reach so far or that has passed
// by `now`.
events::v1::DeadlineRecomputed CarryOver(const state::v1::Deadline& deadline,
                                         const state::v1::Holder& to,
                                         const directory::Directory& directory, absl::Time now);

}  // namespace tierline::escalation
