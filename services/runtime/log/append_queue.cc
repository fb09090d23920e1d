#include "runtime/log/append_queue.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tierline::log {
namespace {

constexpr size_t kHeaderBytes = 88;  // of a frame, see EncodeRecord

}  // namespace

size_t FrameBytes(const RecordView& record) {
  return kHeaderBytes + record.prev.size() + record.type.size() + record.subject.size() +
         record.traceparent.size() + record.value.size();
}

absl::Status CheckRecord(const RecordView& record) {
  if (FrameBytes(record) > kRecordBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a record of ", FrameBytes(record), " bytes: at most ", kRecordBytesMax, " are allowed"));
  }
  constexpr size_t kByteMax = std::numeric_limits<uint8_t>::max();
  if (record.type.size() > kByteMax || record.traceparent.size() > kByteMax ||
      record.subject.size() > std::numeric_limits<uint16_t>::max() ||
      (!record.prev.empty() && record.prev.size() != 32)) {
    return absl::InvalidArgumentError(
        "a record whose type, subject, traceparent or previous hash has an unfit size");
  }
  return absl::OkStatus();
}

absl::Status CheckQueueRoom(size_t queued, size_t queued_bytes, size_t records, size_t bytes) {
  if (records > kQueuedRecordsMax || bytes > kQueuedBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("one append of ", records, " records, ", bytes,
                     " bytes: more than the whole queue; append fewer at a time"));
  }
  if (queued + records > kQueuedRecordsMax || queued_bytes + bytes > kQueuedBytesMax) {
    return absl::ResourceExhaustedError(absl::StrCat("the append queue is full (", queued,
                                                     " records, ", queued_bytes,
                                                     " bytes); append again after a Poll"));
  }
  return absl::OkStatus();
}

absl::Status AppendQueue::Push(TopicPartition to, std::span<const RecordView> records,
                               Delivered delivered) {
  size_t bytes = 0;
  for (const RecordView& record : records) {
    if (absl::Status status = CheckRecord(record); !status.ok()) return status;
    bytes += FrameBytes(record);
  }
  if (absl::Status status = CheckQueueRoom(records_, bytes_, records.size(), bytes); !status.ok())
    return status;
  QueuedAppend append{to, {}, std::move(delivered)};
  append.frames.resize(records.size());
  for (size_t i = 0; i < records.size(); ++i) EncodeRecord(records[i], &append.frames[i]);
  queue_.push_back(std::move(append));
  records_ += records.size();
  bytes_ += bytes;
  return absl::OkStatus();
}

std::vector<QueuedAppend> AppendQueue::TakeAll() {
  records_ = 0;
  bytes_ = 0;
  return std::exchange(queue_, {});
}

}  // namespace tierline::log
