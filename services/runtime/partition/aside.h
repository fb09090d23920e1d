#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace tierline::partition {

// One thread beside the loop, for what may take long and touches nothing of the loop: reads of old
// records, folds from scratch.
//
//   aside.Run([=]() -> Aside::Then {
//     auto page = ReadPage(log);                              // over there
//     return [=] { call.Reply(page); };                       // back on the loop, from Poll
//   });
class Aside {
 public:
  using Then = absl::AnyInvocable<void()>;
  using Work = absl::AnyInvocable<Then()>;

  explicit Aside(size_t waiting_max = 64);
  // Ends what is under way; what waits is dropped, here.
  ~Aside();

  // False, and `work` is not called: too many wait.
  bool Run(Work work);
  // On the loop: calls what came back. True when anything did.
  bool Poll();
  // `waker` is called from the other thread when there is something to Poll.
  void SetWaker(std::function<void()> waker);

 private:
  void Loop();

  const size_t waiting_max_;
  absl::Mutex mutex_;
  std::deque<Work> waiting_ ABSL_GUARDED_BY(mutex_);
  std::deque<Then> done_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> waker_ ABSL_GUARDED_BY(mutex_);
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // begins with the first work
};

}  // namespace tierline::partition
