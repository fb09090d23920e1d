#include "runtime/store/rocks_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/store/probe_disk.h"
#include "runtime/store/rocks_errors.h"

namespace tierline::store {
namespace {

namespace fs = std::filesystem;

rocksdb::Options Settings() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  // A damaged tail costs the batches after it, which the log still has.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // A fold from scratch fills them faster than they are flushed.
  options.write_buffer_size = size_t{32} << 20;
  options.max_write_buffer_number = 4;
  options.max_background_jobs = 2;
  options.bytes_per_sync = 1 << 20;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(size_t{16} << 20, 2);
  table.filter_policy.reset(
      rocksdb::NewBloomFilterPolicy(10));  // every new subject is looked up, and not there
  options.memtable_prefix_bloom_size_ratio = 0.02;
  options.memtable_whole_key_filtering = true;
  table.checksum = rocksdb::kXXH3;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // Mostly ids, which do not compress; what stays is compressed.
  options.compression_per_level = {rocksdb::kNoCompression, rocksdb::kNoCompression,
                                   rocksdb::kLZ4Compression};
  options.max_open_files = 256;
  options.skip_stats_update_on_db_open = true;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

absl::StatusOr<std::unique_ptr<rocksdb::DB>> OpenOnce(const std::string& dir) {
  auto warnings = std::make_shared<RocksWarnings>();
  rocksdb::Options options = Settings();
  options.info_log = warnings;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, dir, &db);
  std::unique_ptr<rocksdb::DB> owned(db);
  if (!status.ok()) return OpenError(status, "the state", dir, *warnings);
  return owned;
}

// The note of an earlier run that a read found the store damaged.
std::string NotePath(const std::string& dir) { return absl::StrCat(dir, "/DAMAGED"); }

absl::Status NotedDamage(const std::string& dir) {
  std::ifstream note(NotePath(dir));
  if (!note) return absl::OkStatus();
  std::ostringstream text;
  text << note.rdbuf();
  return absl::DataLossError(text.str());
}

absl::StatusOr<std::string> MoveAside(const std::string& dir) {
  std::error_code error;
  for (int n = 1;; ++n) {
    const std::string target = absl::StrCat(dir, ".corrupt-", n);
    if (fs::exists(target, error)) continue;
    fs::rename(dir, target, error);
    if (!error) return target;
    return absl::UnavailableError(absl::StrCat("the damaged state ", dir, " can not be moved to ",
                                               target, ": ", error.message()));
  }
}

}  // namespace

RocksStore::RocksStore(std::string dir, std::unique_ptr<rocksdb::DB> db)
    : dir_(std::move(dir)), db_(std::move(db)) {}

RocksStore::~RocksStore() = default;

absl::StatusOr<std::unique_ptr<RocksStore>> RocksStore::Open(const std::string& dir,
                                                             std::string* moved_aside) {
  std::error_code error;
  const fs::path clean =
      (fs::path(dir) / "").lexically_normal().parent_path();  // no slash at the end
  fs::create_directories(clean, error);
  if (error)
    return absl::UnavailableError(
        absl::StrCat("the directory ", dir, " can not be made: ", error.message()));
  if (moved_aside != nullptr) moved_aside->clear();

  absl::StatusOr<std::unique_ptr<rocksdb::DB>> db = OpenOnce(clean.string());
  absl::Status damage = db.ok() ? NotedDamage(clean.string()) : db.status();
  if (absl::IsDataLoss(damage)) {
    if (db.ok()) db->reset();
    absl::StatusOr<std::string> target = MoveAside(clean.string());
    if (!target.ok()) return target.status();
    if (moved_aside != nullptr)
      *moved_aside = absl::StrCat(damage.message(), "; moved to ", *target);
    db = OpenOnce(clean.string());
  }
  if (!db.ok()) return db.status();
  return std::unique_ptr<RocksStore>(new RocksStore(clean.string(), *std::move(db)));
}

