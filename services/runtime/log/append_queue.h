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

// Size of the record as a frame, EncodeRecord.
size_t FrameBytes(const RecordView& record);
// kInvalidArgument for a record that is too large, or has a field that no frame holds.
absl::Status CheckRecord(const RecordView& record);
// Whether `records` of `bytes` go into a queue that holds `queued` of `queued_bytes`. Errors:
// kResourceExhausted when not now, kInvalidArgument when never.
absl::Status CheckQueueRoom(size_t queued, size_t queued_bytes, size_t records, size_t bytes);

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
