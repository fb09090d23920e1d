#include "base/numbering_rules.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace tierline {
namespace {

NumberingRules Valid() {
  NumberingRules rules;
  rules.short_number = "12371";
  return rules;
}

TEST(NumberingRules, TheDefaultsAreValidOnceThereIsAShortNumber) {
  EXPECT_TRUE(ValidateNumbering(Valid()).ok()) << ValidateNumbering(Valid());
  EXPECT_TRUE(absl::IsInvalidArgument(ValidateNumbering(NumberingRules{})));
}

TEST(NumberingRules, RefusesANumberingWithTwoReadingsOrNone) {
  struct Row {
    const char* field;
    std::function<void(NumberingRules&)> spoil;
  };
  for (const Row& row :
       std::vector<Row>{{"short_number", [](auto& r) { r.short_number = "12a"; }},
                        {"short_number", [](auto& r) { r.short_number = "123456789"; }},
                        {"country_code", [](auto& r) { r.country_code = ""; }},
                        {"country_code", [](auto& r) { r.country_code = "+86"; }},
                        {"area_codes", [](auto& r) { r.area_codes.clear(); }},
                        {"area_codes",
                         [](auto& r) {
                           r.area_codes.push_back({"21", 3, 3});
                         }},
                        {"area_codes",
                         [](auto& r) {
                           r.area_codes = {{"2", 2, 3}};
                         }},
                        {"area_codes",
                         [](auto& r) {
                           r.area_codes = {{"2", 9, 9}};
                         }},
                        {"area_codes",
                         [](auto& r) {
                           r.area_codes = {{"", 2, 2}};
                         }},
                        {"mobiles",
                         [](auto& r) {
                           r.mobiles.push_back({"138", 11, 11});
                         }},
                        {"mobiles",
                         [](auto& r) {
                           r.mobiles = {{"1", 25, 25}};
                         }},
                        {"services",
                         [](auto& r) {
                           r.services = {{"400", 2, 10}};
                         }},
                        {"lengths", [](auto& r) { r.subscriber_digits_min = 9; }},
                        {"lengths", [](auto& r) { r.mobile_segment_digits = 0; }}}) {
    NumberingRules rules = Valid();
    row.spoil(rules);
    const absl::Status status = ValidateNumbering(rules);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << row.field;
    EXPECT_NE(status.message().find(row.field), std::string::npos) << status;
  }
}

}  // namespace
}  // namespace tierline
