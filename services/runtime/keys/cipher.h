#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <openssl/types.h>

namespace tierline::keys {

inline constexpr size_t kKeyBytes = 32;
inline constexpr size_t kNonceBytes = 12;
inline constexpr size_t kTagBytes = 16;

// The bytes of a key, wiped when they are no longer needed.
class Key {
 public:
  Key() = default;
  // `bytes` has kKeyBytes bytes.
  explicit Key(std::string_view bytes);
  ~Key();
  Key(const Key&) = default;
  Key& operator=(const Key&) = default;

  const uint8_t* data() const { return bytes_.data(); }
  uint8_t* data() { return bytes_.data(); }
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

 private:
  std::array<uint8_t, kKeyBytes> bytes_{};
};

// Overwrites `text` so that the compiler does not leave it out.
void Wipe(std::string* text);

// AES-256-GCM (NIST SP 800-38D) on reused contexts. Not thread safe.
class Cipher {
 public:
  Cipher();
  ~Cipher();
  Cipher(const Cipher&) = delete;
  Cipher& operator=(const Cipher&) = delete;

  // The ciphertext followed by the 16-byte tag. `nonce` has 12 bytes, never twice under one key.
  std::string Seal(const Key& key, std::string_view nonce, std::string_view additional,
                   std::string_view plain);

  // False when `sealed` was not sealed with these; `plain` is then empty.
  bool Open(const Key& key, std::string_view nonce, std::string_view additional,
            std::string_view sealed, std::string* plain);

 private:
  EVP_CIPHER_CTX* seal_;
  EVP_CIPHER_CTX* open_;
};

// HMAC-SHA256 (RFC 2104) under a key that HKDF (RFC 5869) derives from `secret` for `purpose`. Not
// thread safe.
class KeyedHash {
 public:
  KeyedHash(const Key& secret, std::string_view purpose);
  ~KeyedHash();
  KeyedHash(const KeyedHash&) = delete;
  KeyedHash& operator=(const KeyedHash&) = delete;

  // 32 bytes.
  std::string Of(std::string_view bytes);

 private:
  EVP_MAC_CTX* keyed_;
};

}  // namespace tierline::keys
