#include "tools/load/scratch.h"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>

namespace tierline::load {

absl::StatusOr<std::unique_ptr<Scratch>> Scratch::Create() {
  std::error_code error;
  const auto root = std::filesystem::temp_directory_path(error);
  std::string path = (error ? std::filesystem::path("/tmp") : root) / "tierline-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) {
    return absl::ErrnoToStatus(errno, path);
  }
  auto scratch = std::make_unique<Scratch>();
  scratch->path_ = path;
  return scratch;
}

Scratch::~Scratch() {
  std::error_code ignored;
  if (!kept_ && !path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace tierline::load
