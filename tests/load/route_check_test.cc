#include "tools/load/route_check.h"

#include <gtest/gtest.h>

#include "routing/decide_route.h"
#include "routing/menu.h"
#include "tests/kit/packs.h"

// The audit of routes can fail: whatever a history records of a route is made wrong, and is found.

namespace tierline::load {
namespace {

class RouteCheckTest : public ::testing::Test {
 protected:
  RouteCheckTest() {
    routing::v1::CallArrival call;
    call.set_caller("055162345678");  // Hefei, with a menu
    call.set_dialled("12371");
    call.set_arrived_at_ms(1'238'551'200'000);  // 2009-04-01 10:00 in Beijing
    auto* received = Add().mutable_call_received();
    *received->mutable_input() = routing::MakeInput(call, 0, *directory_);
    const routing::Route route = routing::DecideRoute(received->input(), *directory_);
    *received->mutable_decision() = routing::ToProto(route, *directory_);
    auto* chosen = Add().mutable_menu_chosen();
    chosen->set_keys("93");
    *chosen->mutable_decision() =
        routing::ToProto(routing::Navigate(route, "93", *directory_), *directory_);
  }

  events::v1::Event& Add() { return *history_.records.emplace_back().mutable_event(); }
  size_t Faults() { return CheckRoutes(history_, *directory_).faults.size(); }

  const std::shared_ptr<const directory::Directory> directory_ = kit::NationalDirectory();
  History history_;
};

//
TEST_F(RouteCheckTest, FindsNothingWhereNothingIsWrong) {
  EXPECT_EQ(Faults(), 0u);
  EXPECT_EQ(CheckRoutes(history_, *directory_).routes, 2);
}

TEST_F(RouteCheckTest, FindsARouteThatDoesNotFollowFromItsInput) {
  history_.records[0]
      .mutable_event()
      ->mutable_call_received()
      ->mutable_decision()
      ->set_served_office("110000");
  EXPECT_EQ(Faults(), 1u);
}

TEST_F(RouteCheckTest, FindsAnInputThatLeadsElsewhere) {
  history_.records[0].mutable_event()->mutable_call_received()->mutable_input()->set_caller_area(
      "021");
  EXPECT_EQ(Faults(), 2u);
}

TEST_F(RouteCheckTest, FindsAChoiceThatItsKeysDoNotMake) {
  history_.records[1].mutable_event()->mutable_menu_chosen()->set_keys("2");
  EXPECT_EQ(Faults(), 1u);
}

// by the directory that was in force then.
TEST_F(RouteCheckTest, TakesTheDirectoryOfTheArrival) {
  directory::v1::PackPart later = kit::NationalPack().tables;
  for (auto& line : *later.mutable_lines()) {
    if (line.office() == "340000") line.set_open_from("2030-01-01");
  }
  const auto built = *directory::Directory::Build(later, "later");
  const auto followed_at = [&](int64_t second) {
    return directory::Directory::Chain({directory_->From(absl::FromUnixSeconds(1'230'000'000)),
                                        built->From(absl::FromUnixSeconds(second))},
                                       std::make_shared<const directory::LineBook>());
  };
  EXPECT_TRUE(CheckRoutes(history_, *followed_at(1'300'000'000)).faults.empty());
  EXPECT_FALSE(CheckRoutes(history_, *followed_at(1'231'000'000)).faults.empty());
}

}  // namespace
}  // namespace tierline::load
