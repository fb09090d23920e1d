#include "runtime/log/rocks_log.h"

#include <rocksdb/db.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/text.h"
#include "runtime/log/genesis.h"
#include "runtime/log/rocks_settings.h"
#include "runtime/store/probe_disk.h"
#include "runtime/store/rocks_errors.h"

namespace tierline::log {
namespace {

constexpr size_t kTailBytesTotal = size_t{24} << 20;
constexpr size_t kTailBytesMax = size_t{4} << 20;
constexpr absl::Duration kRecoveryInterval = absl::Milliseconds(100);

template <typename T>
void PutBigEndian(T value, char* at) {
  for (int shift = 8 * (sizeof value - 1); shift >= 0; shift -= 8)
    *at++ = static_cast<char>(value >> shift);
}

struct Key {
  Key(TopicPartition of, Offset offset) {
    bytes[0] = static_cast<char>(of.topic);
    PutBigEndian(static_cast<uint32_t>(of.partition), bytes + 1);
    PutBigEndian(static_cast<uint64_t>(offset), bytes + 5);
  }
  operator rocksdb::Slice() const { return {bytes, sizeof bytes}; }  // NOLINT: a key is its bytes
  char bytes[kLogKeyBytes];
};

Offset OffsetOf(const rocksdb::Slice& key) {
  uint64_t offset = 0;
  for (size_t i = 5; i < kLogKeyBytes; ++i) offset = offset << 8 | static_cast<uint8_t>(key[i]);
  return static_cast<Offset>(offset);
}

std::string_view View(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// The key after the last that `of` can have.
Key UpperBound(TopicPartition of) { return {{of.topic, of.partition + 1}, 0}; }

}  // namespace

RocksLog::RocksLog(std::string dir, const RocksLogOptions& options)
    : dir_(std::move(dir)), options_(options) {}

RocksLog::~RocksLog() = default;

absl::StatusOr<std::unique_ptr<RocksLog>> RocksLog::Open(const std::string& dir,
                                                         const RocksLogOptions& options) {
  if (options.partitions < 1) return absl::InvalidArgumentError("a log has at least one partition");
  std::unique_ptr<RocksLog> log(new RocksLog(dir, options));
  if (options.create) {
    if (absl::Status status = MakeDurableDirectory(dir); !status.ok()) return status;
  }
  if (absl::Status status = log->OpenDatabase(options.create); !status.ok()) return status;
  if (absl::Status status = log->FindEnds(); !status.ok()) return status;
  return log;
}

absl::Status RocksLog::OpenDatabase(bool create) {
  auto warnings = std::make_shared<store::RocksWarnings>();
  rocksdb::Options settings = LogSettings(options_.write_buffer_bytes);
  settings.create_if_missing = create;
  settings.info_log = warnings;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(settings, dir_, &db);
  if (status.ok()) {
    absl::MutexLock lock(&mutex_);
    db_.reset(db);
    return absl::OkStatus();
  }
  if (status.IsInvalidArgument() && !create)
    return absl::NotFoundError(absl::StrCat("there is no log ", dir_));
  absl::Status error = store::OpenError(status, "the log", dir_, *warnings);
  if (!absl::IsDataLoss(error)) return error;
  return absl::DataLossError(
      absl::StrCat(error.message(), "; nothing was changed: restore it from a backup"));
}

absl::Status RocksLog::FindEnds() {
  const std::vector<TopicPartition> all = AllPartitions(options_.partitions);
  std::string log_id;
  absl::StatusOr<Offset> first = FindEnd(all.front());
  if (!first.ok()) return first.status();
  if (*first == 0) {  // a crash before the first fsync leaves an empty database behind
    if (!options_.create) return absl::NotFoundError(absl::StrCat("there is no log ", dir_));
    if (absl::Status status = Found(); !status.ok()) return status;
  }
  const size_t tail_bytes = std::min(kTailBytesMax, kTailBytesTotal / all.size());
  for (const TopicPartition of : all) {
    if (absl::Status status = CheckFirstRecord(of, &log_id); !status.ok()) return status;
    absl::StatusOr<Offset> end = FindEnd(of);
    if (!end.ok()) return end.status();
    tails_.emplace_back(*end, tail_bytes);
  }
  return absl::OkStatus();
}

absl::Status RocksLog::Found() {
  absl::StatusOr<Uuid> log_id =
      Uuid::Parse(rocksdb::Env::Default()->GenerateUniqueId().substr(0, 36));
  if (!log_id.ok()) return log_id.status();
  rocksdb::WriteBatch batch;
  for (const TopicPartition at : AllPartitions(options_.partitions)) {
    batch.Put(Key(at, 0), GenesisFrame({*log_id, options_.partitions}, at));
  }
  return WriteDurably(&batch, "found");
}

absl::StatusOr<Offset> RocksLog::FindEnd(TopicPartition of) {
  const Key upper = UpperBound(of);
  const rocksdb::Slice bound = upper;
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &bound;
  std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options));
  at->SeekForPrev(upper);
  if (!at->status().ok()) return DataLoss(of, -1, at->status().ToString());
  if (!at->Valid() || at->key().compare(Key(of, 0)) < 0) return 0;
  return OffsetOf(at->key()) + 1;
}

