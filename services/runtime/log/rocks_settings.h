#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <rocksdb/options.h>

#include "absl/status/status.h"

// How RocksDB is set up as a log, and why.

namespace tierline::log {

inline constexpr size_t kLogPartitionBytes = 5;  // topic, partition
inline constexpr size_t kLogKeyBytes = 13;       // and offset

rocksdb::Options LogSettings(size_t write_buffer_bytes);

// For a scan over `records` records below `upper`, which must outlive the iterator.
rocksdb::ReadOptions ScanOptions(int64_t records, const rocksdb::Slice* upper);

// Creates `dir` and its parents and makes the entry of `dir` itself durable: RocksDB syncs files
// inside `dir` only.
absl::Status MakeDurableDirectory(const std::string& dir);

}  // namespace tierline::log
