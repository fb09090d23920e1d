#pragma once

#include <string_view>

#include "tierline/base/v1/options.pb.h"
#include "tierline/events/v1/event.pb.h"

namespace tierline {

// What the options in proto/tierline/events say of one arm of Event.
struct EventType {
  std::string_view type;  // ce_type
  bool bears_prev = false;
  base::v1::Service service = base::v1::SERVICE_UNSPECIFIED;  // its writer; unspecified: control
};

// The type of the arm that is set. The event must have one.
const EventType& TypeOf(const events::v1::Event& event);

// Null for a type that this build does not know.
const EventType* FindType(std::string_view type);

inline constexpr std::string_view kOwnerClaimed = "tierline.control.owner-claimed.v1";
inline constexpr std::string_view kOwnerReleased = "tierline.control.owner-released.v1";
inline constexpr std::string_view kGenesis = "tierline.control.genesis.v1";

}  // namespace tierline
