#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "runtime/log/kafka_client.h"
#include "runtime/log/public_topic.h"

namespace tierline::log {

struct KafkaPublicTopicOptions {
  KafkaConnection connection;
  std::string topic_prefix;
  int32_t partitions = 64;  // of tierline.history.v1
  int32_t replication = 3;
  absl::Duration open_timeout = absl::Seconds(30);
};

// tierline.public.v1 on Apache Kafka: an idempotent producer whose records never time out, so that
// it leaves no gap while brokers are away, and a consumer that looks at the ends of partitions.
//
// When librdkafka gives a record up all the same, everything that is not known to be in the topic
// is dropped with the producer, and the partitions begin anew behind what is there.
class KafkaPublicTopic final : public PublicTopic {
 public:
  // Makes the topic when it is missing. Errors: as KafkaLog::Open.
  static absl::StatusOr<std::unique_ptr<KafkaPublicTopic>> Open(
      const KafkaPublicTopicOptions& options);
  ~KafkaPublicTopic() override;

  void Follow(int32_t partition, bool follows) override;
  std::optional<PublicPlace> Place(int32_t partition) const override;
  absl::Status Publish(int32_t partition, const RecordView& record) override;
  void Pass(int32_t partition) override;
  void Poll() override;
  size_t in_flight() const override { return in_flight_; }

 private:
  struct Partition {
    bool follows = false;
    bool looking = false;  // the consumer reads its end
    std::optional<PublicPlace> place;
    PublicPlace found;  // so far, while looking
    size_t in_flight = 0;
  };

  explicit KafkaPublicTopic(const KafkaPublicTopicOptions& options);
  absl::Status Connect(absl::Time deadline);
  absl::Status Produce();
  void Renew();
  void Look(int32_t partition);
  void LookNoMore(int32_t partition);
  void Accept(const rd_kafka_message_t& message);
  static void OnReport(rd_kafka_t*, const rd_kafka_message_t* message, void* topic);

  const KafkaPublicTopicOptions options_;
  const std::string name_;
  std::vector<Partition> partitions_;
  size_t in_flight_ = 0;
  bool failed_ = false;  // the producer lost a record
  absl::Time renew_after_ = absl::InfinitePast();
  KafkaPtr<rd_kafka_t> consumer_;
  KafkaPtr<rd_kafka_queue_t> ends_;
  KafkaPtr<rd_kafka_topic_t> consumed_;
  KafkaPtr<rd_kafka_t> producer_;  // null after a failure, until the next attempt
  KafkaPtr<rd_kafka_topic_t> produced_;
};

}  // namespace tierline::log
