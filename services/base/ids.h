#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tierline {

// Position of a record in a partition, from 0. The next offset to read equals the number of records
// before it.
using Offset = int64_t;

// A UUID as its 16 bytes in network order (RFC 9562). All zero: absent.
class Uuid {
 public:
  constexpr Uuid() = default;
  explicit constexpr Uuid(const std::array<uint8_t, 16>& bytes) : bytes_(bytes) {}

  // 16 bytes, or the absent id when `bytes` has another length.
  static Uuid FromBytes(std::string_view bytes);
  // The 36-character form, any case. Errors: kInvalidArgument.
  static absl::StatusOr<Uuid> Parse(std::string_view text);

  // From its halves, most significant first.
  static Uuid FromHalves(uint64_t high, uint64_t low);
  uint64_t high() const { return Half(0); }
  uint64_t low() const { return Half(8); }

  bool absent() const { return *this == Uuid(); }
  std::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), 16}; }
  // 36 characters, lower case.
  std::string ToString() const;

  friend bool operator==(const Uuid&, const Uuid&) = default;
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Uuid& id) {
    return H::combine(std::move(h), id.bytes());
  }

 private:
  uint64_t Half(int from) const {
    uint64_t half = 0;
    for (int i = from; i < from + 8; ++i) half = half << 8 | bytes_[i];
    return half;
  }

  std::array<uint8_t, 16> bytes_{};
};

// UUIDv7 of `unix_ms` with the low 74 bits of `random_hi`, `random_lo` (RFC 9562 §5.7).
Uuid MakeUuidV7(int64_t unix_ms, uint64_t random_hi, uint64_t random_lo);

// UUIDv5 in Tierline's namespace: the request id of the reaction `reaction` to `cause` (RFC 9562
// §5.5).
Uuid MakeReactionId(const Uuid& cause, std::string_view reaction, std::string_view target);

// UUIDv8 computed from what names a call everywhere: a retry through any replica gives the same
// inquiry.
Uuid MakeInquiryId(std::string_view platform, std::string_view switch_call_id,
                   int64_t arrived_at_ms);

// UUIDv8 of an inquiry that is opened by hand with the request `request_id`.
Uuid MakeInquiryId(const Uuid& request_id);

// UUIDv8 of an entry of the information directory that the request `request_id` puts.
Uuid MakeEntryId(const Uuid& request_id);

}  // namespace tierline
