#pragma once

#include <algorithm>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "runtime/ports.h"

namespace tierline::host {

// A clock for demonstrations and tests: it can be told the time, so that a day is played as fast as
// it goes, and runs on from there at `speed` seconds a second. It never goes back. It is not
// earlier than any event that was read: so it resumes after a restart, and so the clocks of several
// replicas follow the one that was told the time last.
class VirtualClock final : public Clock {
 public:
  VirtualClock(absl::Time start, double speed) : base_(start), speed_(speed), since_(absl::Now()) {}

  absl::Time Now() override {
    return base_ + std::max(absl::Now() - since_, absl::ZeroDuration()) * speed_;
  }

  void AdvanceTo(absl::Time time) {
    if (time <= Now()) return;
    base_ = time;
    since_ = absl::Now();
  }

 private:
  absl::Time base_;
  const double speed_;
  absl::Time since_;  // when it was `base_`
};

// Metadata by which a client of a server with a virtual clock tells the time, milliseconds since
// 1970.
inline constexpr char kNowMetadata[] = "tierline-now-ms";

}  // namespace tierline::host
