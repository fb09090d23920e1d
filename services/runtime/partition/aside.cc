#include "runtime/partition/aside.h"

#include <utility>

namespace tierline::partition {

Aside::Aside(size_t waiting_max) : waiting_max_(waiting_max) {}

Aside::~Aside() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

bool Aside::Run(Work work) {
  absl::MutexLock lock(&mutex_);
  if (waiting_.size() >= waiting_max_) return false;
  waiting_.push_back(std::move(work));
  if (!thread_.joinable()) thread_ = std::thread([this] { Loop(); });
  return true;
}

bool Aside::Poll() {
  std::deque<Then> done;
  {
    absl::MutexLock lock(&mutex_);
    done.swap(done_);
  }
  for (Then& then : done) then();
  return !done.empty();
}

void Aside::SetWaker(std::function<void()> waker) {
  absl::MutexLock lock(&mutex_);
  waker_ = std::move(waker);
}

void Aside::Loop() {
  const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stop_ || !waiting_.empty();
  };
  for (;;) {
    Work work;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&has_work));
      if (stop_) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    Then then = work();
    absl::MutexLock lock(&mutex_);
    done_.push_back(std::move(then));
    if (waker_) waker_();
  }
}

}  // namespace tierline::partition
