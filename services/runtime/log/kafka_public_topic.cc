#include "runtime/log/kafka_public_topic.h"

#include <array>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/text.h"
#include "runtime/log/append_queue.h"
#include "runtime/log/kafka_admin.h"
#include "runtime/observe/log.h"

namespace tierline::log {
namespace {

constexpr char kLogger[] = "public";
constexpr char kOffsetHeader[] = "ce_historyoffset";
constexpr absl::Duration kRenewInterval = absl::Seconds(5);
// The event that is furthest in the history is looked for among so many: behind it there may be
// what another publisher has repeated, and what a stranger wrote.
constexpr int64_t kLastRecords = 128;

KafkaSettings ProducerSettings() {
  return {
      {"enable.idempotence", "true"},
      {"acks", "all"},
      // No gaps: a record waits for ever for its broker, and the producer ends when one is refused.
      {"enable.gapless.guarantee", "true"},
      {"message.timeout.ms", "0"},
      {"linger.ms", "10"},
      {"retry.backoff.ms", "50"},
      {"compression.type", "lz4"},
      {"message.max.bytes", absl::StrCat(2 * kRecordBytesMax)},
      {"queue.buffering.max.messages", "20000"},
      {"queue.buffering.max.kbytes", "32768"},
  };
}

KafkaSettings ConsumerSettings() {
  return {
      {"auto.offset.reset", "earliest"},
      {"enable.partition.eof", "true"},
      {"isolation.level", "read_uncommitted"},
      {"check.crcs", "true"},
      {"fetch.wait.max.ms", "20"},
      {"fetch.message.max.bytes", "65536"},
      {"fetch.error.backoff.ms", "100"},
  };
}

bool ReadOffset(const rd_kafka_message_t& message, Offset* offset) {
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  return rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
         rd_kafka_header_get_last(headers, kOffsetHeader, &value, &size) ==
             RD_KAFKA_RESP_ERR_NO_ERROR &&
         absl::SimpleAtoi(ToAbsl(ViewOf(value, size)), offset) && *offset >= 0;
}

void AddOffset(Offset offset, rd_kafka_headers_t* headers) {
  const std::string text = absl::StrCat(offset);
  rd_kafka_header_add(headers, kOffsetHeader, -1, text.data(), static_cast<ssize_t>(text.size()));
}

}  // namespace

KafkaPublicTopic::KafkaPublicTopic(const KafkaPublicTopicOptions& options)
    : options_(options),
      name_(absl::StrCat(options.topic_prefix, ToAbsl(kPublicTopicName))),
      partitions_(static_cast<size_t>(options.partitions)) {}

KafkaPublicTopic::~KafkaPublicTopic() {
  for (int32_t i = 0; i < options_.partitions; ++i) LookNoMore(i);
}

absl::StatusOr<std::unique_ptr<KafkaPublicTopic>> KafkaPublicTopic::Open(
    const KafkaPublicTopicOptions& options) {
  const absl::Time deadline = absl::Now() + options.open_timeout;
  const TopicSpec spec =
      PlanPublicTopic({options.topic_prefix, options.partitions, options.replication});
  if (absl::Status status = PrepareTopics(options.connection, {spec}, /*create=*/true, deadline);
      !status.ok())
    return status;
  std::unique_ptr<KafkaPublicTopic> topic(new KafkaPublicTopic(options));
  if (absl::Status status = topic->Connect(deadline); !status.ok()) return status;
  return topic;
}

absl::Status KafkaPublicTopic::Connect(absl::Time deadline) {
  auto consumer = MakeKafkaClient(options_.connection, {.settings = ConsumerSettings()});
  if (!consumer.ok()) return consumer.status();
  consumer_ = *std::move(consumer);
  ends_.reset(rd_kafka_queue_new(consumer_.get()));
  auto consumed = MakeKafkaTopic(consumer_.get(), name_, nullptr);
  if (!consumed.ok()) return consumed.status();
  consumed_ = *std::move(consumed);
  absl::Status status = LearnLeaders(consumer_.get(), consumed_.get(), deadline);
  return status.ok() ? Produce() : status;
}

absl::Status KafkaPublicTopic::Produce() {
  auto producer = MakeKafkaClient(options_.connection, {.type = RD_KAFKA_PRODUCER,
                                                        .settings = ProducerSettings(),
                                                        .delivered = OnReport,
                                                        .opaque = this});
  if (!producer.ok()) return producer.status();
  auto produced = MakeKafkaTopic(producer->get(), name_, nullptr);
  if (!produced.ok()) return produced.status();
  producer_ = *std::move(producer);
  produced_ = *std::move(produced);
  return absl::OkStatus();
}

void KafkaPublicTopic::Follow(int32_t partition, bool follows) {
  Partition& its = partitions_[static_cast<size_t>(partition)];
  if (std::exchange(its.follows, follows) == follows) return;
  its.place.reset();
  if (!follows) LookNoMore(partition);
}

std::optional<PublicPlace> KafkaPublicTopic::Place(int32_t partition) const {
  return partitions_[static_cast<size_t>(partition)].place;
}

absl::Status KafkaPublicTopic::Publish(int32_t partition, const RecordView& record) {
  Partition& to = partitions_[static_cast<size_t>(partition)];
  if (producer_ == nullptr || !to.place)
    return absl::ResourceExhaustedError("the public topic is being looked at; try again later");
  rd_kafka_headers_t* headers = MakeKafkaHeaders(record);
  AddOffset(to.place->next, headers);
  const rd_kafka_resp_err_t error = rd_kafka_producev(
      producer_.get(), RD_KAFKA_V_RKT(produced_.get()), RD_KAFKA_V_PARTITION(partition),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_KEY(record.subject.data(), record.subject.size()),
      RD_KAFKA_V_VALUE(const_cast<char*>(record.value.data()), record.value.size()),
      RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_headers_destroy(headers);  // librdkafka's only when it took the record
    failed_ = failed_ || error != RD_KAFKA_RESP_ERR__QUEUE_FULL;
    return absl::ResourceExhaustedError(KafkaError(error, "publish").message());
  }
  to.place = {to.place->next + 1, record.id};
  ++to.in_flight;
  ++in_flight_;
  return absl::OkStatus();
}

void KafkaPublicTopic::Pass(int32_t partition) {
  Partition& its = partitions_[static_cast<size_t>(partition)];
  if (its.place) ++its.place->next;
}

void KafkaPublicTopic::OnReport(rd_kafka_t*, const rd_kafka_message_t* message, void* topic) {
  auto* self = static_cast<KafkaPublicTopic*>(topic);
  --self->partitions_[static_cast<size_t>(message->partition)].in_flight;
  --self->in_flight_;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) self->failed_ = true;
}

