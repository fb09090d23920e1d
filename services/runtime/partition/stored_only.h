#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tierline::partition {

// The subjects that a fold put out of its memory, by a hash of their ids: a Bloom filter, so that a
// new subject is hardly ever looked for in the store. A subject that was added is always found; of
// others, 3 in 100 are taken for one when 100,000 were added, and nearly all at a million: then the
// store is asked. 128 KiB from the first one on.
class StoredOnly {
 public:
  void Add(size_t hash) {
    if (all_) return;
    if (words_.empty()) words_.resize(kWords);
    words_[WordOf(hash)] |= BitsOf(hash);
  }
  // Of a store that another run filled, nobody knows which.
  void AddAll() {
    all_ = true;
    words_ = {};
  }
  bool MayHave(size_t hash) const {
    return all_ || (!words_.empty() && (words_[WordOf(hash)] & BitsOf(hash)) == BitsOf(hash));
  }
  void Clear() { *this = {}; }

 private:
  static constexpr size_t kWords = size_t{1} << 14;
  static size_t WordOf(size_t hash) { return (hash >> 12) % kWords; }
  static uint64_t BitsOf(size_t hash) {
    return uint64_t{1} << (hash & 63) | uint64_t{1} << (hash >> 6 & 63);
  }

  bool all_ = false;
  std::vector<uint64_t> words_;  // empty: none
};

}  // namespace tierline::partition
