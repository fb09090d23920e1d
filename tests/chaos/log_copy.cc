#include "tests/chaos/log_copy.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "runtime/log/genesis.h"
#include "runtime/log/kafka_log.h"
#include "runtime/log/rocks_log.h"

namespace tierline::chaos {
namespace {

constexpr int64_t kBatch = 500;

absl::Status CopyBatch(log::EventLog* from, log::TopicPartition of, Offset* next,
                       log::EventLog* to) {
  std::vector<std::string> frames;
  const auto read = from->Read(of, *next, kBatch, [&](Offset, const RecordView& record) {
    EncodeRecord(record, &frames.emplace_back());
    return true;
  });
  if (!read.ok()) return read.status();
  *next = *read;
  std::vector<RecordView> records;
  for (const std::string& frame : frames) records.push_back(*DecodeRecord(frame));
  absl::Status delivered = absl::UnknownError("not written");
  const absl::Status queued =
      to->Append(of, records, [&](absl::Status status) { delivered = std::move(status); });
  if (!queued.ok()) return queued;
  to->Poll(absl::ZeroDuration());
  return delivered;
}

absl::Status CopyPartition(log::EventLog* from, log::TopicPartition of, log::EventLog* to) {
  const auto end = from->End(of);
  if (!end.ok()) return end.status();
  // Each engine has its own genesis record at offset 0.
  for (Offset next = 1; next < *end;) {
    absl::Status status = CopyBatch(from, of, &next, to);
    if (!status.ok()) return status;
  }
  const auto copied = to->End(of);
  if (!copied.ok()) return copied.status();
  if (*copied == *end) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(ToAbsl(log::TopicName(of.topic)), "/", of.partition, ": ",
                                          *copied, " of ", *end, " records were copied"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<log::EventLog>> CopyLog(const std::string& brokers,
                                                       int32_t partitions, const std::string& dir) {
  auto kafka =
      log::KafkaLog::Open({.connection = {.bootstrap_servers = brokers, .client_id = "checker"},
                           .partitions = partitions,
                           .create = false});
  if (!kafka.ok()) return kafka.status();
  auto copy = log::RocksLog::Open(dir, {.partitions = partitions});
  if (!copy.ok()) return copy.status();
  for (const log::TopicPartition of : log::AllPartitions(partitions)) {
    if (of.topic == log::Topic::kKeys) continue;
    absl::Status status = CopyPartition(kafka->get(), of, copy->get());
    if (!status.ok()) return status;
  }
  return std::unique_ptr<log::EventLog>(*std::move(copy));
}

}  // namespace tierline::chaos
