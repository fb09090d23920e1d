#pragma once

#include <cstdint>
#include <string>
#include <vector>

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
  absl::StatusOr<Offset> End(TopicPartition of) override;
  int32_t Partitions(Topic topic) const override;

 private:
  const int32_t partitions_;
  std::vector<std::vector<std::string>> frames_;  // by IndexOf, then offset
  AppendQueue queue_;
};

}  // namespace tierline::log
