#include "runtime/rpc/principal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tierline::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

base::v1::Principal Accepted(std::string_view role, std::string_view office) {
  auto parsed = ParsePrincipal(role, office);
  EXPECT_TRUE(std::holds_alternative<base::v1::Principal>(parsed)) << role << " " << office;
  return std::get<base::v1::Principal>(parsed);
}

TEST(Principal, KnowsEveryRoleByItsName) {
  const auto* roles = base::v1::Role_descriptor();
  for (int i = 1; i < roles->value_count(); ++i) {
    const auto role = static_cast<base::v1::Role>(roles->value(i)->number());
    EXPECT_EQ(Accepted(RoleName(role), "").role(), role) << roles->value(i)->name();
    EXPECT_FALSE(RoleName(role).empty());
  }
}

TEST(Principal, IsUnspecifiedWhenAbsent) {
  EXPECT_EQ(Accepted("", "").role(), base::v1::ROLE_UNSPECIFIED);
  EXPECT_EQ(Accepted("", "").office(), "");
  EXPECT_EQ(Accepted("operator", "330100").office(), "330100");
}

TEST(Principal, RefusesWhatIsMalformedAndNamesTheKey) {
  struct Row {
    std::string_view role, office, key;
  };
  for (const Row& row :
       {Row{"root", "", "tierline-role"}, Row{"Operator", "", "tierline-role"},
        Row{"operator", "33010", "tierline-office"}, Row{"operator", "3301001", "tierline-office"},
        Row{"", "33010a", "tierline-office"}}) {
    const auto parsed = ParsePrincipal(row.role, row.office);
    ASSERT_TRUE(std::holds_alternative<Rejection>(parsed)) << row.role << " " << row.office;
    const auto& rejection = std::get<Rejection>(parsed);
    EXPECT_EQ(rejection.code, absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(rejection.reason, "MALFORMED_METADATA");
    EXPECT_EQ(rejection.field, row.key);
    EXPECT_THAT(rejection.message, HasSubstr(std::string(row.key)));
  }
}

TEST(Principal, BecomesTheMetadataThatItCameFrom) {
  EXPECT_THAT(MetadataOf(Accepted("integrator", "330100")),
              ElementsAre(Pair("tierline-role", "integrator"), Pair("tierline-office", "330100")));
  EXPECT_THAT(MetadataOf({}), IsEmpty());
}

TEST(Traceparent, PassesWhenValid) {
  constexpr std::string_view kValid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  EXPECT_EQ(ValidTraceparent(kValid), kValid);
}

TEST(Traceparent, IsDroppedWhenMalformed) {
  for (const std::string_view bad :
       {"", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}) {
    EXPECT_EQ(ValidTraceparent(bad), "") << bad;
  }
}

}  // namespace
}  // namespace tierline::rpc
