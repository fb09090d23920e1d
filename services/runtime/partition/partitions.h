#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "runtime/partition/aside.h"
#include "runtime/partition/processor.h"

namespace tierline::partition {

// All partitions that this process follows: those of tierline.history.v1, and the one of
// tierline.directory.v1. Commands and queries find their partition here. Used by one thread, the
// one that owns the log.
class Partitions {
 public:
  Partitions(std::vector<std::unique_ptr<Processor>> history, std::unique_ptr<Processor> directory);

  // Starts all of them, the directory first, those of history on up to `threads` threads: each
  // folds what is its own. The first error.
  absl::Status Start(int threads);

  int32_t count() const { return static_cast<int32_t>(history_.size()); }
  Processor& history(int32_t partition) { return *history_[partition]; }
  Processor& directory() { return *directory_; }
  // The partition that holds `subject`.
  Processor& Of(std::string_view subject);

  // Calls `ready` with OK as soon as the partition of `subject` has read `min` (at once when `min`
  // is empty), with kInvalidArgument when `min` is of another partition, kUnavailable when
  // `deadline` comes first.
  using Ready = absl::AnyInvocable<void(absl::Status)>;
  void WhenAt(std::string_view subject, const base::v1::Position& min, absl::Time deadline,
              Ready ready);
  // Calls `ready` when `processor` has read as far as `offset`, or with kUnavailable at `deadline`.
  void WhenRead(Processor* processor, Offset offset, absl::Time deadline, Ready ready);

  // Calls every `ready` that still waits, as if its deadline had come: the process ends.
  void GiveUpWaiting() { AnswerWaiters(absl::InfiniteFuture()); }

  // For what would hold up the loop; Step calls what comes back.
  Aside& aside() { return aside_; }

  // One round: decide what is queued and due, commit, read back, answer. True when anything
  // happened.
  absl::StatusOr<bool> Step(log::EventLog* log, absl::Time now);
  // When the next round has something to do.
  absl::Time NextWork() const;

  absl::Status Flush();
  size_t waiting() const;

  template <typename Visitor>
  void ForEach(Visitor visit) {
    visit(*directory_);
    for (auto& processor : history_) visit(*processor);
  }
  template <typename Visitor>
  void ForEach(Visitor visit) const {
    visit(static_cast<const Processor&>(*directory_));
    for (const auto& processor : history_) visit(static_cast<const Processor&>(*processor));
  }

 private:
  struct Waiter {
    Processor* processor;
    base::v1::Position min;
    absl::Time deadline;
    Ready ready;
  };
  bool Reached(const Processor& processor, const base::v1::Position& min) const;
  void AnswerWaiters(absl::Time now);

  std::vector<std::unique_ptr<Processor>> history_;
  std::unique_ptr<Processor> directory_;
  std::vector<Waiter> waiters_;
  Aside aside_;  // goes first
};

}  // namespace tierline::partition
