#pragma once

#include <algorithm>
#include <optional>

#include "base/service.h"

namespace tierline::rpc {

inline constexpr int kPageDefault = 100;
inline constexpr int kPageMax = 1000;

// AIP-158: 0 is the default, too large is coerced, negative is refused.
inline int PageSize(int32_t asked) {
  return asked == 0 ? kPageDefault : std::min<int32_t>(asked, kPageMax);
}

inline std::optional<Rejection> CheckPageSize(int32_t asked) {
  if (asked >= 0) return {};
  return InvalidField("page_size", std::to_string(asked), "AIP-158", "must not be negative");
}

inline Rejection BadPageToken() {
  return InvalidField("page_token", "", "AIP-158", "is not one that an earlier reply gave");
}

}  // namespace tierline::rpc
