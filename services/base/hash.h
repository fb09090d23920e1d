#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tierline {

// A SHA-256 value; all zero: absent (before the first event of a subject).
using Hash = std::array<uint8_t, 32>;

// Incremental SHA-256 of OpenSSL, on a reused context. Not thread safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Add(std::string_view bytes);
  // Adds the length of `bytes` as 4 bytes big endian, then `bytes`: fields can not run into each
  // other.
  void AddFramed(std::string_view bytes);
  // The hash of all that was added; starts anew.
  Hash Finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

Hash Sha256Of(std::string_view bytes);

inline std::string_view Bytes(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}
// The absent hash when `bytes` has another length than 32.
Hash HashFromBytes(std::string_view bytes);
std::string HexOf(std::string_view bytes);

}  // namespace tierline
