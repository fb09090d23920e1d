#include "tools/cli/times.h"

#include "absl/strings/numbers.h"
#include "base/text.h"

namespace tierline::cli {

std::optional<int64_t> ParseInstantMs(std::string_view text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, ToAbsl(text), &time, &error) &&
      !absl::ParseTime("%Y-%m-%d%ET%H:%M%Ez", ToAbsl(text), &time, &error)) {
    return std::nullopt;
  }
  if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return std::nullopt;
  return absl::ToUnixMillis(time);
}

std::optional<absl::Duration> ParseTimeout(std::string_view text) {
  absl::Duration duration;
  double seconds = 0;
  if (absl::SimpleAtod(ToAbsl(text), &seconds)) {
    duration = absl::Seconds(seconds);
  } else if (!absl::ParseDuration(ToAbsl(text), &duration)) {
    return std::nullopt;
  }
  if (duration <= absl::ZeroDuration() || duration > absl::Hours(24)) return std::nullopt;
  return duration;
}

std::string FormatInstantMs(int64_t ms, absl::TimeZone zone) {
  if (ms == 0) return "";
  return absl::FormatTime(absl::RFC3339_sec, absl::FromUnixMillis(ms), zone);
}

std::string FormatMs(int64_t ms) {
  absl::Duration duration = absl::Milliseconds(ms);
  if (duration >= absl::Minutes(1)) duration = absl::Trunc(duration, absl::Seconds(1));
  return absl::FormatDuration(duration);
}

}  // namespace tierline::cli
