#pragma once

#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace tierline::log {

// Tells the log's thread that librdkafka has something for it. Raised from librdkafka's threads
// when a queue that was empty is not any more; so whoever takes the signal must empty the queues.
class KafkaSignal {
 public:
  void Raise() {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(raised_, true)) return;
    if (waker_) waker_();
  }

  // Whether it was raised since it was last taken; waits for that, up to `wait`.
  bool Take(absl::Duration wait) {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&raised_), wait);
    return std::exchange(raised_, false);
  }

  void SetWaker(std::function<void()> waker) {
    absl::MutexLock lock(&mutex_);
    waker_ = std::move(waker);
    if (raised_ && waker_) waker_();
  }

 private:
  absl::Mutex mutex_;
  bool raised_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> waker_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tierline::log
