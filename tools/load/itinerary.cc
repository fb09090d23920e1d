#include "tools/load/itinerary.h"

#include <algorithm>

namespace tierline::load {
namespace {

using events::v1::Decision;

constexpr int64_t kMenuMs = 20'000;    // until the caller has chosen
constexpr int64_t kSetupMs = 2'000;    // from the decision to the first ring
constexpr int64_t kPromptMs = 30'000;  // automated voice
constexpr int64_t kLateMs = 5'000;

class Itinerary {
 public:
  void Add(int64_t at_ms, Action action) { stops_.push_back({at_ms, action, at_ms}); }

  void Report(int64_t at_ms, Action action) {
    stops_.push_back({at_ms, action, at_ms, ++reports_});
  }

  // Its first report comes after its last one.
  void DelayFirstReport() {
    const auto first = std::ranges::find(stops_, 1, &Stop::sequence);
    const auto last = std::ranges::find(stops_, reports_, &Stop::sequence);
    if (first != last) first->at_ms = last->at_ms + kLateMs;
  }

  void AddInquiry(const InquiryPlan& plan, int64_t opened_ms, int64_t talk_ms) {
    Add(opened_ms, Action::kOpen);
    if (!plan.opened_as.empty()) Add(opened_ms + talk_ms / 4, Action::kClassify);
    if (plan.noted) Add(opened_ms + talk_ms / 3, Action::kNote);
    int64_t closed_ms = opened_ms + talk_ms / 2;
    switch (plan.handling) {
      case Handling::kOnTheSpot:
        Add(closed_ms, Action::kAnswer);
        break;
      case Handling::kAdvised:
        Add(closed_ms, Action::kClose);
        break;
      case Handling::kRegistered:
        Add(closed_ms, Action::kRegister);
        if (plan.close_at_ms == 0) return;
        closed_ms = std::max(plan.close_at_ms, opened_ms + talk_ms);
        Add(closed_ms, Action::kClose);
        break;
    }
    if (plan.reopen_after_ms == 0) return;
    Add(closed_ms + plan.reopen_after_ms, Action::kReopen);
    if (plan.closed_again) Add(closed_ms + 2 * plan.reopen_after_ms, Action::kCloseAgain);
  }

  void AddRinging(const CallPlan& plan, int64_t from_ms) {
    const int64_t rung_ms = from_ms + plan.ring_ms;
    if (plan.ring == RingPlan::kBusy) return Report(from_ms, Action::kEnded);
    Report(from_ms, Action::kOffered);
    if (plan.ring == RingPlan::kLost) return;
    if (plan.ring != RingPlan::kAnswered) return Report(rung_ms, Action::kEnded);
    Report(rung_ms, Action::kTalking);
    Report(rung_ms + plan.talk_ms, Action::kEnded);
    AddInquiry(plan.inquiry, rung_ms + 1'000, plan.talk_ms - 2'000);
  }

  std::vector<Stop> ByTime() && {
    std::ranges::stable_sort(stops_, {}, &Stop::at_ms);
    return std::move(stops_);
  }

 private:
  std::vector<Stop> stops_;
  int reports_ = 0;
};

}  // namespace

std::vector<Stop> StopsAfter(const CallPlan& plan, const Decision& decision) {
  Itinerary itinerary;
  const int64_t decided_ms =
      plan.arrival.arrived_at_ms() + (decision.menu_area().empty() ? 0 : kMenuMs);
  switch (decision.action()) {
    case events::v1::ROUTE_ACTION_MENU:
      if (plan.menu == MenuPlan::kHangUp) {
        itinerary.Report(decided_ms, Action::kEnded);
      } else {
        itinerary.Add(decided_ms, Action::kChoose);
      }
      break;
    case events::v1::ROUTE_ACTION_RING:
      itinerary.AddRinging(plan, decided_ms + kSetupMs);
      if (plan.reports_late) itinerary.DelayFirstReport();
      break;
    case events::v1::ROUTE_ACTION_VOICE:
      itinerary.Report(decided_ms + kPromptMs, Action::kEnded);
      if (plan.leaves_message && !decision.served_office().empty()) {
        itinerary.AddInquiry(plan.inquiry, decided_ms + 2 * kPromptMs, 2 * kPromptMs);
      }
      break;
    default:
      break;  // rejected: routing ends it
  }
  return std::move(itinerary).ByTime();
}

base::v1::Outcome OutcomeOf(const CallPlan& plan, const Decision& decision) {
  switch (decision.action()) {
    case events::v1::ROUTE_ACTION_MENU:
      return base::v1::OUTCOME_MENU_EXIT;
    case events::v1::ROUTE_ACTION_VOICE:
      return base::v1::OUTCOME_AFTER_HOURS;
    case events::v1::ROUTE_ACTION_RING:
      break;
    default:
      return base::v1::OUTCOME_ROUTE_FAILED;
  }
  switch (plan.ring) {
    case RingPlan::kAnswered:
      return base::v1::OUTCOME_ANSWERED;
    case RingPlan::kBusy:
      return base::v1::OUTCOME_BLOCKED;
    case RingPlan::kNoAnswer:
      return base::v1::OUTCOME_NO_ANSWER;
    case RingPlan::kAbandoned:
      return base::v1::OUTCOME_ABANDONED;
    case RingPlan::kLost:
      return base::v1::OUTCOME_UNKNOWN;
  }
  return base::v1::OUTCOME_UNSPECIFIED;
}

}  // namespace tierline::load
