#include "runtime/log/kafka_replay.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace tierline::log {
namespace {

constexpr int64_t kReadAheadBytes = int64_t{8} << 20;
// Nearer than this, what lies between is read and dropped: cheaper than a new fetch.
constexpr Offset kSkipMax = 4096;
constexpr size_t kBatch = 512;

KafkaSettings Settings() {
  return ReaderSettings({
      {"fetch.wait.max.ms", "20"},
      {"fetch.message.max.bytes", "262144"},  // a page of an inquiry's past needs one record
      {"queued.min.messages", "1000000"},     // the bytes bound it
      {"queued.max.messages.kbytes", absl::StrCat(kReadAheadBytes / 1024)},
  });
}

bool IsRecord(const rd_kafka_message_t& message) {
  return message.err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

// Visits what the message says of [*from, to): records that are not there before it, and itself.
absl::Status Visit(const rd_kafka_message_t& message, Offset to, RecordVisitor visitor,
                   Offset* from, bool* stopped) {
  const bool at_end = message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
  if (!IsRecord(message) && !at_end) return KafkaFault(message);
  while (*from < std::min(message.offset, to) && !*stopped) *stopped = !visitor((*from)++, {});
  if (at_end || message.offset != *from || *from >= to || *stopped) return absl::OkStatus();
  CloudEventDecoder decoder;
  *stopped = !visitor((*from)++, ReadKafkaMessage(message, &decoder));
  return absl::OkStatus();
}

}  // namespace

struct KafkaReplay::Cursor {
  TopicPartition of;
  bool busy = false;
  uint64_t used = 0;
  KafkaPtr<rd_kafka_queue_t> queue;                // null: not placed
  std::deque<KafkaPtr<rd_kafka_message_t>> ready;  // taken from the queue
  Offset next = 0;
  int64_t bytes = 0;  // taken since the last nudge
};

KafkaReplay::KafkaReplay(const KafkaReplayOptions& options) : options_(options) {}

KafkaReplay::~KafkaReplay() {
  absl::MutexLock lock(&mutex_);
  for (const auto& cursor : cursors_) Close(cursor.get());
}

absl::StatusOr<std::unique_ptr<KafkaReplay>> KafkaReplay::Open(const KafkaReplayOptions& options) {
  std::unique_ptr<KafkaReplay> replay(new KafkaReplay(options));
  absl::StatusOr<KafkaPtr<rd_kafka_t>> client =
      MakeKafkaClient(options.connection, {.settings = Settings()});
  if (!client.ok()) return client.status();
  replay->client_ = *std::move(client);
  for (const std::string& name : options.topics) {
    auto topic = MakeKafkaTopic(replay->client_.get(), name, nullptr);
    if (!topic.ok()) return topic.status();
    replay->topics_.push_back(*std::move(topic));
  }
  return replay;
}

rd_kafka_topic_t* KafkaReplay::TopicOf(const Cursor& cursor) const {
  return topics_[static_cast<size_t>(cursor.of.topic)].get();
}

// The cursor of the partition, or else a free one, or else the one that was used least recently.
KafkaReplay::Cursor* KafkaReplay::FindIdle(TopicPartition of) {
  Cursor* oldest = nullptr;
  for (const auto& cursor : cursors_) {
    if (cursor->of == of) return cursor->busy ? nullptr : cursor.get();
    if (!cursor->busy && (oldest == nullptr || cursor->used < oldest->used)) oldest = cursor.get();
  }
  if (cursors_.size() < kCursorsMax) {
    cursors_.push_back(std::make_unique<Cursor>());
    cursors_.back()->of = of;
    return cursors_.back().get();
  }
  return oldest;
}

KafkaReplay::Cursor* KafkaReplay::Acquire(TopicPartition of) {
  absl::MutexLock lock(&mutex_);
  Cursor* cursor = nullptr;
  while ((cursor = FindIdle(of)) == nullptr) released_.Wait(&mutex_);
  if (cursor->of != of) {
    Close(cursor);
    cursor->of = of;
  }
  cursor->busy = true;
  cursor->used = ++uses_;
  return cursor;
}

void KafkaReplay::Release(Cursor* cursor) {
  absl::MutexLock lock(&mutex_);
  cursor->busy = false;
  released_.SignalAll();
}

void KafkaReplay::Rest(TopicPartition of) {
  absl::MutexLock lock(&mutex_);
  for (const auto& cursor : cursors_) {
    if (cursor->of == of && !cursor->busy) Close(cursor.get());
  }
}

void KafkaReplay::Close(Cursor* cursor) {
  if (cursor->queue == nullptr) return;
  cursor->ready.clear();
  rd_kafka_consume_stop(TopicOf(*cursor), cursor->of.partition);
  cursor->queue.reset();
}

absl::Status KafkaReplay::Place(Cursor* cursor, Offset from) {
  if (cursor->queue != nullptr && from >= cursor->next && from - cursor->next <= kSkipMax)
    return absl::OkStatus();
  Close(cursor);
  cursor->queue.reset(rd_kafka_queue_new(client_.get()));
  cursor->bytes = 0;
  cursor->next = from;
  if (rd_kafka_consume_start_queue(TopicOf(*cursor), cursor->of.partition, from,
                                   cursor->queue.get()) == 0)
    return absl::OkStatus();
  cursor->queue.reset();
  return KafkaError(rd_kafka_last_error(), "read old records");
}

// The next record or end of partition, which stays in the cursor.
absl::StatusOr<const rd_kafka_message_t*> KafkaReplay::Peek(Cursor* cursor, absl::Time give_up) {
  if (!cursor->ready.empty()) return cursor->ready.front().get();
  std::array<rd_kafka_message_t*, kBatch> batch;
  ssize_t count = rd_kafka_consume_batch_queue(cursor->queue.get(), 0, batch.data(), batch.size());
  if (count <= 0) {
    Nudge(cursor);
    const int64_t left_ms = absl::ToInt64Milliseconds(give_up - absl::Now());
    batch[0] = left_ms <= 0
                   ? nullptr
                   : rd_kafka_consume_queue(cursor->queue.get(), static_cast<int>(left_ms));
    if (batch[0] == nullptr) {
      return KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT,
                        absl::StrCat("read ", rd_kafka_topic_name(TopicOf(*cursor)), "/",
                                     cursor->of.partition, " from offset ", cursor->next));
    }
    count = 1;
  }
  for (ssize_t i = 0; i < count; ++i) {
    cursor->ready.emplace_back(batch[static_cast<size_t>(i)]);
    cursor->bytes += static_cast<int64_t>(cursor->ready.back()->len);
  }
  return cursor->ready.front().get();
}

