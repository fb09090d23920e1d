#include "base/hash.h"

#include <openssl/evp.h>

#include <cstring>

#include "absl/strings/escaping.h"

namespace tierline {
namespace {
// Fetched once: an implicit fetch doubles the cost of a short hash.
const EVP_MD* Algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}
EVP_MD_CTX* Context(void* context) { return static_cast<EVP_MD_CTX*>(context); }
}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  EVP_DigestInit_ex(Context(context_), Algorithm(), nullptr);
}
Sha256::~Sha256() { EVP_MD_CTX_free(Context(context_)); }

void Sha256::Add(std::string_view bytes) {
  EVP_DigestUpdate(Context(context_), bytes.data(), bytes.size());
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
  EVP_DigestFinal_ex(Context(context_), hash.data(), nullptr);
  EVP_DigestInit_ex(Context(context_), Algorithm(), nullptr);
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
