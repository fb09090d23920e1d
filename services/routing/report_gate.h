#pragma once

#include <deque>
#include <utility>

#include "absl/functional/any_invocable.h"

namespace tierline::routing {

// The reports that this replica has under way to the owners of their partitions. An owner refuses
// calls beyond a cap, which all its clients share: so a few go out at a time, and the rest wait
// here. What waits is bounded by the streams, which read nothing while a report of theirs does.
//
//     gate->Pass([=] { server->CallPeer(…, [=](…) { …; gate->Ended(); }); });
class ReportGate {
 public:
  static constexpr int kUnderWayMax = 64;

  // Calls `send`, at once or when others have ended; of each, Ended follows, once.
  void Pass(absl::AnyInvocable<void()> send) {
    waiting_.push_back(std::move(send));
    GoOn();
  }
  void Ended() {
    --under_way_;
    GoOn();
  }
  bool full() const { return under_way_ >= kUnderWayMax; }

 private:
  // What is sent may end at once, from within; that is seen here, not by a call inside a call.
  void GoOn() {
    if (going_on_) return;
    going_on_ = true;
    while (!full() && !waiting_.empty()) {
      auto send = std::move(waiting_.front());
      waiting_.pop_front();
      ++under_way_;
      send();
    }
    going_on_ = false;
  }

  std::deque<absl::AnyInvocable<void()>> waiting_;
  int under_way_ = 0;
  bool going_on_ = false;
};

}  // namespace tierline::routing
