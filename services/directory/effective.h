#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/service.h"

// From when what is published holds, milliseconds since 1970; 0: at once.

namespace tierline::directory {

// Nothing is published for the past, which was decided by what was in force then. That, and a slip
// of the keyboard more than ten years ahead, are refused by `rule`.
std::optional<Rejection> CheckEffective(int64_t asked_ms, absl::Time now, std::string rule);

int64_t EffectiveMs(int64_t asked_ms, absl::Time now);

}  // namespace tierline::directory
