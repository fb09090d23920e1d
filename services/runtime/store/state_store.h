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
    Add(key, static_cast<int64_t>(value.size()));
    bytes_.append(value);
  }
  void Delete(std::string_view key) { Add(key, kDeleted); }
  bool empty() const { return writes_.empty(); }
  // Bytes, about: of keys and values, and what an engine adds to each.
  size_t size() const { return bytes_.size() + kOverhead * writes_.size(); }
  void Clear() {
    writes_.clear();
    bytes_.clear();
  }

  // Visits the writes in order; no value: the key is deleted.
  template <typename Visitor>
  void ForEach(Visitor visit) const {
    std::string_view rest = bytes_;
    for (const auto& [key_size, value_size] : writes_) {
      const std::string_view key = rest.substr(0, key_size);
      rest.remove_prefix(key_size);
      if (value_size == kDeleted) {
        visit(key, std::optional<std::string_view>());
        continue;
      }
      visit(key, std::optional(rest.substr(0, value_size)));
      rest.remove_prefix(value_size);
    }
  }

 private:
  static constexpr int64_t kDeleted = -1;
  static constexpr size_t kOverhead = 12;
  void Add(std::string_view key, int64_t value_size) {
    bytes_.append(key);
    writes_.emplace_back(key.size(), value_size);
  }

  std::string bytes_;  // keys and values one after the other
  std::vector<std::pair<size_t, int64_t>> writes_;
};

// Where folds are kept: ordered keys and values. It may lose its latest writes in a crash, but only
// whole batches from the end; it can be deleted at any time, since the log is the truth. Several
// threads may use it.
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
