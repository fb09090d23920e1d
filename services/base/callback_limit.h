#pragma once

#include <string_view>

namespace tierline {

// The limit of a call-back's clock. It comes with the voice message and from no policy, so no
// policy has one of this name.
inline constexpr std::string_view kCallbackLimit = "callback";

}  // namespace tierline
