#include "base/hash.h"

// The functions below EVP, which OpenSSL 3 calls deprecated: for the half kilobyte of an event EVP
// takes 0.8 us and these 0.55, and every event of a log is hashed when it is replayed.
#define OPENSSL_API_COMPAT 0x10101000L
#include <openssl/sha.h>

#include <cstring>

#include "absl/strings/escaping.h"

namespace tierline {

struct Sha256::Context {
  SHA256_CTX sha;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) { SHA256_Init(&context_->sha); }
Sha256::~Sha256() = default;

void Sha256::Add(std::string_view bytes) {
  SHA256_Update(&context_->sha, bytes.data(), bytes.size());
}

void Sha256::AddFramed(std::string_view bytes) {
  const auto size = static_cast<uint32_t>(bytes.size());
  const char frame[4] = {static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                         static_cast<char>(size >> 8), static_cast<char>(size)};
  Add({frame, sizeof frame});
  Add(bytes);
}

Hash Sha256::Finish() {
  Hash hash;
  SHA256_Final(hash.data(), &context_->sha);
  SHA256_Init(&context_->sha);
  return hash;
}

Hash Sha256Of(std::string_view bytes) {
  thread_local Sha256 sha;
  sha.Add(bytes);
  return sha.Finish();
}

Hash HashFromBytes(std::string_view bytes) {
  Hash hash{};
  if (bytes.size() == hash.size()) std::memcpy(hash.data(), bytes.data(), hash.size());
  return hash;
}

std::string HexOf(std::string_view bytes) {
  return absl::BytesToHexString({bytes.data(), bytes.size()});
}

}  // namespace tierline
