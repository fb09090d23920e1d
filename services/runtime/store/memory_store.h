#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/synchronization/mutex.h"
#include "runtime/store/state_store.h"

namespace tierline::store {

// A store in memory. The simulator crashes a replica with it: it takes a Snapshot at a batch
// boundary, and a new MemoryStore that restores it has lost the batches since.
class MemoryStore : public StateStore {
 public:
  using Contents = std::map<std::string, std::string, std::less<>>;

  absl::Status Write(const Batch& batch) override;
  absl::Status Get(std::string_view key, std::string* value) override;
  absl::Status Scan(
      std::string_view prefix, std::string_view start,
      absl::FunctionRef<bool(std::string_view key, std::string_view value)> visitor) override;
  absl::Status Clear(std::string_view prefix) override;

  const Contents& Snapshot() const { return contents_; }
  void Restore(Contents contents) { contents_ = std::move(contents); }

 private:
  absl::Mutex mutex_;
  Contents contents_;
};

}  // namespace tierline::store
