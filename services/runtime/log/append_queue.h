#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "runtime/log/event_log.h"

namespace tierline::log {

inline constexpr size_t kRecordBytesMax = size_t{1} << 20;  // of an encoded record
inline constexpr size_t kQueuedRecordsMax = size_t{64} << 10;
inline constexpr size_t kQueuedBytesMax = size_t{64} << 20;

struct QueuedAppend {
  TopicPartition to;
  std::vector<std::string> frames;  // EncodeRecord of each
  Delivered delivered;
};

// What was appended and not yet committed, bounded in records and bytes: the part that the embedded
// engines share.
class AppendQueue {
 public:
  // Copies `records`. Errors (nothing was queued): kResourceExhausted when they do not fit now;
  // kInvalidArgument when they never will, or when one is over 1 MiB or has a field that no frame
  // holds.
  absl::Status Push(TopicPartition to, std::span<const RecordView> records, Delivered delivered);

  // Empties the queue.
  std::vector<QueuedAppend> TakeAll();

 private:
  std::vector<QueuedAppend> queue_;
  size_t records_ = 0;
  size_t bytes_ = 0;
};

}  // namespace tierline::log
