#pragma once

#include <optional>
#include <variant>

#include "base/service.h"
#include "directory/directory.h"
#include "tierline/events/v1/routing.pb.h"
#include "tierline/state/v1/state.pb.h"

// Voice messages: who may leave one, and by when the office calls back.
//
//   VoiceMessageLeft --> intake opens the inquiry, with the same id
//                    --> escalation sets the clock of the call-back

namespace tierline::routing {

// Why no message can be taken from this call, or nothing: the automated voice played, or nobody
// took it.
std::optional<Rejection> CheckMessage(const state::v1::CallState& call);

// The event without what is sealed. The call-back is due in the next working hours of the office
// that serves the call, by its own calendar; it is left out when there is no number: the caller
// withheld his, and left none.
std::variant<events::v1::VoiceMessageLeft, Rejection> TakeMessage(
    const state::v1::CallState& call, bool number_left, absl::Time now,
    const directory::Directory& directory);

}  // namespace tierline::routing
