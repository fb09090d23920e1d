#include "runtime/store/memory_store.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "base/text.h"

namespace tierline::store {

absl::Status MemoryStore::Write(const Batch& batch) {
  absl::MutexLock lock(&mutex_);
  batch.ForEach([this](std::string_view key, std::optional<std::string_view> value) {
    if (value.has_value()) {
      contents_.insert_or_assign(std::string(key), std::string(*value));
    } else {
      contents_.erase(std::string(key));
    }
  });
  return absl::OkStatus();
}

absl::Status MemoryStore::Get(std::string_view key, std::string* value) {
  absl::MutexLock lock(&mutex_);
  const auto found = contents_.find(key);
  if (found == contents_.end()) return absl::NotFoundError("no such key");
  *value = found->second;
  return absl::OkStatus();
}

absl::Status MemoryStore::Scan(
    std::string_view prefix, std::string_view start,
    absl::FunctionRef<bool(std::string_view, std::string_view)> visitor) {
  absl::MutexLock lock(&mutex_);
  for (auto at = contents_.lower_bound(std::max(prefix, start));
       at != contents_.end() && absl::StartsWith(at->first, ToAbsl(prefix)); ++at) {
    if (!visitor(at->first, at->second)) break;
  }
  return absl::OkStatus();
}

absl::Status MemoryStore::Clear(std::string_view prefix) {
  absl::MutexLock lock(&mutex_);
  auto at = contents_.lower_bound(prefix);
  while (at != contents_.end() && absl::StartsWith(at->first, ToAbsl(prefix)))
    at = contents_.erase(at);
  return absl::OkStatus();
}

}  // namespace tierline::store
