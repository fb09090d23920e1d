#include "base/ids.h"

#include <openssl/evp.h>

#include <cstring>

#include "absl/status/status.h"
#include "base/hash.h"

namespace tierline {
namespace {

// Random, fixed for ever: reaction ids of old logs must stay what they are.
constexpr std::array<uint8_t, 16> kNamespace = {0x6f, 0x1d, 0x1e, 0x7c, 0x52, 0x0b, 0x4b, 0x0e,
                                                0x9a, 0x3d, 0x12, 0x37, 0x1a, 0x77, 0xc4, 0x05};

Uuid WithVersion(std::array<uint8_t, 16> bytes, int version) {
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | (version << 4));
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
  return Uuid(bytes);
}

Uuid FirstHalf(const Hash& hash, int version) {
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), hash.data(), bytes.size());
  return WithVersion(bytes, version);
}

int Nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Uuid Uuid::FromBytes(std::string_view bytes) {
  Uuid id;
  if (bytes.size() == 16) std::memcpy(id.bytes_.data(), bytes.data(), 16);
  return id;
}

Uuid Uuid::FromHalves(uint64_t high, uint64_t low) {
  Uuid id;
  for (int i = 0; i < 8; ++i) {
    id.bytes_[i] = static_cast<uint8_t>(high >> (56 - 8 * i));
    id.bytes_[8 + i] = static_cast<uint8_t>(low >> (56 - 8 * i));
  }
  return id;
}

absl::StatusOr<Uuid> Uuid::Parse(std::string_view text) {
  static constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  Uuid id;
  if (text.size() == kForm.size()) {
    size_t digit = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      if (kForm[i] == '-') {
        if (text[i] != '-') break;
        continue;
      }
      const int value = Nibble(text[i]);
      if (value < 0) break;
      id.bytes_[digit / 2] = static_cast<uint8_t>(id.bytes_[digit / 2] << 4 | value);
      if (++digit == 32) return id;
    }
  }
  return absl::InvalidArgumentError(
      "not a UUID of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx (RFC 9562)");
}

std::string Uuid::ToString() const {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text(36, '-');
  size_t at = 0;
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++at;
    text[at++] = kHex[bytes_[i] >> 4];
    text[at++] = kHex[bytes_[i] & 15];
  }
  return text;
}

Uuid MakeUuidV7(int64_t unix_ms, uint64_t random_hi, uint64_t random_lo) {
  std::array<uint8_t, 16> bytes;
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<uint8_t>(unix_ms >> (40 - 8 * i));
  bytes[6] = static_cast<uint8_t>(random_hi >> 8);
  bytes[7] = static_cast<uint8_t>(random_hi);
  for (int i = 0; i < 8; ++i) bytes[8 + i] = static_cast<uint8_t>(random_lo >> (56 - 8 * i));
  return WithVersion(bytes, 7);
}

Uuid MakeReactionId(const Uuid& cause, std::string_view reaction, std::string_view target) {
  std::string name(reinterpret_cast<const char*>(kNamespace.data()), kNamespace.size());
  name.append(cause.ToString()).append("/").append(reaction).append("/").append(target);
  std::array<uint8_t, 20> sha1;
  EVP_Digest(name.data(), name.size(), sha1.data(), nullptr, EVP_sha1(), nullptr);
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), sha1.data(), bytes.size());
  return WithVersion(bytes, 5);
}

Uuid MakeInquiryId(std::string_view platform, std::string_view switch_call_id,
                   int64_t arrived_at_ms) {
  Sha256 sha;
  sha.AddFramed("tierline.inquiry.call.v1");
  sha.AddFramed(platform);
  sha.AddFramed(switch_call_id);
  sha.AddFramed(std::to_string(arrived_at_ms));
  return FirstHalf(sha.Finish(), 8);
}

Uuid MakeInquiryId(const Uuid& request_id) {
  Sha256 sha;
  sha.AddFramed("tierline.inquiry.request.v1");
  sha.AddFramed(request_id.bytes());
  return FirstHalf(sha.Finish(), 8);
}

Uuid MakeEntryId(const Uuid& request_id) {
  Sha256 sha;
  sha.AddFramed("tierline.entry.request.v1");
  sha.AddFramed(request_id.bytes());
  return FirstHalf(sha.Finish(), 8);
}

}  // namespace tierline
