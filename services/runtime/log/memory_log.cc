#include "runtime/log/memory_log.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/log/genesis.h"

namespace tierline::log {

MemoryLog::MemoryLog(int32_t partitions, Random& random) : partitions_(partitions) {
  // A UUIDv7 of the year 1970: the simulator's log has no time of its own.
  const uint64_t high = random.Next();
  const GenesisFacts facts{MakeUuidV7(0, high, random.Next()), partitions};
  for (const TopicPartition at : AllPartitions(partitions))
    frames_.push_back({GenesisFrame(facts, at)});
}

absl::Status MemoryLog::Append(TopicPartition to, std::span<const RecordView> records,
                               Delivered delivered) {
  if (IndexOf(to, partitions_) < 0) return UnknownPartition(to, partitions_);
  return queue_.Push(to, records, std::move(delivered));
}

void MemoryLog::Poll(absl::Duration) {
  std::vector<QueuedAppend> queue = queue_.TakeAll();
  for (QueuedAppend& append : queue) {
    absl::MutexLock lock(&mutex_);
    std::deque<std::string>& frames = frames_[IndexOf(append.to, partitions_)];
    for (std::string& frame : append.frames) frames.push_back(std::move(frame));
  }
  for (QueuedAppend& append : queue) append.delivered(absl::OkStatus());
}

absl::StatusOr<Offset> MemoryLog::Read(TopicPartition of, Offset from, int64_t max,
                                       RecordVisitor visitor) {
  const int32_t index = IndexOf(of, partitions_);
  if (index < 0) return UnknownPartition(of, partitions_);
  const Offset end = static_cast<Offset>(frames_[index].size());
  if (from < 0 || from > end) return BeyondEnd(of, from, end);
  for (; from < end && max > 0; --max) {
    absl::StatusOr<RecordView> record = DecodeRecord(frames_[index][from]);
    if (!record.ok()) return record.status();
    if (!visitor(from++, *record)) break;
  }
  return from;
}

absl::StatusOr<Offset> MemoryLog::ReadAside(TopicPartition of, Offset from, Offset to,
                                            RecordVisitor visitor) {
  const int32_t index = IndexOf(of, partitions_);
  if (index < 0) return UnknownPartition(of, partitions_);
  while (from < to) {
    mutex_.Lock();
    const std::string& frame = frames_[index][from];
    mutex_.Unlock();
    absl::StatusOr<RecordView> record = DecodeRecord(frame);
    if (!record.ok()) return record.status();
    if (!visitor(from++, *record)) break;
  }
  return from;
}

absl::StatusOr<Offset> MemoryLog::End(TopicPartition of) {
  const int32_t index = IndexOf(of, partitions_);
  if (index < 0) return UnknownPartition(of, partitions_);
  return static_cast<Offset>(frames_[index].size());
}

int32_t MemoryLog::Partitions(Topic topic) const { return PartitionsOf(topic, partitions_); }

}  // namespace tierline::log
