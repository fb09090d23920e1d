#pragma once

#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/ids.h"

namespace tierline::load {

// The UUIDv8 that `name` always has (RFC 9562 §5.8): a command that is sent again has its old id.
inline std::string RequestIdOf(std::string_view name) {
  const Hash hash = Sha256Of(name);
  std::string bytes(Bytes(hash).substr(0, 16));
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x80);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  return Uuid::FromBytes(bytes).ToString();
}

}  // namespace tierline::load
