#include "routing/menu.h"
#include "tests/routing/directories.h"

namespace tierline::routing {
namespace {

using testing::Arrival;
using testing::National;
using testing::NationalWith;
using testing::Second;

// Dials and presses as PathTo says, from nowhere in particular, and counts the offices that answer
// otherwise.
size_t ReachedOffices(const directory::Directory& directory, int64_t at_ms) {
  size_t reached = 0;
  for (size_t i = 0; i < directory.offices().size(); ++i) {
    const auto office = static_cast<directory::OfficeIndex>(i);
    const auto path = PathTo(office, directory);
    if (!path) {
      ADD_FAILURE() << directory.offices()[office].code << " has no path";
      continue;
    }
    v1::CallArrival call = Arrival("", path->dialled);
    call.set_arrived_at_ms(at_ms);
    const Route route =
        Navigate(DecideRoute(MakeInput(call, 0, directory), directory), path->keys, directory);
    const bool rings = route.action == events::v1::ROUTE_ACTION_RING;
    EXPECT_TRUE(rings && route.intended == office && route.served == office)
        << directory.offices()[office].code << " by " << path->dialled << " and '" << path->keys
        << "'";
    reached += rings && route.served == office;
  }
  return reached;
}

TEST(Reachability, EveryOfficeOfTheNationalPackIsReachedByItsPath) {
  EXPECT_EQ(ReachedOffices(National(), testing::Ms(testing::kWorking)), 3216u);
}

TEST(Reachability, EveryOfficeOfTheSecondPackIsReachedByItsPath) {
  EXPECT_EQ(ReachedOffices(Second(), testing::Ms("2024-03-05 10:00:00", Second())), 8u);
}

TEST(Reachability, EveryOfficeIsStillReachedWithThreeKeysAPage) {
  const auto directory = NationalWith(
      [](directory::v1::PackPart* pack) { pack->mutable_menus()->set_keys_per_page(3); });
  EXPECT_EQ(ReachedOffices(*directory, testing::Ms(testing::kWorking)), 3216u);
}

TEST(Reachability, EveryOfficeIsStillReachedWithTheCityAsDefaultOfASeat) {
  const auto directory = NationalWith([](directory::v1::PackPart* pack) {
    pack->mutable_hotline()->set_seat_default(base::v1::LEVEL_PREFECTURE);
  });
  EXPECT_EQ(ReachedOffices(*directory, testing::Ms(testing::kWorking)), 3216u);
}

// The keys that the menu itself announces lead to what it names.
TEST(Reachability, EveryEntryOfEveryMenuIsReachedByTheKeysThatItShows) {
  const auto& directory = National();
  for (size_t i = 0; i < directory.plan().areas(); ++i) {
    const std::string& area = directory.plan()[static_cast<directory::AreaIndex>(i)].code;
    const Route entered = testing::RouteOf(Arrival("", area + "12371"));
    const v1::Menu menu = MenuOf(ToProto(entered, directory), directory);
    for (const v1::MenuEntry& entry : menu.entries()) {
      const auto chosen = ToProto(Navigate(entered, entry.keys(), directory), directory);
      if (entry.opens_menu()) {
        EXPECT_EQ(chosen.locality(), entry.office()) << area << " " << entry.keys();
        EXPECT_EQ(chosen.served_office(), entry.menu().default_office()) << entry.keys();
      } else {
        EXPECT_EQ(chosen.served_office(), entry.office()) << area << " " << entry.keys();
      }
      for (const v1::MenuEntry& inner : entry.menu().entries()) {
        const Route route = Navigate(entered, inner.keys(), directory);
        EXPECT_EQ(ToProto(route, directory).served_office(), inner.office()) << inner.keys();
      }
    }
  }
}

}  // namespace
}  // namespace tierline::routing
