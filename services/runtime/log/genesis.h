#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/ids.h"
#include "base/record.h"
#include "runtime/log/event_log.h"

namespace tierline::log {

// What the first record of every partition fixes for ever.
struct GenesisFacts {
  Uuid log_id;
  int32_t partitions = 0;  // of tierline.history.v1
};

// Partitions of `topic` in a log with `history` partitions of tierline.history.v1: the other topics
// have one.
int32_t PartitionsOf(Topic topic, int32_t history);

// Every partition of such a log: the history's in order, the directory, the keys.
std::vector<TopicPartition> AllPartitions(int32_t history);

// Place of `at` in AllPartitions(history), or -1 for one that the log does not have.
int32_t IndexOf(TopicPartition at, int32_t history);

// kInvalidArgument for a partition that a log with `history` partitions does not have.
absl::Status UnknownPartition(TopicPartition at, int32_t history);

// kOutOfRange for a read from `from` of a partition with `end` records.
absl::Status BeyondEnd(TopicPartition of, Offset from, Offset end);

// The encoded record at offset 0 of `at`. It is a function of its arguments, so that a repeated
// attempt to found a log writes the same bytes; its time is 0, before every event.
std::string GenesisFrame(const GenesisFacts& facts, TopicPartition at);

// Errors: kDataLoss when `record` is no genesis record.
absl::StatusOr<GenesisFacts> ReadGenesis(const RecordView& record);

// kFailedPrecondition, with both numbers and what to do, when the log at `where` was founded with
// other partitions.
absl::Status CheckPartitions(const GenesisFacts& facts, int32_t wanted, std::string_view where);

}  // namespace tierline::log
