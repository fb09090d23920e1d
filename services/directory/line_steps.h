#pragma once

#include <optional>
#include <vector>

#include "tierline/directory/v1/line.pb.h"

// The life of a line: which step leads from which state to which. The one place where it
// stands; no step can be skipped.
//
//   bind -> verify -> report -> file -> interconnect -> sign agreement -> test -> begin trial
//        -> open <-> suspend
//   rebind, while it serves or is suspended: -> verify -> test -> open, or begin trial again
//   close, at any time; a closed line's office may bind a new one

namespace tierline::directory {

// The state after `step` in `state`; nothing when the step is not allowed there. A test that failed
// leads back to where the line waits for its test.
std::optional<v1::LineState> StateAfter(v1::LineState state, v1::LineStep step, bool test_failed);

// The steps that are allowed in `state`, in the order of a life.
std::vector<v1::LineStep> StepsFrom(v1::LineState state);

// The office answers its calls itself.
constexpr bool Serves(v1::LineState state) {
  return state == v1::LINE_STATE_TRIAL || state == v1::LINE_STATE_OPEN;
}

}  // namespace tierline::directory