absl::Status RocksLog::CheckFirstRecord(TopicPartition of, std::string* log_id) {
  rocksdb::PinnableSlice frame;
  const rocksdb::Status status = db_->Get({}, db_->DefaultColumnFamily(), Key(of, 0), &frame);
  if (!status.ok()) return DataLoss(of, 0, status.ToString());
  absl::StatusOr<RecordView> record = DecodeRecord(View(frame));
  if (!record.ok()) return DataLoss(of, 0, ToStd(record.status().message()));
  absl::StatusOr<GenesisFacts> facts = ReadGenesis(*record);
  if (!facts.ok()) return DataLoss(of, 0, ToStd(facts.status().message()));
  if (absl::Status same = CheckPartitions(*facts, options_.partitions, dir_); !same.ok())
    return same;
  if (log_id->empty()) *log_id = facts->log_id.ToString();
  if (*log_id != facts->log_id.ToString()) return DataLoss(of, 0, "a record of another log");
  return absl::OkStatus();
}

absl::Status RocksLog::WriteDurably(rocksdb::WriteBatch* batch, std::string_view doing) {
  rocksdb::WriteOptions options;
  options.sync = true;
  return store::FromRocks(db_->Write(options, batch), Doing(doing));
}

absl::Status RocksLog::Append(TopicPartition to, std::span<const RecordView> records,
                              Delivered delivered) {
  if (IndexOf(to, options_.partitions) < 0) return UnknownPartition(to, options_.partitions);
  return queue_.Push(to, records, std::move(delivered));
}

void RocksLog::Poll(absl::Duration) {
  if (polling_) return;  // from a callback: what it appended is committed by the next Poll
  polling_ = true;
  std::vector<QueuedAppend> queue = queue_.TakeAll();
  const absl::Status status = queue.empty() ? absl::OkStatus() : Commit(queue);
  if (status.ok()) {
    for (QueuedAppend& append : queue) {
      TailCache& tail = tails_[IndexOf(append.to, options_.partitions)];
      for (std::string& frame : append.frames) tail.Push(std::move(frame));
    }
  }
  for (QueuedAppend& append : queue) append.delivered(status);
  polling_ = false;
}

absl::Status RocksLog::Commit(const std::vector<QueuedAppend>& queue) {
  if (!failure_.ok()) {
    if (absl::Status status = Recover(); !status.ok()) {
      return absl::ResourceExhaustedError(
          absl::StrCat("nothing was written, the disk still refuses: ", status.message()));
    }
  }
  rocksdb::WriteBatch batch;
  std::vector<Offset> next;
  next.reserve(tails_.size());
  for (const TailCache& tail : tails_) next.push_back(tail.end());
  for (const QueuedAppend& append : queue) {
    Offset& offset = next[IndexOf(append.to, options_.partitions)];
    for (const std::string& frame : append.frames) batch.Put(Key(append.to, offset++), frame);
  }
  if (batch.Count() == 0) return absl::OkStatus();
  failure_ = WriteDurably(&batch, "append");
  if (failure_.ok()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("it is unknown whether it was written: ", failure_.message()));
}

absl::Status RocksLog::Recover() {
  const absl::Time now = absl::Now();
  if (now < next_recovery_) return failure_;
  next_recovery_ = now + kRecoveryInterval;
  // An open writes what the write-ahead logs hold into tables. While there is no space for that,
  // the database stays open, and readable.
  if (absl::Status status = store::ProbeDisk(dir_); !status.ok()) return failure_ = status;
  {
    absl::MutexLock lock(&mutex_);
    if (db_.use_count() > 1)
      return failure_ = absl::UnavailableError("it is to be opened anew, and another thread reads");
    db_.reset();
  }
  if (absl::Status status = OpenDatabase(false); !status.ok()) return failure_ = status;
  if (absl::Status status = DropBeyondEnds(); !status.ok()) return failure_ = status;
  return failure_ = absl::OkStatus();
}

absl::Status RocksLog::DropBeyondEnds() {
  rocksdb::WriteBatch batch;
  for (const TopicPartition of : AllPartitions(options_.partitions)) {
    const Offset known = tails_[IndexOf(of, options_.partitions)].end();
    absl::StatusOr<Offset> found = FindEnd(of);
    if (!found.ok()) return found.status();
    if (*found < known) return DataLoss(of, *found, "acknowledged records are gone");
    for (Offset offset = known; offset < *found; ++offset) batch.Delete(Key(of, offset));
  }
  return batch.Count() == 0 ? absl::OkStatus() : WriteDurably(&batch, "drop what failed");
}

