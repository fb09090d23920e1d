#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

// Times and durations as people type and read them.

namespace tierline::cli {

// "2009-03-02T09:00:00+08:00" or "…Z" (RFC 3339), the seconds left out or not, as milliseconds
// since 1970; nothing for anything else.
std::optional<int64_t> ParseInstantMs(std::string_view text);

// "10s", "500ms", "2m"; a bare number is seconds. Nothing for what is not above zero.
std::optional<absl::Duration> ParseTimeout(std::string_view text);

// RFC 3339 in `zone`, to the second; empty for 0.
std::string FormatInstantMs(int64_t ms, absl::TimeZone zone);

// "1m23s"; to the millisecond below a minute.
std::string FormatMs(int64_t ms);

}  // namespace tierline::cli
