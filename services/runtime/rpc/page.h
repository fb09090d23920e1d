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
  return Rejection{.code = absl::StatusCode::kInvalidArgument,
                   .reason = "INVALID_FIELD",
                   .message = "page_size: must not be negative",
                   .rule = "AIP-158",
                   .field = "page_size",
                   .value = std::to_string(asked)};
}

inline Rejection BadPageToken() {
  return {.code = absl::StatusCode::kInvalidArgument,
          .reason = "INVALID_FIELD",
          .message = "page_token: is not one that an earlier reply gave",
          .rule = "AIP-158",
          .field = "page_token"};
}

}  // namespace tierline::rpc
