#include "runtime/keys/master_key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/text.h"

namespace tierline::keys {
namespace {

absl::Status Failed(absl::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("the master key ", path, " can not be ", what));
}

absl::Status WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return absl::ErrnoToStatus(errno, "write");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status SyncParent(const std::string& path) {
  std::error_code error;
  const std::string parent = std::filesystem::absolute(path, error).parent_path().string();
  const int fd = open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed("synced", path);
  const absl::Cleanup closed = [fd] { close(fd); };
  return fsync(fd) == 0 ? absl::OkStatus() : Failed("synced", path);
}

}  // namespace

MasterKey::MasterKey(const Key& bytes)
    : key(bytes), id(HexOf(Bytes(Sha256Of(bytes.bytes()))).substr(0, 8)) {}

absl::StatusOr<MasterKey> LoadMasterKey(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Failed("opened", path);
  const absl::Cleanup closed = [fd] { close(fd); };
  struct stat facts;
  if (fstat(fd, &facts) != 0) return Failed("examined", path);
  if ((facts.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(
        "the master key ", path, " is open to others (mode ",
        absl::Hex((facts.st_mode & 0700) / 0100), absl::Hex((facts.st_mode & 0070) / 010),
        absl::Hex(facts.st_mode & 0007), "): run chmod 600 ", path));
  }
  // 64 digits, a line end of one or two bytes, and a byte that shows that there is more.
  std::string text(2 * kKeyBytes + 3, '\0');
  const absl::Cleanup wiped = [&text] { Wipe(&text); };
  ssize_t size;
  while ((size = read(fd, text.data(), text.size())) < 0 && errno == EINTR) continue;
  if (size < 0) return Failed("read", path);
  const absl::string_view digits =
      absl::StripAsciiWhitespace(absl::string_view(text.data(), static_cast<size_t>(size)));
  if (size == static_cast<ssize_t>(text.size()) || digits.size() != 2 * kKeyBytes ||
      !std::all_of(digits.begin(), digits.end(), absl::ascii_isxdigit)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the master key ", path, " does not hold 64 hex digits"));
  }
  std::string bytes = absl::HexStringToBytes(digits);
  MasterKey master{Key(bytes)};
  Wipe(&bytes);
  return master;
}

absl::StatusOr<MasterKey> CreateMasterKey(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return Failed("created", path);
  const absl::Cleanup closed = [fd] { close(fd); };
  Key key;
  if (RAND_bytes(key.data(), kKeyBytes) != 1)
    return absl::InternalError("OpenSSL has no random numbers");
  std::string text = absl::StrCat(HexOf(key.bytes()), "\n");
  absl::Status status = WriteAll(fd, text);
  Wipe(&text);
  if (status.ok() && fsync(fd) != 0) status = Failed("synced", path);
  if (status.ok()) status = SyncParent(path);
  if (!status.ok()) {
    unlink(path.c_str());  // half a key would only be in the way
    return status;
  }
  return MasterKey(key);
}

}  // namespace tierline::keys
