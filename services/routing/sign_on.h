#pragma once

#include <string>
#include <vector>

#include "base/service.h"
#include "routing/staffing.h"
#include "tierline/routing/v1/staffing.pb.h"

// Operators sign on and off at an office: the stream office/<code> of the history.

namespace tierline::routing {

inline std::string SubjectOfOffice(std::string_view office) {
  return "office/" + std::string(office);
}

Decision Decide(const v1::SignOnRequest& request, const state::v1::OfficeState& office,
                const Context& context);
Decision Decide(const v1::SignOffRequest& request, const state::v1::OfficeState& office,
                const Context& context);

// Both take what no decision of ours wrote: whoever is signed on twice counts once, whoever was not
// signed on was there for as long as the event says.
void Apply(const events::v1::OperatorSignedOn& event, state::v1::OfficeState* office);
void Apply(const events::v1::OperatorSignedOff& event, state::v1::OfficeState* office);

// When somebody was signed on, in order and merged; whoever is signed on is so until `now_ms`.
std::vector<Stretch> StaffedIn(const state::v1::OfficeState& office, int64_t now_ms);

}  // namespace tierline::routing
