#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace tierline::load {

// A folder in the system's temporary one that is removed with all that is in it, unless it is kept.
class Scratch {
 public:
  // Errors: of the file system.
  static absl::StatusOr<std::unique_ptr<Scratch>> Create();
  ~Scratch();
  const std::string& path() const { return path_; }
  void Keep() { kept_ = true; }

 private:
  std::string path_;
  bool kept_ = false;
};

}  // namespace tierline::load
