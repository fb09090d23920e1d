#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "base/ids.h"

namespace tierline::log {

// The last frames of a partition, bounded in bytes: a follower at the tail reads from here and
// touches no disk.
class TailCache {
 public:
  TailCache(Offset next, size_t bytes_max) : first_(next), bytes_max_(bytes_max) {}

  // Frames [first, end) are here.
  Offset first() const { return first_; }
  Offset end() const { return first_ + static_cast<Offset>(frames_.size()); }
  std::string_view At(Offset offset) const { return frames_[static_cast<size_t>(offset - first_)]; }

  void Push(std::string frame) {
    bytes_ += Cost(frame);
    frames_.push_back(std::move(frame));
    while (bytes_ > bytes_max_) {
      bytes_ -= Cost(frames_.front());
      frames_.pop_front();
      ++first_;
    }
  }

 private:
  static size_t Cost(const std::string& frame) { return frame.size() + sizeof frame + 16; }

  std::deque<std::string> frames_;
  Offset first_;
  size_t bytes_ = 0;
  size_t bytes_max_;
};

}  // namespace tierline::log
