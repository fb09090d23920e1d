#include "tools/load/generator.h"

#include <algorithm>
#include <array>
#include <string>

#include "tools/load/dice.h"
#include "tools/load/phone_book.h"
#include "tools/load/phrases.h"

namespace tierline::load {
namespace {

constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kHourMs = 60 * kMinuteMs;

// Of arrivals, for each half hour of the day: working hours, the noon break, the evening.
constexpr std::array<int, 48> kArrivals = {
    1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  2,  2,  4,  8,   //
    20, 70, 90, 95, 90, 80, 70, 60, 30, 22, 20, 20, 30, 80, 90, 90,  //
    80, 70, 55, 35, 25, 18, 14, 12, 10, 8,  6,  5,  4,  3,  2,  1,
};

class Planner {
 public:
  Planner(const directory::v1::PackPart& pack, const Day& day)
      : book_(pack),
        categories_(pack.categories().begin(), pack.categories().end()),
        day_(day),
        midnight_ms_(absl::ToUnixMillis(absl::FromCivil(day.date, day.zone))) {}

  CallPlan Plan(int64_t number) {
    Dice dice(day_.seed, static_cast<uint64_t>(number));
    CallPlan plan;
    plan.number = number;
    DrawArrival(&dice, &plan.arrival);
    if (dice.Percent(1)) {
      plan.purpose =
          dice.Percent(50) ? events::v1::CALL_PURPOSE_TEST : events::v1::CALL_PURPOSE_SPOT_CHECK;
    }
    DrawCall(&dice, &plan);
    DrawInquiry(&dice, plan.arrival.arrived_at_ms(), &plan.inquiry);
    DrawProbe(&dice, &plan);
    return plan;
  }

 private:
  void DrawArrival(Dice* dice, routing::v1::CallArrival* call) {
    const Place& home = book_.DrawPlace(dice);
    const Place& away = book_.DrawPlace(dice);
    const int64_t half_hour = static_cast<int64_t>(dice->Weighted(kArrivals));
    call->set_arrived_at_ms(midnight_ms_ + half_hour * kHourMs / 2 + dice->Below(kHourMs / 2));
    const std::string mobile = book_.DrawMobile(home, dice);
    const bool roams = dice->Percent(10);
    call->set_trunk_area(roams ? away.area_code : home.area_code);
    call->set_caller(book_.DrawLandline(home, dice));
    // Landline, mobile, with country code, with the old long-distance zero, withheld, foreign,
    // short, unmapped mobile, malformed.
    switch (dice->Weighted(std::array{420, 420, 40, 20, 40, 15, 10, 15, 10})) {
      case 0:
        call->set_trunk_area(home.area_code);
        break;
      case 1:
        if (!mobile.empty()) call->set_caller(mobile);
        if (roams) call->set_location_area(away.area_code);
        break;
      case 2:
        if (!mobile.empty()) call->set_caller("+" + book_.country_code() + mobile);
        break;
      case 3:
        if (!mobile.empty()) call->set_caller("0" + mobile);
        break;
      case 4:
        call->set_caller(dice->Percent(50) ? "" : "anonymous");
        break;
      case 5:
        call->set_caller("+8522" + dice->Digits(7));
        break;
      case 6:
        call->set_caller("10086");
        break;
      case 7:
        call->set_caller(book_.DrawUnmappedMobile(dice));
        break;
      default:
        call->set_caller("12ab" + dice->Digits(5));
        break;
    }
    if (call->caller().empty() && dice->Percent(30)) call->clear_trunk_area();
    call->set_dialled(DrawDialled(home, dice));
  }

  std::string DrawDialled(const Place& home, Dice* dice) {
    const std::string& number = book_.number();
    const std::string& other = book_.DrawPlace(dice).area_code;
    // Bare, own area, another area and its spellings, withdrawn, unknown, malformed.
    switch (dice->Weighted(std::array{780, 70, 70, 15, 15, 15, 10, 8, 4, 13})) {
      case 0:
        return number;
      case 1:
        return home.area_code + number;
      case 2:
        return other + number;
      case 3:
        return other + " " + number;
      case 4:
        return "+" + book_.country_code() + other.substr(1) + number;
      case 5:
        return other + "-" + number;
      case 6:
        return "00" + book_.country_code() + other.substr(1) + number;
      case 7:
        return std::string(book_.DrawWithdrawn(dice)) + number;
      case 8:
        return "0999" + number.substr(1) + "0";
      default:
        return dice->Percent(50) ? number.substr(0, 4) : number + "#9";
    }
  }

