#pragma once

#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "runtime/observe/metrics.h"

namespace tierline::sip {

// tierline_sip_*. On one thread.
class Counts {
 public:
  explicit Counts(observe::Metrics* metrics);

  // `method` is the server's word for it, so that there is a bounded number of them.
  void Answered(std::string_view method, int status);
  // From the INVITE to its final answer.
  void Took(absl::Duration duration) { invite_seconds_.Observe(absl::ToDoubleSeconds(duration)); }
  void SetInFlight(size_t count) { in_flight_.Set(static_cast<double>(count)); }

 private:
  observe::Metrics* const metrics_;
  observe::Histogram& invite_seconds_;
  observe::Gauge& in_flight_;
  absl::flat_hash_map<std::pair<std::string_view, int>, observe::Counter*> requests_;
};

}  // namespace tierline::sip
