#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "runtime/log/append_queue.h"
#include "runtime/log/event_log.h"
#include "runtime/ports.h"

namespace tierline::log {

// A log that lives as long as the object: for tests and the simulator. It differs from the other
// engines in nothing but durability; its genesis records take their log id from `random`.
class MemoryLog : public EventLog {
 public:
  MemoryLog(int32_t partitions, Random& random);

  absl::Status Append(TopicPartition to, std::span<const RecordView> records,
                      Delivered delivered) override;
  void Poll(absl::Duration wait) override;
  absl::StatusOr<Offset> Read(TopicPartition of, Offset from, int64_t max,
                              RecordVisitor visitor) override;
  absl::StatusOr<Offset> ReadAside(TopicPartition of, Offset from, Offset to,
                                   RecordVisitor visitor) override;
  absl::StatusOr<Offset> End(TopicPartition of) override;
  int32_t Partitions(Topic topic) const override;

 private:
  const int32_t partitions_;
  absl::Mutex mutex_;  // Poll beside ReadAside
  // By IndexOf, then offset; a deque, because its elements stay where they are.
  std::vector<std::deque<std::string>> frames_;
  AppendQueue queue_;
};

}  // namespace tierline::log
