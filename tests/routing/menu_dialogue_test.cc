#include "routing/prompts.h"

#include "tests/routing/calls.h"

// A menu played key by key (R-116): each step is an event, and the next one goes on from it.

namespace tierline::routing {
namespace {

using namespace testing;  // calls and the scenario

// The prompts that are played where the caller is now: "area_menu entry entry …".
std::string Played(const Routing& routing) {
  const auto& call = routing.state().call();
  const Route entered = DecideRoute(call.input(), National());
  const Prompts prompts =
      call.menu_open() ? MenuPrompts(Follow(entered, call.menu_keys(), National()), National())
                       : CallPrompts(call.decision(), National());
  std::string ids;
  for (const auto& prompt : prompts) ids += (ids.empty() ? "" : " ") + prompt.prompt_id();
  return ids;
}

// R-116
TEST(MenuDialogue, EachKeyIsAnEventThatSaysWhereItLed) {
  Routing routing;
  routing.When(Receive(kWithMenu)).When(Press("9"));
  const auto& pressed = routing.ThenEvent().menu_pressed();
  EXPECT_EQ(pressed.keys(), "9");
  EXPECT_EQ(pressed.place().area(), "0551");
  EXPECT_EQ(pressed.place().locality(), "340100");
  EXPECT_EQ(pressed.place().page(), 1);
  EXPECT_TRUE(routing.state().call().menu_open());
  routing.When(Press("3"));
  EXPECT_EQ(routing.ThenEvent().menu_chosen().keys(), "93");
  EXPECT_EQ(routing.ThenEvent().menu_chosen().decision().served_office(), "340181");
}

// R-116: whatever the steps, they end where the same keys at once would have led.
TEST(MenuDialogue, EndsWhereTheSameKeysAtOnceWouldHaveLed) {
  const struct {
    std::vector<std::string> steps;  // "" is a time-out
    std::string keys;                // as recorded
    std::string office;
  } rows[] = {
      {{"2"}, "2", "340100"},
      {{"9", "9", "2"}, "992", "340100"},
      {{"9", "*", "2"}, "9*2", "340100"},
      {{"0", "2"}, "02", "340100"},
      {{"#", "2"}, "#2", "340100"},
      {{"", "2"}, "T2", "340100"},  // nothing in time, then a choice
      {{"", ""}, "TT", "340000"},   // twice nothing: the default
      {{"#", ""}, "#T", "340000"},  // a wrong key, then nothing
      {{"#", "9", "", "3"}, "#9T3", "340181"},
      {{"93"}, "93", "340181"},  // several keys in one step
  };
  for (const auto& row : rows) {
    Routing routing;
    routing.When(Receive(kWithMenu));
    for (const auto& step : row.steps) routing.When(Press(step));
    const auto& chosen = routing.ThenEvent().menu_chosen();
    EXPECT_EQ(chosen.keys(), row.keys);
    EXPECT_EQ(chosen.decision().served_office(), row.office) << row.keys;
    const Route at_once =
        Navigate(DecideRoute(routing.state().call().input(), National()), row.keys, National());
    EXPECT_EQ(ToProto(at_once, National()).SerializeAsString(),
              chosen.decision().SerializeAsString())
        << row.keys;
  }
}

TEST(MenuDialogue, ChooseGoesOnFromTheKeysThatWerePressed) {
  Routing routing;
  routing.When(Receive(kWithMenu)).When(Press("9")).When(Choose("3"));
  EXPECT_EQ(routing.ThenEvent().menu_chosen().keys(), "93");
  EXPECT_EQ(routing.ThenEvent().menu_chosen().decision().served_office(), "340181");
}

// R-108, R-116: the menu of the places, then that of the place.
TEST(MenuDialogue, LeadsThroughTheMenuOfASharedAreaToThatOfAPlace) {
  Routing routing;
  routing.When(Receive("", "039112371"));
  EXPECT_EQ(routing.state().call().menu_place().area(), "0391");
  EXPECT_EQ(routing.state().call().menu_place().locality(), "");
  EXPECT_EQ(Played(routing), "shared_area_menu entry entry");
  routing.When(Press("1"));
  EXPECT_EQ(routing.ThenEvent().menu_pressed().place().locality(), "410800");
  EXPECT_EQ(Played(routing), "area_menu entry entry entry entry entry entry entry entry next_page");
  routing.When(Press("*"));
  EXPECT_EQ(routing.ThenEvent().menu_pressed().place().locality(), "");
  routing.When(Press("2"));
  EXPECT_EQ(routing.ThenEvent().menu_chosen().decision().served_office(), "419001");
}

// case 16: Chongqing has 38 districts, on five pages.
TEST(MenuDialogue, PagesThroughTheDistrictsOfChongqing) {
  Routing routing;
  routing.When(Receive("02362345678", "12371"));
  for (int page = 1; page < 5; ++page) {
    routing.When(Press("9"));
    EXPECT_EQ(routing.ThenEvent().menu_pressed().place().page(), page);
  }
  EXPECT_EQ(Played(routing), "entry entry entry entry entry entry next_page");
  routing.When(Press("6"));
  EXPECT_EQ(routing.ThenEvent().menu_chosen().keys(), "99996");
  EXPECT_EQ(routing.ThenEvent().menu_chosen().decision().served_office(), "500243");
}

// case 15: without a choice the province's office answers, as the pack says.
TEST(MenuDialogue, TakesThePacksDefaultOfAProvincialSeat) {
  Routing routing;
  routing.When(Receive(kWithMenu)).When(Press("")).When(Press(""));
  EXPECT_EQ(routing.ThenEvent().menu_chosen().decision().intended_office(), "340000");
  EXPECT_EQ(routing.state().call().legs(0).office(), "340000");
  EXPECT_EQ(routing.state().call().legs(0).cause(), events::v1::CALL_LEG_CAUSE_MENU);
}

// R-116: prompts name the office and the key, in both languages.
TEST(MenuDialogue, SaysTheOfficeAndTheKeyOfEachChoice) {
  const Route entered = RouteOf(Arrival(kWithMenu, "12371"));
  const Prompts prompts = MenuPrompts(Follow(entered, "9", National()), National());
  ASSERT_EQ(prompts.size(), 4u);  // three counties and the next page
  EXPECT_EQ(prompts[2].office(), "340181");
  EXPECT_EQ(prompts[2].key(), "3");
  EXPECT_EQ(prompts[2].text().zh(), "巢湖市请按3。");
  EXPECT_EQ(prompts[2].text().en(), "For 巢湖市, press 3.");
  EXPECT_EQ(prompts[3].text().en(), "For more choices, press 9.");
}

TEST(MenuDialogue, SaysWhatWasWrongBeforeThePageIsPlayedAgain) {
  Routing routing;
  routing.When(Receive("", "039112371")).When(Press("7"));
  EXPECT_EQ(Played(routing), "wrong_key entry entry");
  Routing silent;
  silent.When(Receive("", "039112371")).When(Press(""));
  EXPECT_EQ(Played(silent), "no_input entry entry");
}

// R-113, R-115, R-111: what is said where no menu is played.
TEST(MenuDialogue, SaysWhoServesAndThatTheVoiceAnswers) {
  const auto ids = [](const events::v1::Decision& decision, const directory::Directory& directory) {
    std::string all;
    for (const auto& prompt : CallPrompts(decision, directory)) {
      all += (all.empty() ? "" : " ") + prompt.prompt_id() + "/" + prompt.office();
    }
    return all;
  };
  const auto closed = NationalWith([](directory::v1::PackPart* pack) {
    for (auto& line : *pack->mutable_lines()) {
      if (line.office() == "441900") line.set_open_from("2009-06-01");
    }
  });
  const std::string noon = "2009-04-01 12:10:00";
  EXPECT_EQ(ids(DecisionOf(Arrival(kRinging, "12371")), National()), "");
  EXPECT_EQ(ids(DecisionOf(Arrival(kRinging, "12371"), *closed), *closed),
            "served_by_other/440000");
  EXPECT_EQ(ids(DecisionOf(Arrival(kRinging, "12371", "", noon), *closed), *closed),
            "served_by_other/440000 after_hours/");
  EXPECT_EQ(ids(DecisionOf(Arrival(kRinging, "12370")), National()), "rejected/");
}

// R-116: a hang-up in the middle of the dialogue is an outcome of its own.
TEST(MenuDialogue, IsLeftByHangingUp) {
  Routing routing;
  routing.When(Receive(kWithMenu)).When(Press("9"));
  routing.When(Report({1, 9000, kEnded, events::v1::CALL_END_CAUSE_CALLER_HUNG_UP}));
  routing.WhenDue("end");
  EXPECT_EQ(routing.ThenEvent().call_ended().outcome(), base::v1::OUTCOME_MENU_EXIT);
  routing.When(Press("2"));
  EXPECT_EQ(routing.ThenRejection().reason, "ALREADY_ENDED");
}

TEST(MenuDialogue, HasAnEnd) {
  Routing routing;
  routing.When(Receive(kWithMenu));
  for (int i = 0; i < 63; ++i) {
    routing.When(Press("0"));
    ASSERT_TRUE(routing.ThenEvent().has_menu_pressed()) << i;
  }
  routing.When(Press("0"));
  EXPECT_EQ(routing.ThenEvent().menu_chosen().decision().intended_office(), "340000");
}

TEST(MenuDialogue, TakesTelephoneKeysOnly) {
  Routing routing;
  routing.When(Receive(kWithMenu)).When(Press("T"));
  EXPECT_EQ(routing.ThenRejection().field, "keys");
}

// The second pack has other keys and three tries.
TEST(MenuDialogue, TakesItsKeysFromThePack) {
  const auto& directory = Second();
  Routing routing(directory);
  const int64_t at_ms = Ms("2024-03-05 10:00:00", directory);
  routing.At(absl::FromUnixMillis(at_ms));
  v1::Command receive = Receive("", "03102345");
  receive.mutable_receive_call()->mutable_call()->set_arrived_at_ms(at_ms);
  routing.When(receive).When(Press("9")).When(Press(""));
  EXPECT_EQ(routing.ThenEvent().menu_pressed().place().wrong(), 2);
  routing.When(Press("1"));
  EXPECT_EQ(routing.ThenEvent().menu_chosen().decision().served_office(), "920000");
}

}  // namespace
}  // namespace tierline::routing
