#include "runtime/log/rocks_settings.h"

#include <errno.h>
#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_partitioner.h>
#include <rocksdb/table.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"

namespace tierline::log {

rocksdb::Options LogSettings(size_t write_buffer_bytes) {
  rocksdb::Options options;
  options.paranoid_checks = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  // In a recycled file a damaged entry can not be told from a leftover of the file's former life:
  // RocksDB would take it for the end, and drop acknowledged records after it.
  options.recycle_log_file_num = 0;
  options.max_bgerror_resume_count = 0;  // RocksLog decides when to go on after a failure

  // Four buffers: a switch does not wait for the flush of the one before.
  options.write_buffer_size = write_buffer_bytes;
  options.max_write_buffer_number = 4;
  options.level0_file_num_compaction_trigger = 8;
  options.level0_slowdown_writes_trigger = 32;
  options.level0_stop_writes_trigger = 64;
  options.max_background_jobs = 2;
  options.bytes_per_sync = 1 << 20;  // of flushes: no burst that an fsync of the log would wait for

  // Offsets only grow. In a buffer each goes after the last one of its partition, which RocksDB
  // then need not look for.
  options.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewFixedPrefixTransform(kLogPartitionBytes));
  // Files that end with their partition never overlap an older one of the next
  // level: they are moved down instead of being rewritten.
  options.sst_partitioner_factory =
      rocksdb::NewSstPartitionerFixedPrefixFactory(kLogPartitionBytes);
  options.max_bytes_for_level_base = uint64_t{256} << 20;
  options.target_file_size_base = uint64_t{32} << 20;

  rocksdb::BlockBasedTableOptions table;
  table.block_size = 32 << 10;
  table.block_cache = rocksdb::NewLRUCache(size_t{8} << 20, 2);
  table.checksum = rocksdb::kXXH3;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // Measured on records of 250 bytes: a third of the disk, a scan 10-15 % slower.
  options.compression = rocksdb::kLZ4Compression;

  options.max_open_files = 256;  // bounds the memory of open tables
  options.skip_stats_update_on_db_open = true;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

rocksdb::ReadOptions ScanOptions(int64_t records, const rocksdb::Slice* upper) {
  // Each read of a page of records takes a buffer of this size anew: a larger one costs more in
  // page faults than it saves in reads.
  constexpr int64_t kReadaheadMax = 256 << 10;
  constexpr int64_t kUsualRecordBytes = 512;
  constexpr int64_t kLongScan = 256;
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = upper;
  // A long scan reads far ahead and leaves the blocks of others in the cache; a short one leaves
  // its own.
  if (records >= kLongScan) {
    options.readahead_size =
        static_cast<size_t>(std::min(kReadaheadMax, records * kUsualRecordBytes));
    options.fill_cache = false;
  }
  return options;
}

absl::Status MakeDurableDirectory(const std::string& dir) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(dir, error).lexically_normal();
  std::filesystem::create_directories(path, error);
  if (error)
    return absl::UnavailableError(
        absl::StrCat("the directory ", dir, " can not be made: ", error.message()));
  const std::string parent = path.parent_path().string();
  const int fd = open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return absl::ErrnoToStatus(errno, absl::StrCat("the directory ", parent, " can not be opened"));
  const int result = fsync(fd);
  const int cause = errno;
  close(fd);
  if (result != 0)
    return absl::ErrnoToStatus(cause, absl::StrCat("the directory ", parent, " can not be synced"));
  return absl::OkStatus();
}

}  // namespace tierline::log
