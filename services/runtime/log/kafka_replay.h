#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "runtime/log/event_log.h"
#include "runtime/log/kafka_client.h"

namespace tierline::log {

struct KafkaReplayOptions {
  KafkaConnection connection;
  std::vector<std::string> topics;  // names, by Topic
  int32_t partitions = 0;           // of the history
  absl::Duration timeout;           // without a record
};

// Reads what the tail does not hold any more: catching up at start, pages of an inquiry's past.
//
// A read places a *cursor* in its partition, from where librdkafka reads ahead; the next read goes
// on there if it begins where that one ended, or a little later. At most kCursorsMax partitions
// have one: the one that was used least recently gives way. Several threads may read at a time.
class KafkaReplay {
 public:
  static constexpr size_t kCursorsMax = 8;

  static absl::StatusOr<std::unique_ptr<KafkaReplay>> Open(const KafkaReplayOptions& options);
  ~KafkaReplay();

  // Visits the records from `from` up to `to`, which must be below the partition's end; those that
  // are not there as foreign ones (KafkaTail). `*stopped`: the visitor said so. Returns the next
  // offset. Errors: kUnavailable, kPermissionDenied, kDataLoss.
  absl::StatusOr<Offset> Read(TopicPartition of, Offset from, Offset to, RecordVisitor visitor,
                              bool* stopped);

  // No more reads of `of` below its tail are to be expected: stops reading ahead.
  void Rest(TopicPartition of);

 private:
  struct Cursor;

  explicit KafkaReplay(const KafkaReplayOptions& options);
  Cursor* Acquire(TopicPartition of);
  void Release(Cursor* cursor);
  Cursor* FindIdle(TopicPartition of) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Place(Cursor* cursor, Offset from);
  void Close(Cursor* cursor);
  absl::StatusOr<const rd_kafka_message_t*> Peek(Cursor* cursor, absl::Time give_up);
  void Nudge(Cursor* cursor);
  rd_kafka_topic_t* TopicOf(const Cursor& cursor) const;

  const KafkaReplayOptions options_;
  KafkaPtr<rd_kafka_t> client_;
  std::vector<KafkaPtr<rd_kafka_topic_t>> topics_;
  absl::Mutex mutex_;
  absl::CondVar released_;
  std::vector<std::unique_ptr<Cursor>> cursors_ ABSL_GUARDED_BY(mutex_);
  uint64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tierline::log
