#include "runtime/partition/partitions.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace tierline::partition {

Partitions::Partitions(std::vector<std::unique_ptr<Processor>> history,
                       std::unique_ptr<Processor> directory)
    : history_(std::move(history)), directory_(std::move(directory)) {}

absl::Status Partitions::Start(int threads) {
  absl::Status status = directory_->Start();
  if (!status.ok()) return status;
  std::vector<absl::Status> statuses(history_.size());
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < history_.size(); i = next++) statuses[i] = history_[i]->Start();
  };
  std::vector<std::thread> helpers;
  for (int i = 1; i < std::min(threads, count()); ++i) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();
  for (const absl::Status& one : statuses) status.Update(one);
  return status;
}

Processor& Partitions::Of(std::string_view subject) {
  return *history_[log::PartitionOf(subject, count())];
}

bool Partitions::Reached(const Processor& processor, const base::v1::Position& min) const {
  return processor.fold().offset() >= min.history() &&
         directory_->fold().offset() >= min.directory();
}

void Partitions::WhenAt(std::string_view subject, const base::v1::Position& min,
                        absl::Time deadline, Ready ready) {
  if (min.history() == 0 && min.directory() == 0) return ready(absl::OkStatus());
  Processor& processor = Of(subject);
  if (min.history() > 0 && min.partition() != processor.partition().partition) {
    return ready(
        absl::InvalidArgumentError("min_position is of another partition than the inquiry's"));
  }
  if (Reached(processor, min)) return ready(absl::OkStatus());
  waiters_.push_back(
      {&processor, min, std::min(deadline, absl::Now() + absl::Seconds(10)), std::move(ready)});
}

void Partitions::WhenRead(Processor* processor, Offset offset, absl::Time deadline, Ready ready) {
  base::v1::Position min;
  min.set_history(offset);
  waiters_.push_back({processor, min, deadline, std::move(ready)});
}

void Partitions::AnswerWaiters(absl::Time now) {
  std::vector<Waiter> waiters = std::move(waiters_);
  waiters_.clear();
  for (Waiter& waiter : waiters) {
    if (Reached(*waiter.processor, waiter.min)) {
      waiter.ready(absl::OkStatus());
    } else if (waiter.deadline <= now) {
      waiter.ready(
          absl::UnavailableError("this replica has not read as far as min_position; retry"));
    } else {
      waiters_.push_back(std::move(waiter));
    }
  }
}

absl::StatusOr<bool> Partitions::Step(log::EventLog* log, absl::Time now) {
  bool any = aside_.Poll();
  ForEach([&](Processor& processor) { any = processor.Decide() || any; });
  log->Poll(absl::ZeroDuration());
  absl::Status status;
  ForEach([&](Processor& processor) {
    const auto read = processor.ReadBack();
    if (read.ok()) {
      any = any || *read;
    } else {
      status = read.status();
    }
  });
  if (!status.ok()) return status;
  if (!waiters_.empty()) AnswerWaiters(now);
  return any;
}

absl::Time Partitions::NextWork() const {
  absl::Time next = absl::InfiniteFuture();
  ForEach([&](const Processor& processor) { next = std::min(next, processor.NextWork()); });
  for (const Waiter& waiter : waiters_) next = std::min(next, waiter.deadline);
  return next;
}

absl::Status Partitions::Flush() {
  absl::Status status;
  ForEach([&](Processor& processor) { status.Update(processor.Flush()); });
  return status;
}

size_t Partitions::waiting() const {
  size_t waiting = 0;
  ForEach([&](const Processor& processor) { waiting += processor.waiting(); });
  return waiting;
}

}  // namespace tierline::partition
