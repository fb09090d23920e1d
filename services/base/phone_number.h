// Telephone numbers as they arrive: the digits that a caller dialled, and the caller's own number
// . Syntax only: whether an area code is in the plan is for the directory to say.
//
//     dialled    short | trunk area short | [+ | international] country area short
//     caller     + ... | international ... | trunk ... | country ... | bare number | withheld
//
//     "12371"           bare                "+86 138 0013 8000"   mobile  13800138000
//     "0551-12371"      area 0551           "(0551) 6234-5678"    landline 0551 62345678
//     "+8655112371"     area 0551           "+852 2345 6789"      foreign
//     "００８６５５１１２３７１"  area 0551   "anonymous"           withheld
//
// Digits may be full-width; spaces, hyphens and parentheses (ASCII and the common Unicode ones)
// are skipped wherever they stand. The results hold their digits inline, so parsing allocates
// nothing unless it fails.
//
// No error and no malformed result holds a digit of its input: it may be a person's number. They
// give its length and the position of the first byte that does not fit.
#ifndef TIERLINE_BASE_PHONE_NUMBER_H_
#define TIERLINE_BASE_PHONE_NUMBER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/numbering_rules.h"

namespace tierline {

// Up to 24 digits in place; a 25th is not taken.
class Digits {
 public:
  static constexpr size_t kCapacity = kNumberDigitsMax;

  constexpr Digits() = default;

  bool Append(char digit) {
    if (size_ == kCapacity) return false;
    data_[size_++] = digit;
    return true;
  }
  bool Append(std::string_view digits) {
    for (const char digit : digits) {
      if (!Append(digit)) return false;
    }
    return true;
  }

  std::string_view view() const { return {data_.data(), size_}; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  friend bool operator==(const Digits& a, const Digits& b) { return a.view() == b.view(); }
  friend bool operator==(const Digits& a, std::string_view b) { return a.view() == b; }

 private:
  std::array<char, kCapacity> data_{};
  uint8_t size_ = 0;
};

struct Dialled {
  Digits area_code;  // with the trunk prefix ("0551"); empty: the bare short number
};

// InvalidArgument if `text` is none of the forms.
absl::StatusOr<Dialled> ParseDialled(std::string_view text, const NumberingRules& rules);

enum class CallerKind { kWithheld, kForeign, kShort, kMobile, kLandline, kMalformed };

struct Caller {
  CallerKind kind = CallerKind::kMalformed;
  Digits area_code;  // landline: with the trunk prefix; empty if a local number came in on a trunk
                     // whose area is not known
  Digits digits;     // landline: the subscriber's; mobile and short: the national number; foreign:
                     // country code and number; empty if withheld or malformed
  uint32_t text_bytes = 0;      // malformed: of the text
  uint32_t offending_byte = 0;  // malformed: the first that does not fit, from 0
};

// Never fails: a caller whose number can not be read is still a caller, and is routed by the trunk
// . A bare local number gets `trunk_area`, an area code with the trunk prefix.
Caller ParseCaller(std::string_view text, std::string_view trunk_area, const NumberingRules& rules);

// Why a kMalformed caller was not understood, for the record; OK for any other.
absl::Status CallerError(const Caller& caller);

// Keys into the number plan; they point into `caller`. Empty for other kinds.
std::string_view MobileSegment(const Caller& caller, const NumberingRules& rules);
// The leading `digits` of a landline's subscriber number.
std::string_view LandlineExchange(const Caller& caller, size_t digits);

}  // namespace tierline

#endif  // TIERLINE_BASE_PHONE_NUMBER_H_
