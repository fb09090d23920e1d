#include "runtime/store/probe_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"

namespace tierline::store {

absl::Status ProbeDisk(const std::string& dir) {
  constexpr int64_t kReserve = 1 << 20;  // manifest, new write-ahead log
  int64_t bytes = kReserve;
  std::error_code error;
  for (std::filesystem::directory_iterator at(dir, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == ".log") bytes += static_cast<int64_t>(at->file_size(error));
  }
  const std::string path = absl::StrCat(dir, "/PROBE");
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat(path, " can not be made"));
  int cause = posix_fallocate(fd, 0, bytes);
  if (cause == 0 && (pwrite(fd, "?", 1, bytes - 1) != 1 || fsync(fd) != 0)) cause = errno;
  close(fd);
  unlink(path.c_str());
  if (cause == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(cause, absl::StrCat(bytes, " bytes can not be written to ", dir));
}

}  // namespace tierline::store
