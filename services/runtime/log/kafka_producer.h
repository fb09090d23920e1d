#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "runtime/log/event_log.h"
#include "runtime/log/kafka_client.h"
#include "runtime/log/kafka_signal.h"

namespace tierline::log {

struct KafkaProducerOptions {
  KafkaConnection connection;
  std::vector<std::string> topics;  // names, by Topic
  int32_t partitions = 0;           // of the history
  absl::Duration delivery_timeout;
  KafkaSignal* signal = nullptr;
};

// The half of KafkaLog that appends: one idempotent producer, acks=all.
//
//   Append -> librdkafka's queue -> broker -> delivery reports --Serve--> settled --CallBack-->
//
// An append is *settled* when each of its records was reported. It is in doubt when one of them
// failed, or was reported without an offset (the broker had it already, but says neither where nor
// whether on all replicas). It is called back, in the order of its partition, when it is in doubt,
// or once `end` of the partition is beyond its last offset.
//
// Fatal errors. librdkafka gives a producer up when it can not tell any more what the broker has.
// Everything that was not reported is then in doubt, and a new producer takes over, at most one a
// second.
//
// After a failure nothing is taken back: what is queued behind a lost record reaches the log, and
// is void there by its seq.
class KafkaProducer {
 public:
  // Errors: kUnavailable when no broker answers by `deadline`.
  static absl::StatusOr<std::unique_ptr<KafkaProducer>> Open(KafkaProducerOptions options,
                                                             absl::Time deadline);
  ~KafkaProducer();

  // As EventLog::Append. `key` takes the place of an empty subject.
  absl::Status Append(TopicPartition to, std::span<const RecordView> records, Delivered delivered,
                      std::string_view key = {});

  // Takes what librdkafka has to report.
  void Serve();

  // Calls back what can be, by `end` of each partition; whether there was anything.
  bool CallBack(absl::FunctionRef<Offset(TopicPartition of)> end);

 private:
  struct InFlight {
    size_t waiting = 0;  // records that were not reported
    Offset last = -1;    // the highest offset reported
    absl::Status doubt;
    Delivered delivered;
    size_t records = 0;
    size_t bytes = 0;
  };

  explicit KafkaProducer(KafkaProducerOptions options);
  absl::Status Connect();
  void Renew();
  absl::Status Reserve(std::span<const RecordView> records, size_t* bytes) const;
  absl::Status Produce(TopicPartition to, const RecordView& record, std::string_view key,
                       InFlight* append);
  static void OnReport(rd_kafka_t*, const rd_kafka_message_t* message, void*);

  const KafkaProducerOptions options_;
  const std::vector<TopicPartition> all_;
  KafkaPtr<rd_kafka_t> client_;  // null after a fatal error, until the next attempt
  std::vector<KafkaPtr<rd_kafka_topic_t>> topics_;
  KafkaPtr<rd_kafka_queue_t> reports_;
  std::vector<std::deque<std::unique_ptr<InFlight>>> in_flight_;  // by IndexOf
  size_t records_ = 0;                                            // in flight
  size_t bytes_ = 0;
  absl::Time renew_after_ = absl::InfinitePast();
};

}  // namespace tierline::log
