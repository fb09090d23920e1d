// How the telephone numbers of a hotline's country are built: data of its pack. What is a
// valid area code, mobile or service number by its shape; which of them exist is the number plan's.
//
// Example: the numbering of pack 12371 is the default with its own short number.
//
//     NumberingRules rules;
//     rules.short_number = "12371";
//     absl::Status valid = ValidateNumbering(rules);
#ifndef TIERLINE_BASE_NUMBERING_RULES_H_
#define TIERLINE_BASE_NUMBERING_RULES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace tierline {

// No number is longer; E.164 has 15 digits, prefixes and service numbers add some.
inline constexpr size_t kNumberDigitsMax = 24;

// Numbers that begin with `prefix` have digits_min to digits_max digits, the prefix included.
struct NumberShape {
  std::string prefix;
  int digits_min = 0;
  int digits_max = 0;
};

// The numbering of a hotline's country, filled by its pack. The defaults are those of mainland
// China; a pack of another country states its own.
struct NumberingRules {
  std::string short_number;         // the hotline's; has no default
  std::string country_code = "86";  // E.164
  std::string international_prefix = "00";
  std::string trunk_prefix = "0";  // before an area code; begins no area code
  // Area codes without the trunk prefix: 10, 20-29, 3xx-9xx.
  std::vector<NumberShape> area_codes = {{"10", 2, 2}, {"2", 2, 2}, {"3", 3, 3},
                                         {"4", 3, 3},  {"5", 3, 3}, {"6", 3, 3},
                                         {"7", 3, 3},  {"8", 3, 3}, {"9", 3, 3}};
  int subscriber_digits_min = 7;
  int subscriber_digits_max = 8;
  std::vector<NumberShape> mobiles = {{"13", 11, 11}, {"14", 11, 11}, {"15", 11, 11},
                                      {"16", 11, 11}, {"17", 11, 11}, {"18", 11, 11},
                                      {"19", 11, 11}};
  int mobile_segment_digits = 7;  // what of a mobile number has a home
  // Numbers of services, which have no region; of any prefix up to `short_digits_max`.
  std::vector<NumberShape> services = {
      {"400", 10, 10}, {"800", 10, 10}, {"95", 5, 8}, {"10", 5, 8}, {"106", 11, 20}};
  int short_digits_min = 3;
  int short_digits_max = 6;
};

// InvalidArgument, naming the field, if a prefix or length can not be, or if one area code (or one
// mobile prefix) begins another: a number has one reading.
absl::Status ValidateNumbering(const NumberingRules& rules);

}  // namespace tierline

#endif  // TIERLINE_BASE_NUMBERING_RULES_H_
