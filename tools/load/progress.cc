#include "tools/load/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tools/load/table.h"

namespace tierline::load {
namespace {

constexpr int64_t kBarWidth = 24;
constexpr absl::Duration kDrawEvery = absl::Milliseconds(100);

}  // namespace

Progress::Progress(int64_t calls, absl::TimeZone zone)
    : calls_(std::max<int64_t>(calls, 1)),
      zone_(zone),
      terminal_(isatty(STDOUT_FILENO) == 1),
      begun_(absl::Now()) {}

std::string Progress::Line(int64_t calls, int64_t commands, int64_t now_ms) const {
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begun_);
  const double rate = seconds > 0 ? static_cast<double>(commands) / seconds : 0;
  return absl::StrFormat("%3d %%  %s  %s calls, %s commands acknowledged, %s/s",
                         calls * 100 / calls_,
                         absl::FormatTime("%Y-%m-%d %H:%M", absl::FromUnixMillis(now_ms), zone_),
                         Figure(calls), Figure(commands), Figure(static_cast<int64_t>(rate)));
}

void Progress::Update(int64_t calls, int64_t commands, int64_t now_ms) {
  if (terminal_) {
    const absl::Time now = absl::Now();
    if (now - drawn_ < kDrawEvery && calls < calls_) return;
    drawn_ = now;
    const int64_t full = calls * kBarWidth / calls_;
    std::string bar;
    for (int64_t i = 0; i < kBarWidth; ++i) bar += i < full ? "█" : "░";
    absl::FPrintF(stdout, "\r\033[K  %s %s", bar, Line(calls, commands, now_ms));
    visible_ = true;
  } else if (calls * 100 / calls_ >= next_percent_) {
    absl::FPrintF(stdout, "  %s\n", Line(calls, commands, now_ms));
    next_percent_ = (calls * 100 / calls_ / 5 + 1) * 5;
  } else {
    return;
  }
  std::fflush(stdout);
}

void Progress::Clear() {
  if (std::exchange(visible_, false)) std::fputs("\n", stdout);
}

}  // namespace tierline::load