void KafkaPublicTopic::Poll() {
  if (producer_ != nullptr) rd_kafka_poll(producer_.get(), 0);
  const bool fatal = producer_ != nullptr && rd_kafka_fatal_error(producer_.get(), nullptr, 0) != 0;
  if (producer_ == nullptr || fatal || failed_) Renew();
  std::array<rd_kafka_message_t*, 64> batch;
  const ssize_t count = rd_kafka_consume_batch_queue(ends_.get(), 0, batch.data(), batch.size());
  for (ssize_t i = 0; i < count; ++i) {
    const KafkaPtr<rd_kafka_message_t> message(batch[static_cast<size_t>(i)]);
    Accept(*message);
  }
  for (int32_t i = 0; i < options_.partitions; ++i) {
    // What is under way would not be seen, and be published again.
    const Partition& its = partitions_[static_cast<size_t>(i)];
    if (its.follows && !its.place && !its.looking && its.in_flight == 0) Look(i);
  }
}

void KafkaPublicTopic::Renew() {
  if (producer_ != nullptr) {
    char error[512] = "a record was refused";
    rd_kafka_fatal_error(producer_.get(), error, sizeof error);
    observe::log::Warning(kLogger, "the producer failed, a new one goes on behind what is there",
                          {{"why", std::string_view(error)}});
    produced_.reset();
    producer_.reset();  // from here on nothing is reported
    failed_ = false;
    in_flight_ = 0;
    for (Partition& its : partitions_) {
      its.in_flight = 0;
      its.place.reset();
    }
  }
  if (absl::Now() < renew_after_) return;
  renew_after_ = absl::Now() + kRenewInterval;
  if (absl::Status status = Produce(); !status.ok())
    observe::log::Warning(kLogger, "no new producer", {{"why", status.ToString()}});
}

void KafkaPublicTopic::Look(int32_t partition) {
  Partition& its = partitions_[static_cast<size_t>(partition)];
  its.found = {};
  its.looking = rd_kafka_consume_start_queue(consumed_.get(), partition,
                                             RD_KAFKA_OFFSET_TAIL(kLastRecords), ends_.get()) == 0;
}

void KafkaPublicTopic::LookNoMore(int32_t partition) {
  if (std::exchange(partitions_[static_cast<size_t>(partition)].looking, false))
    rd_kafka_consume_stop(consumed_.get(), partition);
}

void KafkaPublicTopic::Accept(const rd_kafka_message_t& message) {
  if (message.rkt == nullptr) return;  // about a broker; librdkafka has logged it
  Partition& its = partitions_[static_cast<size_t>(message.partition)];
  if (!its.looking) return;
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    LookNoMore(message.partition);
    its.place = its.found;
    return;
  }
  Offset offset = 0;
  // Other errors pass: librdkafka tries again by itself.
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR || !ReadOffset(message, &offset)) return;
  if (offset < its.found.next) return;
  CloudEventDecoder decoder;
  its.found = {offset + 1, ReadKafkaMessage(message, &decoder).id};
}

}  // namespace tierline::log
