#include "runtime/log/genesis.h"

#include "absl/strings/str_cat.h"
#include "base/event_types.h"
#include "base/text.h"
#include "tierline/events/v1/event.pb.h"

namespace tierline::log {

int32_t PartitionsOf(Topic topic, int32_t history) {
  return topic == Topic::kHistory ? history : 1;
}

std::vector<TopicPartition> AllPartitions(int32_t history) {
  std::vector<TopicPartition> all;
  for (int32_t partition = 0; partition < history; ++partition)
    all.push_back({Topic::kHistory, partition});
  all.push_back({Topic::kDirectory, 0});
  all.push_back({Topic::kKeys, 0});
  return all;
}

int32_t IndexOf(TopicPartition at, int32_t history) {
  if (at.partition < 0 || at.partition >= PartitionsOf(at.topic, history)) return -1;
  switch (at.topic) {
    case Topic::kHistory:
      return at.partition;
    case Topic::kDirectory:
      return history;
    case Topic::kKeys:
      return history + 1;
  }
  return -1;
}

absl::Status UnknownPartition(TopicPartition at, int32_t history) {
  return absl::InvalidArgumentError(absl::StrCat("no partition ", at.partition, " in ",
                                                 ToAbsl(TopicName(at.topic)), ", which has ",
                                                 PartitionsOf(at.topic, history)));
}

absl::Status BeyondEnd(TopicPartition of, Offset from, Offset end) {
  return absl::OutOfRangeError(absl::StrCat("no offset ", from, " in ", ToAbsl(TopicName(of.topic)),
                                            "/", of.partition, ", which ends at ", end));
}

std::string GenesisFrame(const GenesisFacts& facts, TopicPartition at) {
  events::v1::Event event;
  event.mutable_genesis()->set_log_id(facts.log_id.ToString());
  event.mutable_genesis()->set_partitions(facts.partitions);
  const std::string value = event.SerializeAsString();
  RecordView record;
  record.id = MakeReactionId(facts.log_id, "genesis",
                             absl::StrCat(ToAbsl(TopicName(at.topic)), "/", at.partition));
  record.type = kGenesis;
  record.value = value;
  std::string frame;
  EncodeRecord(record, &frame);
  return frame;
}

absl::StatusOr<GenesisFacts> ReadGenesis(const RecordView& record) {
  events::v1::Event event;
  if (record.type != kGenesis ||
      !event.ParseFromArray(record.value.data(), static_cast<int>(record.value.size())) ||
      !event.has_genesis() || event.genesis().partitions() < 1) {
    return absl::DataLossError("the first record is no genesis record");
  }
  absl::StatusOr<Uuid> log_id = Uuid::Parse(event.genesis().log_id());
  if (!log_id.ok()) return absl::DataLossError("the genesis record names no log");
  return GenesisFacts{*log_id, event.genesis().partitions()};
}

absl::Status CheckPartitions(const GenesisFacts& facts, int32_t wanted, std::string_view where) {
  if (facts.partitions == wanted) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the log ", ToAbsl(where), " was founded with ", facts.partitions, " partitions and ", wanted,
      " were asked for; the number is fixed for ever: ask for ", facts.partitions,
      ", or found a new log elsewhere"));
}

}  // namespace tierline::log
