#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "runtime/store/state_store.h"

namespace rocksdb {
class DB;
}

namespace tierline::store {

// The store on disk. Writes are not synced: after a crash of the process nothing is missing, after
// one of the machine the last batches may be, and the fold reads them from the log again.
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

  const std::string dir_;
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace tierline::store