  static void DrawCall(Dice* dice, CallPlan* plan) {
    constexpr std::array kMenus = {MenuPlan::kChoose, MenuPlan::kDefault, MenuPlan::kHangUp};
    plan->menu = kMenus[dice->Weighted(std::array{70, 24, 6})];
    plan->menu_entry = static_cast<int>(dice->Below(40));
    constexpr std::array kRings = {RingPlan::kAnswered, RingPlan::kBusy, RingPlan::kNoAnswer,
                                   RingPlan::kAbandoned, RingPlan::kLost};
    plan->ring = kRings[dice->Weighted(std::array{800, 90, 55, 50, 5})];
    plan->ring_ms = plan->ring == RingPlan::kNoAnswer ? 45'000 : dice->Between(2'000, 28'000);
    plan->talk_ms = dice->Between(40'000, 8 * kMinuteMs);
    plan->reports_late = dice->Percent(3);
    plan->leaves_message = dice->Percent(20);
  }

  void DrawInquiry(Dice* dice, int64_t arrived_ms, InquiryPlan* plan) {
    plan->category = dice->Pick(categories_).code();
    const Phrase& phrase = DrawPhrase(plan->category, dice);
    plan->question = phrase.question;
    plan->answer = phrase.answer;
    plan->important = dice->Percent(4);
    constexpr std::array kHandlings = {Handling::kOnTheSpot, Handling::kRegistered,
                                       Handling::kAdvised};
    plan->handling = kHandlings[dice->Weighted(std::array{70, 20, 10})];
    if (dice->Percent(6)) plan->opened_as = dice->Pick(categories_).code();
    plan->noted = dice->Percent(12);
    if (plan->handling == Handling::kAdvised) {
      plan->outcome = events::v1::CLOSE_OUTCOME_ADVISED_ELSEWHERE;
    }
    if (plan->handling == Handling::kRegistered) {
      plan->urgent = dice->Percent(15);
      plan->solvable = dice->Percent(90);
      if (!plan->solvable) plan->outcome = events::v1::CLOSE_OUTCOME_NOT_SOLVABLE;
      plan->close_at_ms = DrawClosing(dice, arrived_ms);
    }
    if (dice->Percent(4)) {
      plan->reopen_after_ms = dice->Between(30 * kMinuteMs, 26 * kHourMs);
      plan->closed_again = dice->Percent(60);
    }
  }

  // The same day, the next day, after several days, too late, never.
  int64_t DrawClosing(Dice* dice, int64_t arrived_ms) {
    const auto on_day = [&](int64_t days) {
      return midnight_ms_ + days * 24 * kHourMs + 9 * kHourMs + dice->Below(8 * kHourMs);
    };
    switch (dice->Weighted(std::array{35, 30, 15, 12, 8})) {
      case 0:
        return arrived_ms + dice->Between(20 * kMinuteMs, 3 * kHourMs);
      case 1:
        return on_day(1);
      case 2:
        return on_day(2);
      case 3:
        return on_day(13);
      default:
        return 0;
    }
  }

  static void DrawProbe(Dice* dice, CallPlan* plan) {
    if (!dice->Percent(9)) return;
    constexpr std::array kProbes = {Probe::kRepeat,       Probe::kReuse,      Probe::kStale,
                                    Probe::kNoReason,     Probe::kNoCategory, Probe::kNoInquiry,
                                    Probe::kBadRequestId, Probe::kRead};
    plan->probe = kProbes[dice->Weighted(std::array{30, 8, 22, 6, 6, 6, 6, 16})];
    plan->probe_after = static_cast<int>(dice->Below(7));
  }

  PhoneBook book_;
  std::vector<directory::v1::Category> categories_;
  Day day_;
  int64_t midnight_ms_;
};

}  // namespace

std::vector<CallPlan> PlanDay(const directory::v1::PackPart& pack, const Day& day) {
  Planner planner(pack, day);
  std::vector<CallPlan> plans;
  plans.reserve(static_cast<size_t>(day.calls));
  for (int64_t number = 0; number < day.calls; ++number) plans.push_back(planner.Plan(number));
  std::ranges::stable_sort(plans, {},
                           [](const CallPlan& plan) { return plan.arrival.arrived_at_ms(); });
  return plans;
}

}  // namespace tierline::load
