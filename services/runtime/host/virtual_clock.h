#pragma once

#include <algorithm>

#include "absl/time/time.h"
#include "runtime/ports.h"

namespace tierline::host {

// A clock that stands still until it is told the time, and never goes back: a demo or a test plays a day as fast as it
// can. After a restart it resumes from the log's greatest event time.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(absl::Time start) : now_(start) {}
  absl::Time Now() override { return now_; }
  void AdvanceTo(absl::Time time) { now_ = std::max(now_, time); }

 private:
  absl::Time now_;
};

// Metadata by which a client of a server with a virtual clock tells the time, milliseconds since 1970.
inline constexpr char kNowMetadata[] = "tierline-now-ms";

}  // namespace tierline::host
