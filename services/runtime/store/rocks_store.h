#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "runtime/store/state_store.h"

namespace rocksdb {
class DB;
}

namespace tierline::store {

// The store on disk. Writes are not synced: after a crash of the process nothing is missing, after
// one of the machine the last batches may be, and the fold reads them from the log again.
//
// A disk that refuses a write is not worth a restart: RocksDB takes none after it, so the next
// Write probes the disk and, when it takes writes again, closes the database and opens it anew.
// What was stored can be read all the time, but for that moment.
//
// A damaged store is not worth an error: Open moves it aside to <dir>.corrupt-<n>, for those who
// want to know why, and starts with an empty one. Damage that only a read finds is kDataLoss there,
// and the next Open moves the store aside.
class RocksStore : public StateStore {
 public:
  // `moved_aside` (may be null) becomes the reason and the new place of a damaged store; empty when
  // there was none. Errors: kFailedPrecondition (another process holds the LOCK); kUnavailable.
  static absl::StatusOr<std::unique_ptr<RocksStore>> Open(const std::string& dir,
                                                          std::string* moved_aside = nullptr);

  ~RocksStore() override;

  absl::Status Write(const Batch& batch) override;
  absl::Status Get(std::string_view key, std::string* value) override;
  absl::Status Scan(
      std::string_view prefix, std::string_view start,
      absl::FunctionRef<bool(std::string_view key, std::string_view value)> visitor) override;
  absl::Status Clear(std::string_view prefix) override;

 private:
  RocksStore(std::string dir, std::unique_ptr<rocksdb::DB> db);
  absl::Status Checked(absl::Status status);
  // Of a write: the next one has to mend the database first.
  absl::Status Written(absl::Status status);
  absl::Status Mend() ABSL_LOCKS_EXCLUDED(mutex_);
  // Errors: why it could not be opened again.
  absl::StatusOr<std::shared_ptr<rocksdb::DB>> Db() ABSL_LOCKS_EXCLUDED(mutex_);

  const std::string dir_;
  std::atomic<bool> refused_{false};  // a write, by the disk
  absl::Mutex mutex_;
  std::shared_ptr<rocksdb::DB> db_
      ABSL_GUARDED_BY(mutex_);  // null when it could not be opened again
  absl::Status why_closed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tierline::store
