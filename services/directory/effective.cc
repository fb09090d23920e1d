#include "directory/effective.h"

#include "absl/strings/str_cat.h"

namespace tierline::directory {

std::optional<Rejection> CheckEffective(int64_t asked_ms, absl::Time now, std::string rule) {
  constexpr int64_t kAheadMaxMs = int64_t{3660} * 24 * 3'600'000;
  const int64_t now_ms = absl::ToUnixMillis(now);
  const auto refuse = [&](std::string_view why) {
    return InvalidField("effective_at_ms", absl::StrCat(asked_ms), std::move(rule), why);
  };
  if (asked_ms == 0) return {};
  if (asked_ms < now_ms) return refuse("is in the past");
  if (asked_ms - now_ms > kAheadMaxMs) return refuse("is more than ten years ahead");
  return {};
}

int64_t EffectiveMs(int64_t asked_ms, absl::Time now) {
  return asked_ms != 0 ? asked_ms : absl::ToUnixMillis(now);
}

}  // namespace tierline::directory
