#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace tierline::load {

// How far the play is: a bar that is drawn over itself on a terminal, else one line for every 5 %.
class Progress {
 public:
  Progress(int64_t calls, absl::TimeZone zone);

  // `calls` and `commands` so far; `now_ms` is the virtual time.
  void Update(int64_t calls, int64_t commands, int64_t now_ms);
  // Removes the bar, so that something else can be printed.
  void Clear();

 private:
  std::string Line(int64_t calls, int64_t commands, int64_t now_ms) const;

  const int64_t calls_;
  const absl::TimeZone zone_;
  const bool terminal_;
  const absl::Time begun_;
  absl::Time drawn_ = absl::InfinitePast();
  int64_t next_percent_ = 5;
  bool visible_ = false;
};

}  // namespace tierline::load