absl::Status RocksStore::Checked(absl::Status status) {
  if (absl::IsDataLoss(status)) std::ofstream(NotePath(dir_)) << status.message();
  return status;
}

absl::StatusOr<std::shared_ptr<rocksdb::DB>> RocksStore::Db() {
  absl::MutexLock lock(&mutex_);
  if (db_ == nullptr) return why_closed_;
  return db_;
}

absl::Status RocksStore::Written(absl::Status status) {
  if (absl::IsUnavailable(status) || absl::IsResourceExhausted(status)) refused_ = true;
  return Checked(std::move(status));
}

absl::Status RocksStore::Mend() {
  if (!refused_) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  if (!refused_) return absl::OkStatus();  // another thread did
  if (db_.use_count() > 1) {               // another thread reads
    return absl::UnavailableError(absl::StrCat("the state ", dir_, " is to be opened anew"));
  }
  if (absl::Status status = ProbeDisk(dir_); !status.ok()) return status;
  db_.reset();
  auto opened = OpenOnce(dir_);
  if (!opened.ok()) return why_closed_ = Checked(opened.status());
  db_ = *std::move(opened);
  refused_ = false;
  return absl::OkStatus();
}

absl::Status RocksStore::Write(const Batch& batch) {
  if (absl::Status status = Mend(); !status.ok()) return status;
  const auto db = Db();
  if (!db.ok()) return db.status();
  rocksdb::WriteBatch writes(batch.size());
  batch.ForEach([&](std::string_view key, std::optional<std::string_view> value) {
    if (value.has_value()) {
      writes.Put(key, *value);
    } else {
      writes.Delete(key);
    }
  });
  return Written(FromRocks((*db)->Write({}, &writes), absl::StrCat("the state ", dir_, ": write")));
}

absl::Status RocksStore::Get(std::string_view key, std::string* value) {
  const auto db = Db();
  if (!db.ok()) return db.status();
  const rocksdb::Status status = (*db)->Get({}, {key.data(), key.size()}, value);
  if (status.IsNotFound()) return absl::NotFoundError("no such key");
  return Checked(FromRocks(status, absl::StrCat("the state ", dir_, ": get")));
}

absl::Status RocksStore::Scan(std::string_view prefix, std::string_view start,
                              absl::FunctionRef<bool(std::string_view, std::string_view)> visitor) {
  const auto db = Db();
  if (!db.ok()) return db.status();
  const std::string after = AfterPrefix(prefix);
  const rocksdb::Slice upper(after);
  rocksdb::ReadOptions options;
  if (!after.empty()) options.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> at((*db)->NewIterator(options));
  const std::string_view first = std::max(prefix, start);
  for (at->Seek({first.data(), first.size()}); at->Valid(); at->Next()) {
    const rocksdb::Slice key = at->key();
    const rocksdb::Slice value = at->value();
    if (!visitor({key.data(), key.size()}, {value.data(), value.size()})) break;
  }
  return Checked(FromRocks(at->status(), absl::StrCat("the state ", dir_, ": scan")));
}

absl::Status RocksStore::Clear(std::string_view prefix) {
  if (absl::Status status = Mend(); !status.ok()) return status;
  const auto db = Db();
  if (!db.ok()) return db.status();
  std::string after = AfterPrefix(prefix);
  if (after.empty()) {  // to the last key there is
    std::unique_ptr<rocksdb::Iterator> at((*db)->NewIterator({}));
    at->SeekToLast();
    if (!at->Valid())
      return Checked(FromRocks(at->status(), absl::StrCat("the state ", dir_, ": clear")));
    after = at->key().ToString() + '\0';
  }
  const rocksdb::Status status =
      (*db)->DeleteRange({}, (*db)->DefaultColumnFamily(), {prefix.data(), prefix.size()}, after);
  return Written(FromRocks(status, absl::StrCat("the state ", dir_, ": clear")));
}

}  // namespace tierline::store
