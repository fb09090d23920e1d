#include "runtime/log/append_queue.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tierline::log {
namespace {

constexpr size_t kHeaderBytes = 88;  // of a frame, see EncodeRecord

size_t FrameBytes(const RecordView& record) {
  return kHeaderBytes + record.prev.size() + record.type.size() + record.subject.size() +
         record.traceparent.size() + record.value.size();
}

absl::Status Check(const RecordView& record) {
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

}  // namespace

absl::Status AppendQueue::Push(TopicPartition to, std::span<const RecordView> records,
                               Delivered delivered) {
  size_t bytes = 0;
  for (const RecordView& record : records) {
    if (absl::Status status = Check(record); !status.ok()) return status;
    bytes += FrameBytes(record);
  }
  if (records.size() > kQueuedRecordsMax || bytes > kQueuedBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("one append of ", records.size(), " records, ", bytes,
                     " bytes: more than the whole queue; append fewer at a time"));
  }
  if (records_ + records.size() > kQueuedRecordsMax || bytes_ + bytes > kQueuedBytesMax) {
    return absl::ResourceExhaustedError(absl::StrCat("the append queue is full (", records_,
                                                     " records, ", bytes_,
                                                     " bytes); append again after a Poll"));
  }
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
