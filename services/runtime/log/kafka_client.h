#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/record.h"
#include "runtime/log/cloud_events.h"
#include "runtime/log/kafka_connection.h"
#include "runtime/log/kafka_signal.h"

// What the parts of the engine on Kafka share of librdkafka. Only sources of this room include it.

namespace tierline::log {

struct KafkaDeleter {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_AdminOptions_t* options) const {
    rd_kafka_AdminOptions_destroy(options);
  }
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  void operator()(rd_kafka_ConfigResource_t* of) const { rd_kafka_ConfigResource_destroy(of); }
};
template <typename T>
using KafkaPtr = std::unique_ptr<T, KafkaDeleter>;

using KafkaSettings = std::vector<std::pair<std::string, std::string>>;
// What every reader of the log needs, and `more`: nothing is skipped, missing or damaged unseen.
KafkaSettings ReaderSettings(KafkaSettings more);

using DeliveryReport = void (*)(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque);
using Rebalanced = void (*)(rd_kafka_t*, rd_kafka_resp_err_t what,
                            rd_kafka_topic_partition_list_t* partitions, void* opaque);

struct KafkaClientOptions {
  rd_kafka_type_t type = RD_KAFKA_CONSUMER;
  KafkaSettings settings;              // what the part of the engine needs
  DeliveryReport delivered = nullptr;  // of a producer
  Rebalanced rebalanced = nullptr;     // of a member of a group
  void* opaque = nullptr;              // of that
};

// A client of the cluster. It logs through observe::log, under "kafka". Errors: kInvalidArgument
// for a setting that librdkafka does not know or take; kFailedPrecondition for one in
// `connection.properties` that would break a promise of the log, or a password file that can not be
// read.
absl::StatusOr<KafkaPtr<rd_kafka_t>> MakeKafkaClient(const KafkaConnection& connection,
                                                     const KafkaClientOptions& options);

// A handle of a topic, whose opaque is `opaque`.
absl::StatusOr<KafkaPtr<rd_kafka_topic_t>> MakeKafkaTopic(rd_kafka_t* client,
                                                          const std::string& name, void* opaque);

// Learns the leaders of the topic's partitions. librdkafka would do it by itself, but whoever comes
// before that waits for half a second.
absl::Status LearnLeaders(rd_kafka_t* client, rd_kafka_topic_t* topic, absl::Time deadline);

// Has `signal` raised whenever `queue` fills, until StopRaising.
void RaiseWhenFilled(rd_kafka_queue_t* queue, KafkaSignal* signal);
void StopRaising(rd_kafka_queue_t* queue);

// What librdkafka or a broker said, as the world's error: kPermissionDenied for a missing right,
// kUnavailable for the rest.
absl::Status KafkaError(rd_kafka_resp_err_t error, std::string_view doing);

// The record of a message without an error; its views point into both.
RecordView ReadKafkaMessage(const rd_kafka_message_t& message, CloudEventDecoder* decoder);

// The headers of a message that is `record`; to be given to librdkafka, or destroyed.
rd_kafka_headers_t* MakeKafkaHeaders(const RecordView& record);

// What the error of a consumed message means. kDataLoss: records that should be there are not, or
// can not be read; whatever comes after it would make a gap that other replicas do not see.
// Anything else: librdkafka tries again by itself.
absl::Status KafkaFault(const rd_kafka_message_t& message);

inline std::string_view ViewOf(const void* bytes, size_t size) {
  return bytes == nullptr ? std::string_view()
                          : std::string_view(static_cast<const char*>(bytes), size);
}

}  // namespace tierline::log
