#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/text.h"
#include "runtime/keys/cipher.h"

namespace tierline::keys {

// The keys used last, unwrapped; a key that leaves is wiped.
class KeyCache {
 public:
  explicit KeyCache(size_t keys_max) : keys_max_(keys_max) {}

  // Null when it is not here. Valid until the next Put or Erase.
  const Key* Find(std::string_view id) {
    const auto found = places_.find(ToAbsl(id));
    if (found == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }

  const Key* Put(std::string_view id, const Key& key) {
    Erase(id);
    if (entries_.size() >= keys_max_) Erase(std::string(entries_.back().first));
    entries_.emplace_front(std::string(id), key);
    places_.emplace(std::string(id), entries_.begin());
    return &entries_.front().second;
  }

  void Erase(std::string_view id) {
    const auto found = places_.find(ToAbsl(id));
    if (found == places_.end()) return;
    entries_.erase(found->second);
    places_.erase(found);
  }

  void Clear() {
    places_.clear();
    entries_.clear();
  }
  size_t size() const { return entries_.size(); }

 private:
  using Entries = std::list<std::pair<std::string, Key>>;

  const size_t keys_max_;
  Entries entries_;  // the one used last first
  absl::flat_hash_map<std::string, Entries::iterator> places_;
};

}  // namespace tierline::keys