// Above its limit librdkafka stops fetching, and takes up to a second to begin again by itself. To
// seek wakes it; at most a fetch that is under way is lost by it, once in half the limit.
void KafkaReplay::Nudge(Cursor* cursor) {
  if (cursor->bytes < kReadAheadBytes / 2) return;
  cursor->bytes = 0;
  rd_kafka_seek(TopicOf(*cursor), cursor->of.partition, cursor->next, 0);
}

absl::StatusOr<Offset> KafkaReplay::Read(TopicPartition of, Offset from, Offset to,
                                         RecordVisitor visitor, bool* stopped) {
  const Offset first = from;
  Cursor* cursor = Acquire(of);
  absl::Status failure = Place(cursor, from);
  const absl::Time give_up = absl::Now() + options_.timeout;
  while (failure.ok() && from < to && !*stopped) {
    const absl::StatusOr<const rd_kafka_message_t*> message = Peek(cursor, give_up);
    if (!message.ok()) {
      failure = message.status();
      break;
    }
    failure = Visit(**message, to, visitor, &from, stopped);
    const bool passes = absl::IsUnavailable(failure);  // librdkafka tries again by itself
    if (passes) failure = absl::OkStatus();
    const Offset spent_at = (*message)->offset + (IsRecord(**message) ? 1 : 0);
    if (passes || spent_at <= from) cursor->ready.pop_front();
    cursor->next = std::max(cursor->next, from);
  }
  if (!failure.ok()) Close(cursor);
  Release(cursor);
  // What was read counts; the next read tells, if it lasts.
  if (failure.ok() || (absl::IsUnavailable(failure) && from > first)) return from;
  return failure;
}

}  // namespace tierline::log
