#include "routing/guide.h"

#include "absl/strings/match.h"
#include "routing/menu.h"
#include "tests/routing/directories.h"

// The dialling guide says what routing does.

namespace tierline::routing {
namespace {

using testing::Arrival;
using testing::kWorking;
using testing::Ms;
using testing::National;
using testing::NationalWith;
using testing::Second;

absl::Time Working() { return absl::FromUnixMillis(Ms(kWorking)); }

v1::GuideEntry Entry(const std::string& from, const std::string& to) {
  const auto entry = GuideTo(National().offices().Find(to), National().plan().FindArea(from),
                             Working(), National());
  EXPECT_TRUE(entry) << to;
  return entry.value_or(v1::GuideEntry());
}

// The office that rings when `call` is made and the keys of `entry` are pressed.
std::string Reached(const v1::GuideEntry& entry, v1::CallArrival call, int64_t at_ms,
                    const directory::Directory& directory) {
  call.set_dialled(entry.dialled());
  call.set_arrived_at_ms(at_ms);
  const Route entered = DecideRoute(MakeInput(call, 0, directory), directory);
  const auto decision = ToProto(Navigate(entered, entry.keys(), directory), directory);
  return decision.action() == events::v1::ROUTE_ACTION_RING ? decision.served_office() : "";
}

// whoever follows the guide reaches the office, from elsewhere and within its own area.
void ExpectAllReached(const directory::Directory& directory, int64_t at_ms) {
  const absl::Time at = absl::FromUnixMillis(at_ms);
  for (size_t i = 0; i < directory.offices().size(); ++i) {
    const auto office = static_cast<directory::OfficeIndex>(i);
    const std::string& code = directory.offices()[office].code;
    const auto distant = GuideTo(office, directory::kNoArea, at, directory);
    ASSERT_TRUE(distant) << code;
    EXPECT_EQ(Reached(*distant, v1::CallArrival(), at_ms, directory), code) << distant->text().en();
    EXPECT_FALSE(distant->local());
    const auto area = PathTo(office, directory)->place.area;
    const auto local = GuideTo(office, area, at, directory);
    EXPECT_TRUE(local->local());
    v1::CallArrival call;  // a number that tells no more than its area
    call.set_trunk_area(directory.plan()[area].code);
    EXPECT_EQ(Reached(*local, call, at_ms, directory), code) << local->text().en();
  }
}

TEST(Guide, ReachesEveryOfficeOfTheNationalPack) { ExpectAllReached(National(), Ms(kWorking)); }

TEST(Guide, ReachesEveryOfficeOfTheSecondPack) {
  ExpectAllReached(Second(), Ms("2024-03-05 10:00:00", Second()));
}

// a caller whose number decides the place hears its menu at once, where the keys of
// the place would choose something else.
TEST(Guide, TellsTheKeysOfThePlaceApart) {
  auto entry = Entry("0391", "410803");
  ASSERT_EQ(entry.place_keys(), "1");
  ASSERT_EQ(entry.keys().substr(0, 1), "1");
  const auto call = Arrival("03912331122", entry.dialled());
  EXPECT_NE(Reached(entry, call, Ms(kWorking), National()), "410803");
  entry.set_keys(entry.keys().substr(entry.place_keys().size()));
  EXPECT_EQ(Reached(entry, call, Ms(kWorking), National()), "410803");
  EXPECT_EQ(Entry("0551", "340181").place_keys(), "");
}

// the text in both languages, from the pack's templates.
TEST(Guide, SaysWhatToDialAndToPress) {
  const struct {
    std::string from, to, zh, en;
  } rows[] = {
      {"010", "340181", "要接通巢湖市：拨055112371，即区号0551加12371。听到语音后依次按9 3。",
       "To reach 巢湖市, dial 055112371: the area code 0551, then 12371. When you hear the "
       "choices, "
       "press 9 3."},
      {"0551", "340181", "要接通巢湖市：在本地区用固定电话直接拨12371。听到语音后依次按9 3。",
       "To reach 巢湖市 from a fixed line of this area, dial 12371. When you hear the choices, "
       "press "
       "9 3."},
      {"", "340000",
       "要接通安徽省：拨055112371，即区号0551加12371。听到语音后不要按键，稍候即可接通。",
       "To reach 安徽省, dial 055112371: the area code 0551, then 12371. When you hear the "
       "choices, "
       "press nothing and wait."},
      {"", "441900", "要接通东莞市：拨076912371，即区号0769加12371。",
       "To reach 东莞市, dial 076912371: the area code 0769, then 12371."},
      {"0551", "410802",
       "要接通解放区：拨039112371，即区号0391加12371。请您选择地区时，按1选择焦作市；"
       "听到的是其他地区的单位时，先按*返回。听到语音后依次按1。",
       "To reach 解放区, dial 039112371: the area code 0391, then 12371. When you are asked for "
       "your "
       "place, press 1 for 焦作市; if you hear the offices of another place, press * first to go "
       "back. When you hear the choices, press 1."},
  };
  for (const auto& row : rows) {
    const auto entry = Entry(row.from, row.to);
    EXPECT_EQ(entry.text().zh(), row.zh);
    EXPECT_EQ(entry.text().en(), row.en);
  }
}

//
TEST(Guide, SaysWhoAnswersWhereTheLineIsNotOpen) {
  const auto directory = NationalWith([](directory::v1::PackPart* pack) {
    for (auto& line : *pack->mutable_lines()) {
      if (line.office() == "441900") line.set_open_from("2009-06-01");
    }
  });
  const auto entry =
      GuideTo(directory->offices().Find("441900"), directory::kNoArea, Working(), *directory);
  EXPECT_TRUE(absl::EndsWith(entry->text().en(), "广东省 answers.")) << entry->text().en();
}

TEST(Guide, OfAnAreaHasEachOfItsOfficesOnce) {
  const auto entries = GuideOf(National().plan().FindArea("0551"), Working(), National());
  ASSERT_EQ(entries.size(), 11u);  // the province, the city, nine counties
  EXPECT_EQ(entries.front().office(), "340000");
  EXPECT_EQ(entries.back().office(), "340181");
  EXPECT_EQ(entries.back().keys(), "93");
}

// the central office is reached through the national area.
TEST(Guide, OfTheNationalAreaHasTheCentralOffice) {
  const auto entries = GuideOf(National().plan().FindArea("010"), Working(), National());
  ASSERT_EQ(entries.size(), 18u);
  EXPECT_EQ(entries.front().office(), "000000");
  EXPECT_EQ(entries.front().keys(), "");
}

TEST(Guide, RefusesWhatItCanNotBeAskedFor) {
  const auto refused = [](const std::string& area, const std::string& from,
                          const std::string& office) {
    v1::GetDialGuideRequest request;
    request.set_area(area);
    request.set_from_area(from);
    request.set_office(office);
    const auto guide = GuideFor(request, Working(), National());
    const auto* rejection = std::get_if<Rejection>(&guide);
    return rejection == nullptr ? "" : rejection->field;
  };
  EXPECT_EQ(refused("", "", ""), "area");
  EXPECT_EQ(refused("0551", "", "340000"), "area");
  EXPECT_EQ(refused("0550551", "", ""), "area");
  EXPECT_EQ(refused("", "099", "340000"), "from_area");
  EXPECT_EQ(refused("", "010", "999999"), "office");
  EXPECT_EQ(refused("0551", "", ""), "");
}

}  // namespace
}  // namespace tierline::routing
