#include "base/phone_number.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace tierline {
namespace {

// E.164 §6: at most 15 digits, no country code begins with 0. Fewer than 7 is nobody's number.
constexpr size_t kForeignDigitsMin = 7;
constexpr size_t kForeignDigitsMax = 15;

struct Equivalent {
  std::string_view utf8;
  char ascii;
};

// What people and switches write for a space, a hyphen, a parenthesis or a plus.
constexpr Equivalent kEquivalents[] = {
    {"\u00A0", ' '}, {"\u2007", ' '}, {"\u2009", ' '}, {"\u202F", ' '}, {"\u3000", ' '},
    {"\u2010", '-'}, {"\u2011", '-'}, {"\u2012", '-'}, {"\u2013", '-'}, {"\u2014", '-'},
    {"\u2015", '-'}, {"\u2212", '-'}, {"\uFE63", '-'}, {"\uFF0D", '-'}, {"\uFF08", '('},
    {"\uFF09", ')'}, {"\uFF0B", '+'}};

// The ASCII meaning of the character at the head of `text`, and its length in bytes. 0: none.
Equivalent Head(std::string_view text) {
  const char first = text.front();
  if (static_cast<unsigned char>(first) < 0x80) return {text.substr(0, 1), first};
  constexpr std::string_view kFullWidthZero = "\uFF10";  // EF BC 90; the ten are consecutive
  if (text.size() >= 3 && text.substr(0, 2) == kFullWidthZero.substr(0, 2)) {
    const int value = static_cast<unsigned char>(text[2]) - 0x90;
    if (value >= 0 && value <= 9) return {text.substr(0, 3), static_cast<char>('0' + value)};
  }
  for (const Equivalent& one : kEquivalents) {
    if (text.substr(0, one.utf8.size()) == one.utf8) return one;
  }
  return {text.substr(0, 1), '\0'};
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The digits of a text, where each stood, and whether a plus stood before them.
struct Scan {
  Digits digits;
  std::array<uint32_t, Digits::kCapacity> byte_of{};
  uint32_t text_bytes = 0;
  std::optional<uint32_t> offending_byte;  // the text has a character that no number has
  bool plus = false;
  bool blank = true;  // nothing but spaces

  // Where the digit at `index` stood; past the last: the end of the text.
  uint32_t ByteOf(size_t index) const {
    return index < digits.size() ? byte_of[index] : text_bytes;
  }
};

Scan ScanText(std::string_view text) {
  Scan scan;
  scan.text_bytes =
      static_cast<uint32_t>(std::min<size_t>(text.size(), std::numeric_limits<uint32_t>::max()));
  for (uint32_t at = 0; at < scan.text_bytes;) {
    const Equivalent head = Head(text.substr(at));
    const char c = head.ascii;
    if (c != ' ') scan.blank = false;
    bool fits = c == ' ' || c == '-' || c == '(' || c == ')';
    if (c == '+') {
      fits = !scan.plus && scan.digits.empty();
      scan.plus = true;
    } else if (IsDigit(c)) {
      const size_t index = scan.digits.size();
      fits = scan.digits.Append(c);
      if (fits) scan.byte_of[index] = at;
    }
    if (!fits) {
      scan.offending_byte = at;
      break;
    }
    at += static_cast<uint32_t>(head.utf8.size());
  }
  return scan;
}

bool ConsumePrefix(std::string_view& text, std::string_view prefix) {
  if (prefix.empty() || text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool HasShape(std::string_view number, const std::vector<NumberShape>& shapes) {
  return std::any_of(shapes.begin(), shapes.end(), [&](const NumberShape& shape) {
    return number.size() >= static_cast<size_t>(shape.digits_min) &&
           number.size() <= static_cast<size_t>(shape.digits_max) &&
           number.substr(0, shape.prefix.size()) == shape.prefix;
  });
}

bool IsWithin(size_t size, int min, int max) {
  return size >= static_cast<size_t>(min) && size <= static_cast<size_t>(max);
}

// How many of the leading digits are an area code; 0: none are.
size_t AreaCodeSize(std::string_view national, const NumberingRules& rules) {
  for (const NumberShape& shape : rules.area_codes) {
    const auto size = static_cast<size_t>(shape.digits_min);
    if (national.size() >= size && national.substr(0, shape.prefix.size()) == shape.prefix) {
      return size;
    }
  }
  return 0;
}

Digits AreaCode(std::string_view area, const NumberingRules& rules) {
  Digits code;
  code.Append(rules.trunk_prefix);
  code.Append(area);
  return code;
}

absl::Status Malformed(absl::string_view field, uint32_t text_bytes, uint32_t offending_byte) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ***: no number form of ", text_bytes,
                                                 " bytes, does not fit from byte ", offending_byte,
                                                 " (R-111)"));
}

// Strips what may stand before an area code. False if nothing does.
bool ConsumeAccess(std::string_view& rest, bool plus, const NumberingRules& rules) {
  if (plus) return ConsumePrefix(rest, rules.country_code);
  if (ConsumePrefix(rest, rules.international_prefix)) {
    return ConsumePrefix(rest, rules.country_code);
  }
  return ConsumePrefix(rest, rules.trunk_prefix) || ConsumePrefix(rest, rules.country_code);
}

bool IsWithheld(std::string_view text) {
  // RFC 3261 §8.1.1.3 and RFC 3323 §4.1, and the words that switches use.
  constexpr absl::string_view kWords[] = {"anonymous",  "withheld",    "unknown",
                                          "restricted", "unavailable", "private"};
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return true;
  text = text.substr(begin, text.find_last_not_of(' ') - begin + 1);
  const absl::string_view word(text.data(), text.size());
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](absl::string_view one) { return absl::EqualsIgnoreCase(word, one); });
}

