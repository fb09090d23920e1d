#include "runtime/store/rocks_errors.h"

#include <cstdarg>
#include <cstdio>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/text.h"

namespace tierline::store {

absl::Status FromRocks(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = absl::StrCat(ToAbsl(doing), ": ", status.ToString());
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(text);
  switch (status.code()) {
    case rocksdb::Status::kNotFound:
      return absl::NotFoundError(text);
    case rocksdb::Status::kCorruption:
      return absl::DataLossError(text);
    case rocksdb::Status::kInvalidArgument:
      return absl::InvalidArgumentError(text);
    case rocksdb::Status::kIOError:
    case rocksdb::Status::kIncomplete:
    case rocksdb::Status::kTimedOut:
    case rocksdb::Status::kBusy:
    case rocksdb::Status::kTryAgain:
    case rocksdb::Status::kAborted:
    case rocksdb::Status::kShutdownInProgress:
      return absl::UnavailableError(text);
    default:
      return absl::InternalError(text);
  }
}

void RocksWarnings::Logv(const char* format, va_list arguments) {
  char line[1024];
  std::vsnprintf(line, sizeof line, format, arguments);
  if (!absl::StrContains(line, "dropping")) return;
  absl::MutexLock lock(&mutex_);
  damage_ = line;
}

std::string RocksWarnings::LastDamage() const {
  absl::MutexLock lock(&mutex_);
  return damage_;
}

absl::Status OpenError(const rocksdb::Status& status, std::string_view what, const std::string& dir,
                       const RocksWarnings& warnings) {
  const std::string name = absl::StrCat(ToAbsl(what), " ", dir);
  if (status.IsIOError() && absl::StrContains(status.ToString(), "/LOCK")) {
    return absl::FailedPreconditionError(
        absl::StrCat(name, " is in use: another process holds ", dir,
                     "/LOCK; stop it, or take another directory (", status.ToString(), ")"));
  }
  if (status.IsCorruption()) {
    const std::string damage = warnings.LastDamage();
    return absl::DataLossError(
        absl::StrCat(name, " is damaged: ", status.ToString(), damage.empty() ? "" : "; ", damage));
  }
  return FromRocks(status, absl::StrCat(name, " can not be opened"));
}

std::string AfterPrefix(std::string_view prefix) {
  std::string after(prefix);
  while (!after.empty() && static_cast<uint8_t>(after.back()) == 0xff) after.pop_back();
  if (!after.empty()) ++after.back();
  return after;
}

}  // namespace tierline::store