absl::StatusOr<Offset> RocksLog::Read(TopicPartition of, Offset from, int64_t max,
                                      RecordVisitor visitor) {
  const int32_t index = IndexOf(of, options_.partitions);
  if (index < 0) return UnknownPartition(of, options_.partitions);
  const TailCache& tail = tails_[index];
  if (from < 0 || from > tail.end()) return BeyondEnd(of, from, tail.end());
  const Offset to = from + std::min(std::max<int64_t>(max, 0), tail.end() - from);
  bool stopped = false;
  if (from < std::min(to, tail.first())) {
    absl::StatusOr<Offset> next =
        ReadDatabase(db_.get(), of, from, std::min(to, tail.first()), visitor, &stopped);
    if (!next.ok() || stopped) return next;
    from = *next;
  }
  return ReadTail(of, from, to, visitor);
}

absl::StatusOr<Offset> RocksLog::ReadAside(TopicPartition of, Offset from, Offset to,
                                           RecordVisitor visitor) {
  if (IndexOf(of, options_.partitions) < 0) return UnknownPartition(of, options_.partitions);
  std::shared_ptr<rocksdb::DB> db;
  {
    absl::MutexLock lock(&mutex_);
    db = db_;
  }
  bool stopped = false;
  return ReadDatabase(db.get(), of, from, to, visitor, &stopped);
}

absl::StatusOr<Offset> RocksLog::ReadTail(TopicPartition of, Offset from, Offset to,
                                          RecordVisitor visitor) {
  const TailCache& tail = tails_[IndexOf(of, options_.partitions)];
  while (from < to) {
    absl::StatusOr<RecordView> record = DecodeRecord(tail.At(from));
    if (!record.ok()) return DataLoss(of, from, ToStd(record.status().message()));
    if (!visitor(from++, *record)) break;
  }
  return from;
}

absl::StatusOr<Offset> RocksLog::ReadDatabase(rocksdb::DB* db, TopicPartition of, Offset from,
                                              Offset to, RecordVisitor visitor,
                                              bool* stopped) const {
  if (db == nullptr)
    return absl::UnavailableError(
        absl::StrCat(Doing("read"), ": a write failed, and it can not be ", "opened again yet"));
  if (to - from == 1) {
    rocksdb::PinnableSlice frame;
    const rocksdb::Status status = db->Get({}, db->DefaultColumnFamily(), Key(of, from), &frame);
    if (!status.ok()) return DataLoss(of, from, status.ToString());
    absl::StatusOr<RecordView> record = DecodeRecord(View(frame));
    if (!record.ok()) return DataLoss(of, from, ToStd(record.status().message()));
    *stopped = !visitor(from, *record);
    return to;
  }
  rocksdb::SetPerfLevel(
      rocksdb::PerfLevel::kDisable);  // of this thread: its counters cost a tenth of a scan
  const Key upper(of, to);
  const rocksdb::Slice bound = upper;
  std::unique_ptr<rocksdb::Iterator> at(db->NewIterator(ScanOptions(to - from, &bound)));
  for (at->Seek(Key(of, from)); at->Valid() && !*stopped; at->Next()) {
    if (OffsetOf(at->key()) != from) return DataLoss(of, from, "the record is missing");
    absl::StatusOr<RecordView> record = DecodeRecord(View(at->value()));
    if (!record.ok()) return DataLoss(of, from, ToStd(record.status().message()));
    *stopped = !visitor(from++, *record);
  }
  if (!at->status().ok()) return DataLoss(of, from, at->status().ToString());
  if (!*stopped && from < to) return DataLoss(of, from, "the record is missing");
  return from;
}

absl::StatusOr<Offset> RocksLog::End(TopicPartition of) {
  const int32_t index = IndexOf(of, options_.partitions);
  if (index < 0) return UnknownPartition(of, options_.partitions);
  return tails_[index].end();
}

int32_t RocksLog::Partitions(Topic topic) const { return PartitionsOf(topic, options_.partitions); }

absl::Status RocksLog::DataLoss(TopicPartition of, Offset offset, std::string_view what) const {
  return absl::DataLossError(absl::StrCat(
      "the log ", dir_, " is damaged at ", ToAbsl(TopicName(of.topic)), "/", of.partition,
      " offset ", offset, ": ", ToAbsl(what), "; nothing was changed: restore it from a backup"));
}

std::string RocksLog::Doing(std::string_view what) const {
  return absl::StrCat("the log ", dir_, ": ", ToAbsl(what));
}

}  // namespace tierline::log
