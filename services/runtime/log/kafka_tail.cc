#include "runtime/log/kafka_tail.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "runtime/log/genesis.h"
#include "runtime/observe/log.h"

namespace tierline::log {
namespace {

constexpr size_t kTailBytesTotal = size_t{48} << 20;
constexpr size_t kTailBytesMax = size_t{4} << 20;
constexpr int64_t kLastRecords = 256;
constexpr size_t kTakeMax = 16384;

KafkaSettings Settings() {
  return ReaderSettings({
      {"fetch.wait.max.ms", "100"},
      // librdkafka stops fetching above these, and takes up to a second to begin again.
      {"queued.min.messages", "200000"},
      {"queued.max.messages.kbytes", "65536"},
  });
}

}  // namespace

KafkaTail::KafkaTail(const KafkaTailOptions& options)
    : options_(options),
      tails_(AllPartitions(options.partitions).size()),
      tail_bytes_(std::min(kTailBytesMax, kTailBytesTotal / tails_.size())) {}

KafkaTail::~KafkaTail() {
  if (queue_ != nullptr) StopRaising(queue_.get());
}

absl::StatusOr<std::unique_ptr<KafkaTail>> KafkaTail::Open(const KafkaTailOptions& options,
                                                           absl::Time deadline) {
  std::unique_ptr<KafkaTail> tail(new KafkaTail(options));
  if (absl::Status status = tail->Start(deadline); !status.ok()) return status;
  if (absl::Status status = tail->FindEnds(deadline); !status.ok()) return status;
  RaiseWhenFilled(tail->queue_.get(), options.signal);
  options.signal->Raise();  // for what has arrived since
  return tail;
}

absl::Status KafkaTail::Start(absl::Time deadline) {
  absl::StatusOr<KafkaPtr<rd_kafka_t>> client =
      MakeKafkaClient(options_.connection, {.settings = Settings()});
  if (!client.ok()) return client.status();
  client_ = *std::move(client);
  queue_.reset(rd_kafka_queue_new(client_.get()));
  for (size_t i = 0; i < options_.topics.size(); ++i) {
    auto topic = MakeKafkaTopic(client_.get(), options_.topics[i], reinterpret_cast<void*>(i));
    if (!topic.ok()) return topic.status();
    topics_.push_back(*std::move(topic));
    absl::Status status = LearnLeaders(client_.get(), topics_.back().get(), deadline);
    if (!status.ok()) return status;
  }
  for (const TopicPartition& of : AllPartitions(options_.partitions)) {
    rd_kafka_topic_t* topic = topics_[static_cast<size_t>(of.topic)].get();
    if (rd_kafka_consume_start_queue(topic, of.partition, RD_KAFKA_OFFSET_TAIL(kLastRecords),
                                     queue_.get()) != 0) {
      return KafkaError(rd_kafka_last_error(), absl::StrCat("follow ", rd_kafka_topic_name(topic)));
    }
  }
  return absl::OkStatus();
}

absl::Status KafkaTail::FindEnds(absl::Time deadline) {
  absl::Status last;
  while (ended_ < tails_.size()) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      return absl::UnavailableError(absl::StrCat("kafka: the ends of ", tails_.size() - ended_,
                                                 " partitions can not be found; ", last.message()));
    }
    const KafkaPtr<rd_kafka_message_t> message(rd_kafka_consume_queue(
        queue_.get(), static_cast<int>(absl::ToInt64Milliseconds(left)) + 1));
    if (message == nullptr) continue;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR &&
        message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      last = KafkaFault(*message);
      if (!absl::IsUnavailable(last)) return last;
    }
    Accept(*message);
  }
  return absl::OkStatus();
}

bool KafkaTail::Take() {
  std::array<rd_kafka_message_t*, 512> batch;
  size_t taken = 0;
  while (taken < kTakeMax) {
    const ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), 0, batch.data(), batch.size());
    if (count <= 0) return taken > 0;
    for (ssize_t i = 0; i < count; ++i) {
      const KafkaPtr<rd_kafka_message_t> message(batch[static_cast<size_t>(i)]);
      Accept(*message);
    }
    taken += static_cast<size_t>(count);
  }
  options_.signal->Raise();
  return true;
}

void KafkaTail::Accept(const rd_kafka_message_t& message) {
  if (message.rkt == nullptr) return;  // about a broker; librdkafka has logged it
  const auto topic =
      static_cast<Topic>(reinterpret_cast<uintptr_t>(rd_kafka_topic_opaque(message.rkt)));
  const int32_t index = IndexOf({topic, message.partition}, options_.partitions);
  if (index < 0) return;
  Tail& tail = tails_[static_cast<size_t>(index)];
  if (!tail.damage.ok()) return;
  const bool at_end = message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR && !at_end) {
    const absl::Status fault = KafkaFault(message);
    if (absl::IsDataLoss(fault)) tail.damage = fault;
    observe::log::Warning("kafka", "can not follow a partition", {{"why", fault.ToString()}});
    return;
  }
  if (!tail.frames) tail.frames.emplace(message.offset, tail_bytes_);
  FillTo(&tail, message.offset);
  if (at_end) {
    if (!std::exchange(tail.ended, true)) ++ended_;
    return;
  }
  if (message.offset < tail.frames->end()) return;  // read before
  std::string frame;
  EncodeRecord(ReadKafkaMessage(message, &decoder_), &frame);
  tail.frames->Push(std::move(frame));
}

void KafkaTail::FillTo(Tail* tail, Offset offset) {
  while (tail->frames->end() < offset) {
    std::string frame;
    EncodeRecord({}, &frame);
    tail->frames->Push(std::move(frame));
  }
}

}  // namespace tierline::log
