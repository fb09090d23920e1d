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
  int32_t replication =
      3;  // copies of every record; 1 only where losing the broker's disk may lose the log
  std::string
      topic_prefix;    // before every topic's name: several hotlines, or tests, on one cluster
  bool create = true;  // make topics that are missing, and found the log in empty ones
  absl::Duration delivery_timeout =
      absl::Seconds(10);                            // of an append: then its outcome is in doubt
  absl::Duration read_timeout = absl::Seconds(10);  // of a read of old records
  absl::Duration open_timeout = absl::Seconds(30);
};

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
  absl::StatusOr<Offset> End(TopicPartition of) override;
  int32_t Partitions(Topic topic) const override;
  void SetWaker(std::function<void()> waker) override;

 private:
  struct Core;
  explicit KafkaLog(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace tierline::log
