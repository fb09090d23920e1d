#pragma once

#include "absl/status/statusor.h"
#include "base/business_calendar.h"
#include "base/service.h"
#include "directory/directory.h"

namespace tierline::escalation {

// How the due instant of `deadline` came about, as it was last set, recomputed or carried over
// the stretches of working time that sum to its limit, or to what was left of it.
// `directory` is the snapshot that it was computed with. Without steps for a limit by the wall
// clock, and for a clock that kept its instant as the owner changed. Errors: kNotFound when that
// has no such office, policy or limit; of the calendar.
absl::StatusOr<Timeline> Explain(const state::v1::Deadline& deadline,
                                 const directory::Directory& directory);

}  // namespace tierline::escalation
