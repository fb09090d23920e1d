#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "runtime/log/event_log.h"
#include "runtime/log/kafka_client.h"
#include "runtime/log/kafka_signal.h"
#include "runtime/log/tail_cache.h"

namespace tierline::log {

struct KafkaTailOptions {
  KafkaConnection connection;
  std::vector<std::string> topics;  // names, by Topic
  int32_t partitions = 0;           // of the history
  KafkaSignal* signal = nullptr;
};

// The half of KafkaLog that follows: one consumer without a group, at the end of every partition,
// that keeps the last frames of each in memory. What it has read is below the high watermark, that
// is, on every in-sync replica: the end of a partition is where it stands, and never goes back.
//
// Gaps. Compaction and transactions of others leave offsets without a record. They are filled with
// foreign records (cloud_events.h), so that every offset below the end is read exactly once.
//
// Damage. When a broker has no record where one was read before, or sends bytes that can not be
// read, the partition stops: what came after would look like a gap here and not elsewhere.
class KafkaTail {
 public:
  // Knows all ends when it returns; each partition has its last records, up to 256. Errors:
  // kUnavailable when it can not by `deadline`.
  static absl::StatusOr<std::unique_ptr<KafkaTail>> Open(const KafkaTailOptions& options,
                                                         absl::Time deadline);
  ~KafkaTail();

  // For questions about the partitions that it follows.
  rd_kafka_t* client() { return client_.get(); }

  // Takes what has arrived; whether there was anything. Raises the signal again when it did not
  // take all.
  bool Take();

  // By IndexOf.
  const TailCache& At(int32_t index) const { return *tails_[static_cast<size_t>(index)].frames; }
  // kDataLoss once the partition is damaged.
  const absl::Status& damage(int32_t index) const {
    return tails_[static_cast<size_t>(index)].damage;
  }

 private:
  struct Tail {
    std::optional<TailCache> frames;
    bool ended = false;  // its end was seen
    absl::Status damage;
  };

  explicit KafkaTail(const KafkaTailOptions& options);
  absl::Status Start(absl::Time deadline);
  absl::Status FindEnds(absl::Time deadline);
  void Accept(const rd_kafka_message_t& message);
  void FillTo(Tail* tail, Offset offset);

  const KafkaTailOptions options_;
  KafkaPtr<rd_kafka_t> client_;
  std::vector<KafkaPtr<rd_kafka_topic_t>> topics_;
  KafkaPtr<rd_kafka_queue_t> queue_;
  std::vector<Tail> tails_;  // by IndexOf
  size_t tail_bytes_;
  size_t ended_ = 0;
  CloudEventDecoder decoder_;
};

}  // namespace tierline::log