bool SetNumber(Caller& caller, CallerKind kind, std::string_view digits) {
  caller.kind = kind;
  return caller.digits.Append(digits);
}

bool SetLandline(Caller& caller, std::string_view national, const NumberingRules& rules) {
  const size_t area = AreaCodeSize(national, rules);
  if (area == 0 ||
      !IsWithin(national.size() - area, rules.subscriber_digits_min, rules.subscriber_digits_max)) {
    return false;
  }
  caller.area_code = AreaCode(national.substr(0, area), rules);
  return SetNumber(caller, CallerKind::kLandline, national.substr(area));
}

bool SetMobile(Caller& caller, std::string_view national, const NumberingRules& rules) {
  return HasShape(national, rules.mobiles) && SetNumber(caller, CallerKind::kMobile, national);
}

bool SetService(Caller& caller, std::string_view national, const NumberingRules& rules) {
  return (IsWithin(national.size(), rules.short_digits_min, rules.short_digits_max) ||
          HasShape(national, rules.services)) &&
         SetNumber(caller, CallerKind::kShort, national);
}

// After + or the international prefix.
bool SetInternational(Caller& caller, std::string_view number, const NumberingRules& rules) {
  std::string_view national = number;
  if (ConsumePrefix(national, rules.country_code)) {
    return SetMobile(caller, national, rules) || SetService(caller, national, rules) ||
           SetLandline(caller, national, rules);
  }
  return !number.starts_with('0') && number.size() >= kForeignDigitsMin &&
         number.size() <= kForeignDigitsMax && SetNumber(caller, CallerKind::kForeign, number);
}

// Without an area code: a subscriber of the trunk's own.
bool SetLocal(Caller& caller, std::string_view number, std::string_view trunk_area,
              const NumberingRules& rules) {
  const auto begins = [&](const NumberShape& mobile) {
    return number.substr(0, mobile.prefix.size()) == mobile.prefix;
  };
  if (!IsWithin(number.size(), rules.subscriber_digits_min, rules.subscriber_digits_max) ||
      std::any_of(rules.mobiles.begin(), rules.mobiles.end(), begins)) {
    return false;
  }
  std::string_view area = trunk_area;
  ConsumePrefix(area, rules.trunk_prefix);
  if (!area.empty() && std::all_of(area.begin(), area.end(), IsDigit) &&
      AreaCodeSize(area, rules) == area.size()) {
    caller.area_code = AreaCode(area, rules);
  }
  return SetNumber(caller, CallerKind::kLandline, number);
}

bool SetBare(Caller& caller, std::string_view number, std::string_view trunk_area,
             const NumberingRules& rules) {
  if (SetMobile(caller, number, rules) || SetService(caller, number, rules) ||
      SetLocal(caller, number, trunk_area, rules)) {
    return true;
  }
  std::string_view national = number;  // a country code that lost its plus
  return ConsumePrefix(national, rules.country_code) &&
         (SetMobile(caller, national, rules) || SetLandline(caller, national, rules));
}

}  // namespace

absl::StatusOr<Dialled> ParseDialled(std::string_view text, const NumberingRules& rules) {
  const Scan scan = ScanText(text);
  if (scan.offending_byte) return Malformed("dialled", scan.text_bytes, *scan.offending_byte);
  std::string_view rest = scan.digits.view();
  if (!scan.plus && rest == rules.short_number) return Dialled{};
  const auto refuse_at = [&](std::string_view unread) {
    return Malformed("dialled", scan.text_bytes, scan.ByteOf(scan.digits.size() - unread.size()));
  };
  if (!ConsumeAccess(rest, scan.plus, rules)) return refuse_at(rest);
  const size_t area = AreaCodeSize(rest, rules);
  if (area == 0) return refuse_at(rest);
  const std::string_view number = rest.substr(area);
  if (number == rules.short_number) return Dialled{AreaCode(rest.substr(0, area), rules)};
  const auto differ = std::mismatch(number.begin(), number.end(), rules.short_number.begin(),
                                    rules.short_number.end());
  return refuse_at(number.substr(differ.first - number.begin()));
}

Caller ParseCaller(std::string_view text, std::string_view trunk_area,
                   const NumberingRules& rules) {
  Caller caller;
  const Scan scan = ScanText(text);
  if (scan.blank || IsWithheld(text)) {
    caller.kind = CallerKind::kWithheld;
    return caller;
  }
  std::string_view rest = scan.digits.view();
  bool understood = false;
  if (!scan.offending_byte) {
    if (scan.plus || ConsumePrefix(rest, rules.international_prefix)) {
      understood = SetInternational(caller, rest, rules);
    } else if (ConsumePrefix(rest, rules.trunk_prefix)) {
      understood = SetMobile(caller, rest, rules) || SetLandline(caller, rest, rules);
    } else {
      understood = SetBare(caller, rest, trunk_area, rules);
    }
  }
  if (understood) return caller;
  Caller malformed;
  malformed.text_bytes = scan.text_bytes;
  malformed.offending_byte =
      scan.offending_byte.value_or(scan.ByteOf(scan.digits.size() - rest.size()));
  return malformed;
}

absl::Status CallerError(const Caller& caller) {
  if (caller.kind != CallerKind::kMalformed) return absl::OkStatus();
  return Malformed("caller", caller.text_bytes, caller.offending_byte);
}

std::string_view MobileSegment(const Caller& caller, const NumberingRules& rules) {
  if (caller.kind != CallerKind::kMobile) return {};
  return caller.digits.view().substr(0, static_cast<size_t>(rules.mobile_segment_digits));
}

std::string_view LandlineExchange(const Caller& caller, size_t digits) {
  if (caller.kind != CallerKind::kLandline) return {};
  return caller.digits.view().substr(0, digits);
}

}  // namespace tierline
