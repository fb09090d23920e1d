#include "base/numbering_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace tierline {
namespace {

constexpr size_t kPrefixDigitsMax = 8;

bool AreDigits(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

absl::Status CheckShapes(absl::string_view field, const std::vector<NumberShape>& shapes,
                         bool prefix_free) {
  const auto refuse = [&](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat("numbering: ", field, ": ", why, " (R-111)"));
  };
  for (const NumberShape& one : shapes) {
    if (one.prefix.empty() || !AreDigits(one.prefix)) return refuse("a prefix is not digits");
    if (one.digits_min < static_cast<int>(one.prefix.size()) || one.digits_max < one.digits_min ||
        one.digits_max > static_cast<int>(kNumberDigitsMax)) {
      return refuse("a length does not fit its prefix");
    }
    for (const NumberShape& other : shapes) {
      if (prefix_free && &one != &other && other.prefix.rfind(one.prefix, 0) == 0) {
        return refuse("one prefix begins another");
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateNumbering(const NumberingRules& rules) {
  const auto refuse = [](absl::string_view field, absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat("numbering: ", field, ": ", why, " (R-111)"));
  };
  struct Field {
    const char* name;
    const std::string& value;
    bool may_be_empty;
  };
  for (const Field& one : {Field{"short_number", rules.short_number, false},
                           Field{"country_code", rules.country_code, false},
                           Field{"international_prefix", rules.international_prefix, true},
                           Field{"trunk_prefix", rules.trunk_prefix, true}}) {
    if (!AreDigits(one.value)) return refuse(one.name, "not digits");
    if (one.value.empty() && !one.may_be_empty) return refuse(one.name, "missing");
    if (one.value.size() > kPrefixDigitsMax) return refuse(one.name, "more than 8 digits");
  }
  if (rules.area_codes.empty()) return refuse("area_codes", "missing");
  for (const NumberShape& one : rules.area_codes) {
    if (one.digits_min != one.digits_max) return refuse("area_codes", "not of one length");
    if (one.digits_max > static_cast<int>(kPrefixDigitsMax))
      return refuse("area_codes", "more than 8 digits");
  }
  if (rules.subscriber_digits_min < 1 ||
      rules.subscriber_digits_max < rules.subscriber_digits_min ||
      rules.mobile_segment_digits < 1 || rules.short_digits_min < 1 ||
      rules.short_digits_max < rules.short_digits_min) {
    return refuse("lengths", "not positive or reversed");
  }
  if (auto status = CheckShapes("area_codes", rules.area_codes, true); !status.ok()) return status;
  if (auto status = CheckShapes("mobiles", rules.mobiles, true); !status.ok()) return status;
  return CheckShapes("services", rules.services, false);
}

}  // namespace tierline
