#include "runtime/log/kafka_producer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "runtime/log/append_queue.h"
#include "runtime/log/genesis.h"
#include "runtime/observe/log.h"

namespace tierline::log {
namespace {

constexpr absl::Duration kRenewInterval = absl::Seconds(1);

KafkaSettings Settings(absl::Duration delivery_timeout) {
  return {
      {"enable.idempotence", "true"},
      {"acks", "all"},
      // Batches form by themselves while five requests are under way.
      {"linger.ms", "0"},
      {"message.timeout.ms", absl::StrCat(absl::ToInt64Milliseconds(delivery_timeout))},
      {"retry.backoff.ms", "20"},
      {"compression.type", "lz4"},
      {"message.max.bytes", absl::StrCat(2 * kRecordBytesMax)},
      // Bounded by Reserve, so that the queue never refuses the second half of an append.
      {"queue.buffering.max.messages", "0"},
      {"queue.buffering.max.kbytes", absl::StrCat(4 * kQueuedBytesMax / 1024)},
  };
}

KafkaPtr<rd_kafka_queue_t> MainQueue(rd_kafka_t* client, KafkaSignal* signal) {
  KafkaPtr<rd_kafka_queue_t> queue(rd_kafka_queue_get_main(client));
  RaiseWhenFilled(queue.get(), signal);
  return queue;
}

// Null rather than empty.
const void* BytesOf(std::string_view text) { return text.empty() ? nullptr : text.data(); }

}  // namespace

KafkaProducer::KafkaProducer(KafkaProducerOptions options)
    : options_(std::move(options)),
      all_(AllPartitions(options_.partitions)),
      in_flight_(all_.size()) {}

KafkaProducer::~KafkaProducer() {
  if (reports_ != nullptr) StopRaising(reports_.get());
}

absl::StatusOr<std::unique_ptr<KafkaProducer>> KafkaProducer::Open(KafkaProducerOptions options,
                                                                   absl::Time deadline) {
  std::unique_ptr<KafkaProducer> producer(new KafkaProducer(std::move(options)));
  if (absl::Status status = producer->Connect(); !status.ok()) return status;
  for (const auto& topic : producer->topics_) {
    absl::Status status = LearnLeaders(producer->client_.get(), topic.get(), deadline);
    if (!status.ok()) return status;
  }
  return producer;
}

absl::Status KafkaProducer::Connect() {
  absl::StatusOr<KafkaPtr<rd_kafka_t>> client =
      MakeKafkaClient(options_.connection, {.type = RD_KAFKA_PRODUCER,
                                            .settings = Settings(options_.delivery_timeout),
                                            .delivered = OnReport});
  if (!client.ok()) return client.status();
  std::vector<KafkaPtr<rd_kafka_topic_t>> topics;
  for (const std::string& name : options_.topics) {
    auto topic = MakeKafkaTopic(client->get(), name, nullptr);
    if (!topic.ok()) return topic.status();
    topics.push_back(*std::move(topic));
  }
  client_ = *std::move(client);
  topics_ = std::move(topics);
  reports_ = MainQueue(client_.get(), options_.signal);
  return absl::OkStatus();
}

absl::Status KafkaProducer::Reserve(std::span<const RecordView> records, size_t* bytes) const {
  for (const RecordView& record : records) {
    if (absl::Status status = Writable(record); !status.ok()) return status;
    if (absl::Status status = CheckRecord(record); !status.ok()) return status;
    *bytes += FrameBytes(record);
  }
  if (absl::Status status = CheckQueueRoom(records_, bytes_, records.size(), *bytes); !status.ok())
    return status;
  if (client_ != nullptr) return absl::OkStatus();
  return absl::ResourceExhaustedError("the producer failed and is made anew; append again later");
}

absl::Status KafkaProducer::Append(TopicPartition to, std::span<const RecordView> records,
                                   Delivered delivered, std::string_view key) {
  const int32_t index = IndexOf(to, options_.partitions);
  if (index < 0) return UnknownPartition(to, options_.partitions);
  auto append = std::make_unique<InFlight>();
  if (absl::Status status = Reserve(records, &append->bytes); !status.ok()) return status;
  append->records = records.size();
  append->delivered = std::move(delivered);
  records_ += append->records;
  bytes_ += append->bytes;
  for (const RecordView& record : records) {
    append->doubt =
        Produce(to, record, record.subject.empty() ? key : record.subject, append.get());
    if (!append->doubt.ok()) break;  // some may be on their way already
    ++append->waiting;
  }
  in_flight_[static_cast<size_t>(index)].push_back(std::move(append));
  return absl::OkStatus();
}

absl::Status KafkaProducer::Produce(TopicPartition to, const RecordView& record,
                                    std::string_view key, InFlight* append) {
  rd_kafka_headers_t* headers = MakeKafkaHeaders(record);
  const rd_kafka_resp_err_t error = rd_kafka_producev(
      client_.get(), RD_KAFKA_V_RKT(topics_[static_cast<size_t>(to.topic)].get()),
      RD_KAFKA_V_PARTITION(to.partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_KEY(BytesOf(key), key.size()),
      RD_KAFKA_V_VALUE(const_cast<void*>(BytesOf(record.value)), record.value.size()),
      RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(append), RD_KAFKA_V_END);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return absl::OkStatus();
  rd_kafka_headers_destroy(headers);  // librdkafka's only when it took the record
  return absl::UnavailableError(KafkaError(error, "append").message());
}

void KafkaProducer::OnReport(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  auto* append = static_cast<InFlight*>(message->_private);
  --append->waiting;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    append->doubt = absl::UnavailableError(
        KafkaError(message->err, "it is unknown whether it was appended").message());
  } else if (message->offset < 0) {
    append->doubt = absl::UnavailableError("kafka: appended, but it is unknown where");
  } else {
    append->last = std::max(append->last, message->offset);
  }
}

void KafkaProducer::Serve() {
  if (client_ != nullptr) rd_kafka_poll(client_.get(), 0);
  if (client_ != nullptr && rd_kafka_fatal_error(client_.get(), nullptr, 0) == 0) return;
  Renew();
}

void KafkaProducer::Renew() {
  if (client_ != nullptr) {
    char error[512];
    rd_kafka_fatal_error(client_.get(), error, sizeof error);
    observe::log::Warning("kafka", "the producer failed, a new one takes over", {{"why", error}});
    StopRaising(reports_.get());
    reports_.reset();
    topics_.clear();
    client_.reset();  // from here on nothing is reported
    for (auto& partition : in_flight_) {
      for (auto& append : partition) {
        if (append->waiting == 0) continue;
        append->waiting = 0;
        append->doubt = absl::UnavailableError(
            absl::StrCat("kafka: it is unknown whether it was appended: ", error));
      }
    }
  }
  if (absl::Now() < renew_after_) return;
  renew_after_ = absl::Now() + kRenewInterval;
  if (absl::Status status = Connect(); !status.ok())
    observe::log::Warning("kafka", "no new producer", {{"why", status.ToString()}});
}

bool KafkaProducer::CallBack(absl::FunctionRef<Offset(TopicPartition of)> end) {
  bool any = false;
  for (size_t index = 0; index < in_flight_.size(); ++index) {
    auto& partition = in_flight_[index];
    while (!partition.empty()) {
      const InFlight& first = *partition.front();
      if (first.waiting > 0 || (first.doubt.ok() && first.last >= end(all_[index]))) break;
      const std::unique_ptr<InFlight> append = std::move(partition.front());
      partition.pop_front();
      records_ -= append->records;
      bytes_ -= append->bytes;
      append->delivered(append->doubt);  // may append
      any = true;
    }
  }
  return any;
}

}  // namespace tierline::log
