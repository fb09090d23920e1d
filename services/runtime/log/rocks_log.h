#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "runtime/log/append_queue.h"
#include "runtime/log/event_log.h"
#include "runtime/log/tail_cache.h"

namespace rocksdb {
class DB;
class WriteBatch;
}  // namespace rocksdb

namespace tierline::log {

struct RocksLogOptions {
  int32_t partitions = 8;  // of tierline.history.v1
  bool create = true;      // found a log where there is none
  size_t write_buffer_bytes = size_t{16} << 20;
};

// The embedded log: one RocksDB, every topic and partition in one key space.
//
//   key    0  u8 topic   1  u32 partition   5  u64 offset     big endian: keys sort as records
//   value  EncodeRecord
//
//   auto log = RocksLog::Open("/var/lib/tierline/log", {.partitions = 8});
//
// Commit. Append queues. Poll writes what all partitions queued as one WriteBatch with one fsync,
// then calls back: the batches grow with the load while the previous fsync lasts, without a timer.
//
// Failure. A WriteBatch is one checksummed entry of the write-ahead log, so a crash leaves all of
// it or none. When its write fails, the callbacks get kUnavailable: its bytes may have reached the
// disk or not. Nothing is written after it. As long as the disk refuses, later appends get
// kResourceExhausted without being tried. Once a probe shows that the disk takes writes again, the
// database is closed and opened anew, which replays the write-ahead log as after a crash, and
// whatever lies beyond the known ends is deleted with an fsync before anything else is appended. So
// no offset is consumed by a failed append, no reader sees a part of it, and none of it comes back
// later. Only if the process dies before that may the whole of the last failed batch be there at
// the next Open: that is what "unknown" means. (DB::Resume() is no substitute: it refuses after a
// failed fsync, and does not decide what became of the batch.)
//
// Damage. A torn tail of the write-ahead log was never acknowledged, and is dropped. Any other
// damage is kDataLoss, which names the file: the log is the truth, so nothing is repaired or
// skipped.
//
// Memory: ~24 MiB of tails, a 16 MiB write buffer (at most four under load), 8 MiB of blocks.
class RocksLog : public EventLog {
 public:
  // Founds the log when there is none: a genesis record at offset 0 of every partition. Errors:
  // kNotFound (none, and not to be created); kFailedPrecondition (other number of partitions; in
  // use by another process); kDataLoss.
  static absl::StatusOr<std::unique_ptr<RocksLog>> Open(const std::string& dir,
                                                        const RocksLogOptions& options = {});

  ~RocksLog() override;

  // Once a write has failed, also kUnavailable from Read for what is not in memory, until the disk
  // recovers.
  absl::Status Append(TopicPartition to, std::span<const RecordView> records,
                      Delivered delivered) override;
  void Poll(absl::Duration wait) override;
  absl::StatusOr<Offset> Read(TopicPartition of, Offset from, int64_t max,
                              RecordVisitor visitor) override;
  absl::StatusOr<Offset> ReadAside(TopicPartition of, Offset from, Offset to,
                                   RecordVisitor visitor) override;
  absl::StatusOr<Offset> End(TopicPartition of) override;
  int32_t Partitions(Topic topic) const override;

 private:
  RocksLog(std::string dir, const RocksLogOptions& options);

  absl::Status OpenDatabase(bool create);
  absl::Status Found();
  absl::Status FindEnds();
  absl::StatusOr<Offset> FindEnd(TopicPartition of);
  absl::Status CheckFirstRecord(TopicPartition of, std::string* log_id);

  absl::Status Commit(const std::vector<QueuedAppend>& queue);
  absl::Status Recover();
  absl::Status DropBeyondEnds();
  absl::Status WriteDurably(rocksdb::WriteBatch* batch, std::string_view doing);

  absl::StatusOr<Offset> ReadDatabase(rocksdb::DB* db, TopicPartition of, Offset from, Offset to,
                                      RecordVisitor visitor, bool* stopped) const;
  absl::StatusOr<Offset> ReadTail(TopicPartition of, Offset from, Offset to, RecordVisitor visitor);
  absl::Status DataLoss(TopicPartition of, Offset offset, std::string_view what) const;
  std::string Doing(std::string_view what) const;

  const std::string dir_;
  const RocksLogOptions options_;
  // Null while it can not be opened after a failure. Only the log's thread changes it, under the
  // mutex; ReadAside holds a share of it meanwhile.
  std::shared_ptr<rocksdb::DB> db_;
  absl::Mutex mutex_;
  std::vector<TailCache> tails_;  // by IndexOf; their ends are the ends of the partitions
  AppendQueue queue_;
  bool polling_ = false;
  absl::Status failure_;  // of the last write; OK: writes are possible
  absl::Time next_recovery_;
};

}  // namespace tierline::log
