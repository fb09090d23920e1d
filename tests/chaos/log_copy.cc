#include "tests/chaos/log_copy.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
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
  for (int32_t partition = 0; partition < partitions; ++partition) {
    const log::TopicPartition of{log::Topic::kHistory, partition};
    const auto end = (*kafka)->End(of);
    if (!end.ok()) return end.status();
    // Each engine has its own genesis record at offset 0.
    for (Offset next = 1; next < *end;) {
      absl::Status status = CopyBatch(kafka->get(), of, &next, copy->get());
      if (!status.ok()) return status;
    }
    const auto copied = (*copy)->End(of);
    if (!copied.ok()) return copied.status();
    if (*copied != *end) {
      return absl::InternalError(absl::StrCat("partition ", partition, ": ", *copied, " of ", *end,
                                              " records were copied"));
    }
  }
  return std::unique_ptr<log::EventLog>(*std::move(copy));
}

}  // namespace tierline::chaos
