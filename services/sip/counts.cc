#include "sip/counts.h"

#include <string>

namespace tierline::sip {
namespace {

// 1 ms to 10 s: a record on a disk near by takes a few milliseconds.
const std::vector<double>& InviteBounds() {
  static const auto& bounds = *new std::vector<double>{
      0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  return bounds;
}

}  // namespace

Counts::Counts(observe::Metrics* metrics)
    : metrics_(metrics),
      invite_seconds_(metrics->AddHistogram("tierline_sip_invite_seconds",
                                            "From an INVITE to its final answer.", InviteBounds())),
      in_flight_(metrics->AddGauge("tierline_sip_in_flight",
                                   "SIP requests taken and not yet answered.")) {}

void Counts::Answered(std::string_view method, int status) {
  observe::Counter*& counter = requests_[{method, status}];
  if (counter == nullptr) {
    counter = &metrics_->AddCounter(
        "tierline_sip_requests_total", "SIP requests by method and final answer.",
        {{"method", std::string(method)}, {"code", std::to_string(status)}});
  }
  counter->Increment();
}

}  // namespace tierline::sip
