#pragma once

#include <optional>
#include <string_view>

#include "base/service.h"
#include "directory/directory.h"
#include "tierline/directory/v1/directory.pb.h"

namespace tierline::directory {

// Decides on a step of the lives of one or more lines: all of them or none.
//
// Refused is a step that a line's state does not allow, with the state and what is allowed; an
// instant to come, or before the line's last step; a number that another line has, now or by what
// is published; a test without its calls. `directory` may be null: there are no offices yet.
Decision Decide(const v1::AdvanceLinesRequest& request, const Directory* directory,
                const Context& context);

// "open", "agreement signed": as people name states and steps.
std::string_view NameOf(v1::LineState state);
std::string_view NameOf(v1::LineStep step);

// Evidence that a record of the directory rests on, by `rule`: an id and a text. Nothing: it is
// fine.
std::optional<Rejection> CheckEvidence(const v1::Evidence& evidence, std::string_view rule);

}  // namespace tierline::directory
