#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "runtime/log/event_log.h"
#include "runtime/log/kafka_connection.h"

namespace tierline::log {

struct KafkaLogOptions {
  KafkaConnection connection;
  int32_t partitions = 64;  // of tierline.history.v1
  // Copies of every record. 1 only where losing a broker's disk may lose the log.
  int32_t replication = 3;
  // Before every topic's name, for several hotlines or tests on one cluster.
  std::string topic_prefix;
  // Make topics that are missing, and found the log in empty ones.
  bool create = true;
  // Of an append; when it is over, the outcome is in doubt.
  absl::Duration delivery_timeout = absl::Seconds(10);
  // Of a read of old records.
  absl::Duration read_timeout = absl::Seconds(10);
  absl::Duration open_timeout = absl::Seconds(30);
};

// The log on Apache Kafka: three topics (kafka_topics.h), records as CloudEvents (cloud_events.h).
// Any number of replicas open the same one.
//
//   auto log = KafkaLog::Open({.connection = {.bootstrap_servers = "kafka-0:9092"}});
//   (*log)->SetWaker([&] { … });   // wakes the loop that then calls Poll
//
//      Append                               Read, End
//        |                                   |     |
//   KafkaProducer --delivery reports--> Poll |     |
//        |                               ^   |     |
//        v                               |   v     v
//     brokers ---every partition---> KafkaTail   KafkaReplay: what is older, on demand
//                                    the last records, in memory
//
// Append hands the records to librdkafka at once. Poll takes what was reported and what has
// arrived, then calls back; nothing else changes what Read and End say. Both consumers read without
// a group: who owns what is in the log.
//
// What "delivered" means. OK is called when every record of the append was reported as written with
// acks=all, which says: on all in-sync replicas, of which there are min.insync.replicas or more;
// and when the tail has read beyond the highest offset of these reports. The offset is the broker's
// own answer to that very record, so what the tail has passed includes it, and Read has it. The
// tail only sees what is below the high watermark. A report without an offset proves neither, and
// is a doubt, as is every error, and everything that a fatal error leaves without a report. Reports
// are in the order of a partition, and so are the callbacks.
//
// What a doubt may leave behind. All of the append's records, some, or none, at once or much later:
// a request may lie in a broker that was silent. What comes after a lost record is void by its seq,
// what comes after the next claim by its epoch (base/validity.h), so claiming and reading back to
// the claim decides. One producer writes nothing twice; what its successor after a fatal error
// writes is of another claim.
//
// Brokers that fail. librdkafka finds new leaders and sends again, until `delivery_timeout`; then
// kUnavailable. Reads from the tail need no broker. Damage, a partition that lacks what was there,
// is kDataLoss from then on: another replica may still have it in its state, but not this log.
//
// Threads. As EventLog says: one at a time, and several readers while none appends or polls.
// librdkafka has its own, six or so per client; of them only the waker is called.
//
// Memory, at most: 48 MiB of tails; 64 MiB in flight; 64 MiB that arrived and Poll did not take; 64
// MiB that KafkaReplay reads ahead, while replicas catch up.
class KafkaLog : public EventLog {
 public:
  // Errors: kFailedPrecondition (a topic with other settings or another number of partitions, with
  // the command that mends it; a setting in `connection` that is refused); kNotFound (no log, and
  // not to be created); kUnavailable (no broker answers in time); kDataLoss (the first record of a
  // partition is none of this log); kInvalidArgument (a setting that librdkafka does not know).
  static absl::StatusOr<std::unique_ptr<KafkaLog>> Open(const KafkaLogOptions& options);

  // Callbacks of appends that were not settled are not called.
  ~KafkaLog() override;

  absl::Status Append(TopicPartition to, std::span<const RecordView> records,
                      Delivered delivered) override;
  void Poll(absl::Duration wait) override;
  absl::StatusOr<Offset> Read(TopicPartition of, Offset from, int64_t max,
                              RecordVisitor visitor) override;
  absl::StatusOr<Offset> ReadAside(TopicPartition of, Offset from, Offset to,
                                   RecordVisitor visitor) override;
  absl::StatusOr<Offset> End(TopicPartition of) override;
  int32_t Partitions(Topic topic) const override;
  void Refresh(TopicPartition of, Delivered ready) override;
  void SetWaker(std::function<void()> waker) override;

 private:
  struct Core;
  explicit KafkaLog(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace tierline::log
