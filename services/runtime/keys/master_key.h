#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "runtime/keys/cipher.h"

namespace tierline::keys {

// The key that wraps every data key. All replicas of a log have the same one; whoever loses it has
// lost every value that was ever sealed, so it is backed up apart from the log.
struct MasterKey {
  explicit MasterKey(const Key& bytes);
  Key key;
  std::string id;  // the first 8 hex digits of the key's SHA-256
};

// Reads a file of 64 hex digits. Errors: kNotFound; kPermissionDenied, with the chmod to run, when
// others than its owner and group can read it, or others than its owner can write it;
// kInvalidArgument for other contents.
absl::StatusOr<MasterKey> LoadMasterKey(const std::string& path);

// Makes a new key and writes it to `path`, readable by the owner alone, durable before it returns.
// Never overwrites. Errors: kAlreadyExists; those of the disk.
absl::StatusOr<MasterKey> CreateMasterKey(const std::string& path);

}  // namespace tierline::keys
