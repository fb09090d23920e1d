#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <rocksdb/env.h>
#include <rocksdb/status.h>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

// What RocksDB says, in our words: shared by the log engine and the state store.

namespace tierline::store {

// `status` with `doing` ("the log /var/lib/x: append") before its text. Corruption: kDataLoss; no
// space left: kResourceExhausted; other failures of the disk: kUnavailable.
absl::Status FromRocks(const rocksdb::Status& status, std::string_view doing);

// Keeps the last warning of a database about damage. RocksDB names the damaged write-ahead log only
// there, and without a logger of ours it would start a LOG file in the directory at every open.
class RocksWarnings : public rocksdb::Logger {
 public:
  RocksWarnings() : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override;
  // "…/000004.log: dropping 1021 bytes; Corruption: checksum mismatch"; empty when there was none.
  std::string LastDamage() const;

 private:
  mutable absl::Mutex mutex_;
  std::string damage_ ABSL_GUARDED_BY(mutex_);
};

// The error of opening `dir`, which is `what` ("the log"). A held LOCK: kFailedPrecondition that
// names it. Corruption: kDataLoss that names the directory and the file.
absl::Status OpenError(const rocksdb::Status& status, std::string_view what, const std::string& dir,
                       const RocksWarnings& warnings);

// The least string above every string with `prefix`; empty when there is none.
std::string AfterPrefix(std::string_view prefix);

}  // namespace tierline::store
