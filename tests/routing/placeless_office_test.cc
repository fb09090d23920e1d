#include <gtest/gtest.h>

#include "routing/legs.h"
#include "routing/menu.h"
#include "tests/routing/directories.h"

// A system parallel to the provinces, whose offices are of no place: no area code leads to them,
// and they answer all the same.

namespace tierline::routing {
namespace {

using namespace testing;  // NOLINT: the kit of these tests

constexpr char kSystem[] = "660000";
constexpr char kDivision[] = "660100";

void Add(const std::string& code, const std::string& parent, base::v1::Level level,
         const std::string& open_from, directory::v1::PackPart* pack) {
  auto* office = pack->add_offices();
  office->set_code(code);
  office->set_parent(parent);
  office->set_level(level);
  office->set_name(code);
  auto* line = pack->add_lines();
  line->set_office(code);
  line->set_number("+861000" + code);
  line->set_open_from(open_from);
}

std::shared_ptr<const directory::Directory> WithASystem() {
  return NationalWith([](directory::v1::PackPart* pack) {
    Add(kSystem, "000000", base::v1::LEVEL_PROVINCE, "2009-03-01", pack);
    Add(kDivision, kSystem, base::v1::LEVEL_PREFECTURE, "", pack);
  });
}

// case 18
TEST(PlacelessOffice, NoNumberAndNoMenuLeadsToIt) {
  const auto directory = WithASystem();
  for (const char* code : {kSystem, kDivision})
    EXPECT_FALSE(PathTo(directory->offices().Find(code), *directory).has_value()) << code;
  const auto call = Arrival("", "01012371");
  EXPECT_EQ(DecisionOf(call, *directory).SerializeAsString(), DecisionOf(call).SerializeAsString());
}

// case 18, R-115, R-118
TEST(PlacelessOffice, TakesTransfersAndServesThoseBelowIt) {
  const auto directory = WithASystem();
  for (const char* code : {kSystem, kDivision}) {
    const auto to = Transfer(state::v1::CallState(), code, Ms(kWorking), *directory);
    ASSERT_TRUE(std::holds_alternative<events::v1::Decision>(to)) << code;
    EXPECT_EQ(std::get<events::v1::Decision>(to).intended_office(), code);
    EXPECT_EQ(std::get<events::v1::Decision>(to).served_office(), kSystem);
    EXPECT_EQ(std::get<events::v1::Decision>(to).line(), "+861000660000");
  }
}

}  // namespace
}  // namespace tierline::routing
