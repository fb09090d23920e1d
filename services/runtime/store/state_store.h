#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tierline::store {

// Writes that become visible together or not at all.
class Batch {
 public:
  void Put(std::string_view key, std::string_view value) {
    writes_.emplace_back(key, std::string(value));
  }
  void Delete(std::string_view key) { writes_.emplace_back(key, std::nullopt); }
  bool empty() const { return writes_.empty(); }
  void Clear() { writes_.clear(); }
  const auto& writes() const { return writes_; }

 private:
  std::vector<std::pair<std::string, std::optional<std::string>>> writes_;
};

// Where folds are kept: ordered keys and values. It may lose its latest writes in a crash, but only
// whole batches from the end; it can be deleted at any time, since the log is the truth.
class StateStore {
 public:
  virtual ~StateStore() = default;
  // Atomic. Not durable before the operating system says so.
  virtual absl::Status Write(const Batch& batch) = 0;
  // kNotFound when there is none.
  virtual absl::Status Get(std::string_view key, std::string* value) = 0;
  // Visits keys with the prefix, in order, from `start` (a full key; empty: the first) on. Return
  // false to stop. The visitor must not write to the store.
  virtual absl::Status Scan(
      std::string_view prefix, std::string_view start,
      absl::FunctionRef<bool(std::string_view key, std::string_view value)> visitor) = 0;
  // Deletes every key with the prefix.
  virtual absl::Status Clear(std::string_view prefix) = 0;
};

}  // namespace tierline::store
