#include "routing/menu.h"

#include "tests/routing/directories.h"

namespace tierline::routing {
namespace {

using testing::Arrival;
using testing::National;
using testing::NationalWith;
using testing::RouteOf;

// The office that answers after `keys` were pressed in the menu that `dialled` plays to a withheld
// caller.
std::string Reached(const std::string& dialled, const std::string& keys) {
  const Route route = Navigate(RouteOf(Arrival("", dialled)), keys, National());
  return ToProto(route, National()).served_office();
}

v1::Menu MenuOn(const std::string& dialled) {
  return MenuOf(testing::DecisionOf(Arrival("", dialled)), National());
}

//
TEST(Menu, OfTheNationalAreaOffersTheCityThenItsDistricts) {
  const v1::Menu menu = MenuOn("01012371");
  ASSERT_EQ(menu.entries_size(), 17);
  EXPECT_EQ(menu.default_office(), "000000");
  EXPECT_EQ(menu.entries(0).office(), "110000");
  EXPECT_EQ(menu.entries(1).office(), "110101");
  EXPECT_EQ(menu.entries(0).keys(), "1");
  EXPECT_EQ(menu.entries(8).keys(), "91");
  EXPECT_EQ(menu.entries(16).keys(), "991");
}

// R-104, case 9
TEST(Menu, OfAMunicipalityOffersItsDistricts) {
  const v1::Menu menu = MenuOn("02112371");
  EXPECT_EQ(menu.entries_size(), 16);
  EXPECT_EQ(menu.default_office(), "310000");
  EXPECT_EQ(menu.entries(0).office(), "310101");
}

//
TEST(Menu, OfAProvincialSeatOffersProvinceCityAndCounties) {
  const v1::Menu menu = MenuOn("055112371");
  ASSERT_EQ(menu.entries_size(), 2 + 9);
  EXPECT_EQ(menu.default_office(), "340000");
  EXPECT_EQ(menu.entries(0).office(), "340000");
  EXPECT_EQ(menu.entries(1).office(), "340100");
  EXPECT_EQ(menu.entries(2).office(), "340102");
  EXPECT_EQ(menu.entries(10).keys(), "93");
}

// R-105, case 15: the pack says who answers when the caller chooses nothing.
TEST(Menu, OfAProvincialSeatTakesThePacksDefault) {
  const auto directory = NationalWith([](directory::v1::PackPart* pack) {
    pack->mutable_hotline()->set_seat_default(base::v1::LEVEL_PREFECTURE);
  });
  const auto decision = testing::DecisionOf(Arrival("", "055112371"), *directory);
  EXPECT_EQ(decision.intended_office(), "340100");
  EXPECT_EQ(decision.level(), base::v1::LEVEL_PREFECTURE);
}

//
TEST(Menu, OfAPrefectureOffersItsCounties) {
  const v1::Menu menu = MenuOn("051212371");
  EXPECT_EQ(menu.entries_size(), 9);
  EXPECT_EQ(menu.default_office(), "320500");
  EXPECT_EQ(menu.entries(0).office(), "320505");
}

//
TEST(Menu, OfASharedAreaOffersTheLocalitiesAndSaysWhichHaveMenusOfTheirOwn) {
  const v1::Menu menu = MenuOn("039112371");
  ASSERT_EQ(menu.entries_size(), 2);
  EXPECT_EQ(menu.entries(0).office(), "410800");
  EXPECT_TRUE(menu.entries(0).opens_menu());
  EXPECT_EQ(menu.entries(1).office(), "419001");
  EXPECT_FALSE(menu.entries(1).opens_menu());
}

// So that a platform can play it without asking again.
TEST(Menu, OfASharedAreaComesWithTheMenusThatItOpens) {
  const v1::Menu menu = MenuOn("039112371");
  const v1::Menu& inner = menu.entries(0).menu();
  EXPECT_EQ(inner.default_office(), "410800");
  ASSERT_EQ(inner.entries_size(), 10);
  EXPECT_EQ(inner.entries(0).office(), "410802");
  EXPECT_EQ(inner.entries(0).keys(), "11");
  EXPECT_EQ(inner.entries(9).keys(), "192");
  EXPECT_FALSE(menu.entries(1).has_menu());
}

TEST(Menu, IsEmptyForADecisionThatPlaysNone) {
  EXPECT_EQ(MenuOn("076912371").entries_size(), 0);
  EXPECT_EQ(MenuOn("12370").entries_size(), 0);
}

// R-116, case 16. Menu of 0551: 1 province, 2 city, 3 to 8 and 91 to 93 the counties; two wrong
// keys take the default.
TEST(Menu, FollowsTheKeys) {
  struct {
    const char* keys;
    const char* office;
  } rows[] = {
      {"", "340000"},      // no input: the default
      {"2", "340100"},     // a choice
      {"29", "340100"},    // what follows a choice is ignored
      {"3", "340102"},     //
      {"91", "340123"},    // the second page
      {"93", "340181"},    // its last entry
      {"9", "340000"},     // a page was turned, then nothing
      {"99", "340000"},    // round to the first page
      {"992", "340100"},   //
      {"02", "340100"},    // hear it again, then choose
      {"9*2", "340100"},   // back to the first page
      {"*2", "340100"},    // nothing to go back to: hear it again
      {"#2", "340100"},    // one wrong key
      {"##2", "340000"},   // two wrong keys: the default
      {"98", "340000"},    // no such entry on the second page, then nothing
      {"9882", "340000"},  // twice
      {"#9#2", "340124"},  // a good key between wrong ones
      {"#0#2", "340100"},  //
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Reached("055112371", row.keys), row.office) << row.keys;
  }
}

TEST(Menu, HasNoNextPageWhenThereIsOne) {
  // 0391: 1 Jiaozuo, 2 Jiyuan. Twice 9 is twice wrong.
  EXPECT_EQ(Reached("039112371", "992"), "410000");
  EXPECT_EQ(Reached("039112371", "92"), "419001");
}

//
TEST(Menu, OfALocalityFollowsThatOfTheSharedArea) {
  EXPECT_EQ(Reached("039112371", ""), "410000");
  EXPECT_EQ(Reached("039112371", "1"), "410800");    // Jiaozuo's default
  EXPECT_EQ(Reached("039112371", "11"), "410802");   // its first county
  EXPECT_EQ(Reached("039112371", "1*2"), "419001");  // back, and the other locality
  EXPECT_EQ(Reached("039112371", "2"), "419001");
  EXPECT_EQ(Reached("02812371", "1"), "510000");   // Chengdu, a seat: the province office
  EXPECT_EQ(Reached("02812371", "12"), "510100");  // the city
}

// A caller whose number decides the locality can still go back to the others that share his area
// code.
TEST(Menu, GoesBackFromADecidedLocalityToTheOthersOfItsArea) {
  const Route route = RouteOf(Arrival("02885311223", "12371"));
  const auto chosen = ToProto(Navigate(route, "*2", National()), National());
  EXPECT_EQ(chosen.locality(), "511400");
  EXPECT_EQ(chosen.served_office(), "511400");
}

TEST(Menu, ChoiceRingsAndKeepsWhatWasSaidOfTheCall) {
  const Route route = RouteOf(Arrival("055162345678", "12371"));
  const auto chosen = ToProto(Navigate(route, "3", National()), National());
  EXPECT_EQ(chosen.action(), events::v1::ROUTE_ACTION_RING);
  EXPECT_EQ(chosen.intended_office(), "340102");
  EXPECT_EQ(chosen.level(), base::v1::LEVEL_COUNTY);
  EXPECT_EQ(chosen.locality(), "340100");
  EXPECT_EQ(chosen.menu_area(), "0551");
  EXPECT_TRUE(chosen.local_call());
  const std::vector<int> reasons(chosen.reasons().begin(), chosen.reasons().end());
  EXPECT_EQ(reasons,
            (std::vector<int>{
                events::v1::ROUTE_REASON_OWN_LOCALITY, events::v1::ROUTE_REASON_PROVINCIAL_SEAT,
                events::v1::ROUTE_REASON_MENU_CHOICE, events::v1::ROUTE_REASON_LINE_OPEN,
                events::v1::ROUTE_REASON_WORKING_TIME}));
}

//
TEST(Menu, ChoiceOfAnOfficeThatIsNotOpenIsServedByItsNearestOpenAncestor) {
  const auto directory = NationalWith([](directory::v1::PackPart* pack) {
    for (auto& line : *pack->mutable_lines()) {
      if (line.office() == "340102" || line.office() == "340100") line.set_open_from("2009-06-01");
    }
  });
  const Route route = RouteOf(Arrival("055162345678", "12371"), *directory);
  const auto chosen = ToProto(Navigate(route, "3", *directory), *directory);
  EXPECT_EQ(chosen.intended_office(), "340102");
  EXPECT_EQ(chosen.served_office(), "340000");
  EXPECT_EQ(chosen.level(), base::v1::LEVEL_PROVINCE);
  EXPECT_EQ(chosen.line(), "+8655100340000");
}

TEST(Menu, LeavesARouteWithoutAMenuAsItIs) {
  const Route rings = RouteOf(Arrival("076983311223", "12371"));
  EXPECT_EQ(ToProto(Navigate(rings, "1", National()), National()).DebugString(),
            ToProto(rings, National()).DebugString());
}

// The second pack has other keys: 3 a page, 7 next, 8 repeat, # back, and three tries.
TEST(Menu, TakesItsKeysFromThePack) {
  const auto& directory = testing::Second();
  v1::CallArrival call;
  call.set_dialled("03102345");
  call.set_arrived_at_ms(testing::Ms("2024-03-05 10:00:00", directory));
  const Route route = RouteOf(call, directory);
  const auto reached = [&](std::string_view keys) {
    return ToProto(Navigate(route, keys, directory), directory).served_office();
  };
  EXPECT_EQ(reached(""), "920100");
  EXPECT_EQ(reached("1"), "920000");
  EXPECT_EQ(reached("8#1"), "920000");
  EXPECT_EQ(reached("991"), "920000");
  EXPECT_EQ(reached("9991"), "920100");
}

}  // namespace
}  // namespace tierline::routing
