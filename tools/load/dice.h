#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tierline::load {

// Chance that is the same on every machine for the same seed (SplitMix64); the distributions of the
// standard library are not.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  // Throws that differ for every (seed, stream).
  Dice(uint64_t seed, uint64_t stream) : state_(seed) { state_ = Next() ^ (stream * kGolden); }

  uint64_t Next() {
    uint64_t z = (state_ += kGolden);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  int64_t Below(int64_t n) { return static_cast<int64_t>(Next() % static_cast<uint64_t>(n)); }
  // Both ends included.
  int64_t Between(int64_t low, int64_t high) { return low + Below(high - low + 1); }
  bool Percent(double percent) {
    return static_cast<double>(Next() >> 11) * 0x1p-53 * 100.0 < percent;
  }

  template <typename Container>
  const auto& Pick(const Container& container) {
    return container[static_cast<size_t>(Below(static_cast<int64_t>(std::size(container))))];
  }

  // An index, as often as its weight says.
  template <typename Weights>
  size_t Weighted(const Weights& weights) {
    int64_t sum = 0;
    for (const int weight : weights) sum += weight;
    int64_t left = Below(sum);
    size_t index = 0;
    for (const int weight : weights) {
      if (left < weight) break;
      left -= weight;
      ++index;
    }
    return index;
  }

  std::string Digits(int64_t count) {
    std::string digits;
    while (static_cast<int64_t>(digits.size()) < count) {
      digits += static_cast<char>('0' + Below(10));
    }
    return digits;
  }

 private:
  static constexpr uint64_t kGolden = 0x9e3779b97f4a7c15u;
  uint64_t state_;
};

}  // namespace tierline::load
