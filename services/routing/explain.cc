#include "routing/explain.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/text.h"
#include "directory/line_steps.h"
#include "routing/decide_route.h"
#include "routing/entry.h"
#include "routing/legs.h"
#include "routing/reasons.h"
#include "routing/why_not.h"

namespace tierline::routing {
namespace {

using namespace events::v1;  // the names of the reasons
using directory::Directory;
using directory::kNoOffice;
using directory::OfficeIndex;
using events::v1::Decision;  // and not what a service decides

// In the order in which they are tried.
constexpr std::string_view kRules[] = {"R-112", "R-111", "R-110", "R-102", "R-101", "R-109",
                                       "R-108", "R-103", "R-104", "R-105", "R-106", "R-107",
                                       "R-116", "R-115", "R-114", "R-113", "R-117", "R-118"};

std::string Clock(int second_of_day) {
  return absl::StrFormat("%02d:%02d", second_of_day / 3600, second_of_day / 60 % 60);
}

// What was decided of a call, in the course of it.
struct Course {
  const Decision& first;
  const Decision& overflowed;  // by the last overflow; of no meaning when there was none
  const Decision& last;
};

class Explainer {
 public:
  Explainer(const RouteInput& input, const Course& course, const Directory& directory)
      : decision_(course.first),
        course_(course),
        directory_(directory),
        entered_(DecideRoute(input, directory)),
        why_not_{input, course.first, entered_, directory},
        at_(absl::FromUnixMillis(input.arrived_at_ms())) {}

  v1::Explanation Explain(int64_t position) {
    for (const std::string_view rule : kRules) AddSteps(rule);
    Conclude();
    AddVersions(position);
    return std::move(explanation_);
  }

 private:
  const std::string& Code(OfficeIndex office) const {
    static const std::string& none = *new std::string;
    return office == kNoOffice ? none : directory_.offices()[office].code;
  }

  bool Because(RouteReason reason) const { return why_not_.Because(reason); }

  // A menu is played, and nothing was chosen yet.
  bool MenuIsOpen() const {
    return entered_.action == ROUTE_ACTION_MENU && !Because(ROUTE_REASON_MENU_CHOICE) &&
           !Because(ROUTE_REASON_MENU_DEFAULT);
  }

  // The decision that `rule` had its part in.
  const Decision& DecisionOf(std::string_view rule) const {
    if (rule == "R-117") return course_.overflowed;
    return rule == "R-118" ? course_.last : course_.first;
  }

  v1::Step* Add(std::string_view rule, bool applied, std::string_view zh, std::string_view en) {
    v1::Step* step = explanation_.add_steps();
    step->set_rule(std::string(rule));
    step->set_applied(applied);
    *step->mutable_text() = FillIn(zh, en, DecisionOf(rule), directory_);
    return step;
  }

  void AddSteps(std::string_view rule) {
    const int before = explanation_.steps_size();
    if (rule == "R-112" && !Because(ROUTE_REASON_NO_PLAN_IN_FORCE)) {
      Add(rule, true, "按来电时生效的号码计划处理。",
          "The number plan that was in force when the call arrived decides.");
    } else if (rule == "R-114") {
      return AddDay();
    } else if (rule == "R-116" && MenuIsOpen()) {
      Add(rule, true, "正在播放区号{menu_area}的菜单；不选择时由{intended}接听。",
          "The menu of area {menu_area} is played; without a choice {intended} answers.");
    }
    AddReasons(rule);
    if (explanation_.steps_size() > before) return;
    const Sentence why = why_not_.Of(rule);
    Add(rule, false, why.zh, why.en);
  }

  // One step for each reason of the decision that belongs to `rule`; a reason may stand twice, of
  // two transfers.
  void AddReasons(std::string_view rule) {
    const bool later = rule == "R-117" || rule == "R-118";
    const auto& reasons = later ? course_.last.reasons() : course_.first.reasons();
    for (int i = 0; i < reasons.size(); ++i) {
      const auto reason = static_cast<RouteReason>(reasons[i]);
      const ReasonText& text = TextOf(reason);
      if (text.rule != rule ||
          std::find(reasons.begin(), reasons.begin() + i, reasons[i]) != reasons.begin() + i) {
        continue;
      }
      Settle(reason, Add(rule, true, text.zh, text.en));
    }
  }

  // What `reason` settles.
  void Settle(RouteReason reason, v1::Step* step) const {
    switch (reason) {
      case ROUTE_REASON_NATIONAL_ENTRY:
      case ROUTE_REASON_MUNICIPALITY:
      case ROUTE_REASON_PROVINCIAL_SEAT:
      case ROUTE_REASON_PREFECTURE:
      case ROUTE_REASON_COUNTY_UNDER_PROVINCE:
      case ROUTE_REASON_SHARED_AREA_MENU:
        return step->set_intended_office(Code(entered_.intended));
      case ROUTE_REASON_MENU_CHOICE:
      case ROUTE_REASON_MENU_DEFAULT:
        return step->set_intended_office(decision_.intended_office());
      case ROUTE_REASON_LINE_OPEN:
        return step->set_served_office(decision_.intended_office());
      case ROUTE_REASON_SERVED_BY_ANCESTOR:
        return step->set_served_office(Code(
            directory_.NearestOpen(directory_.offices().Find(decision_.intended_office()), at_)));
      case ROUTE_REASON_NOBODY_OPEN:
      case ROUTE_REASON_AFTER_HOURS:
        return step->set_action(ROUTE_ACTION_VOICE);
      case ROUTE_REASON_WORKING_TIME:
        return step->set_action(MenuIsOpen() ? ROUTE_ACTION_MENU : ROUTE_ACTION_RING);
      case ROUTE_REASON_DIALLED_MALFORMED:
        return step->set_action(ROUTE_ACTION_REJECT);
      case ROUTE_REASON_AREA_CODE_UNKNOWN:
        if (entered_.action == ROUTE_ACTION_REJECT) step->set_action(ROUTE_ACTION_REJECT);
        return;
      case ROUTE_REASON_TRANSFERRED:
        step->set_intended_office(course_.last.intended_office());
        step->set_action(ROUTE_ACTION_RING);
        return step->set_served_office(course_.last.served_office());
      case ROUTE_REASON_OVERFLOW:
        step->set_action(ROUTE_ACTION_RING);
        return step->set_served_office(course_.overflowed.served_office());
      default:
        return;  // it led to another one
    }
  }

  OfficeIndex Served() const { return directory_.offices().Find(decision_.served_office()); }

  // What day it is for the office that answers.
  void AddDay() {
    const OfficeIndex served = Served();
    if (served == kNoOffice) {
      const Sentence why = why_not_.Of("R-113");
      return (void)Add("R-114", false, why.zh, why.en);
    }
    const BusinessCalendar& calendar = directory_.calendar(served);
    const absl::CivilDay day = absl::ToCivilDay(at_, directory_.zone());
    const auto days = calendar.ExplainAddWorkingDays(absl::FromCivil(day, directory_.zone()), 0);
    if (!days.ok() || days->steps.empty()) {
      return (void)Add("R-114", false, "{served}的日历不包括这一天。",
                       "The calendar of {served} does not reach that day.");
    }
    const TimelineStep& first = days->steps.front();
    const Sentence kind = DayText(first.reason);
    const std::string name = first.name.empty() ? "" : absl::StrCat(" (", ToAbsl(first.name), ")");
    const std::string hours = absl::StrJoin(IntervalsOf(calendar, day), ", ");
    const std::string date = absl::FormatCivilTime(day);
    Add("R-114", true,
        absl::StrCat(date, ToAbsl(kind.zh), name,
                     hours.empty() ? "，{served}全天不工作。"
                                   : absl::StrCat("，{served}的工作时间是", hours, "。")),
        absl::StrCat(date, " is ", ToAbsl(kind.en), name,
                     hours.empty() ? "; {served} does not work on it."
                                   : absl::StrCat("; {served} works ", hours, ".")));
  }

  static std::vector<std::string> IntervalsOf(const BusinessCalendar& calendar,
                                              absl::CivilDay day) {
    std::vector<std::string> texts;
    const auto intervals = calendar.IntervalsOn(day);
    if (!intervals.ok()) return texts;
    for (const DayInterval& interval : *intervals)
      texts.push_back(absl::StrCat(Clock(interval.begin_s), "-", Clock(interval.end_s)));
    return texts;
  }

  void Conclude() {
    v1::Conclusion* conclusion = explanation_.mutable_conclusion();
    for (const v1::Step& step : explanation_.steps()) {
      if (step.action() != 0) conclusion->set_action(step.action());
      if (!step.intended_office().empty()) conclusion->set_intended_office(step.intended_office());
      if (!step.served_office().empty()) conclusion->set_served_office(step.served_office());
    }
    const Sentence text = ConclusionText(conclusion->action());
    *conclusion->mutable_text() = FillIn(text.zh, text.en, course_.last, directory_);
  }

  void AddVersions(int64_t position) {
    v1::Versions* versions = explanation_.mutable_versions();
    versions->set_pack_hash(directory_.pack_hash());
    versions->set_directory(position);
    if (directory_.in_force_from() != absl::InfinitePast())
      versions->set_in_force_from_ms(absl::ToUnixMillis(directory_.in_force_from()));
    if (const OfficeIndex served = Served(); served != kNoOffice) {
      const BusinessCalendar& calendar = directory_.calendar(served);
      versions->set_hours(calendar.id());
      versions->set_provisional(calendar.IsProvisional(at_));
      for (const auto& text : IntervalsOf(calendar, absl::ToCivilDay(at_, directory_.zone())))
        versions->add_intervals(text);
    }
    const OfficeIndex intended = directory_.offices().Find(decision_.intended_office());
    if (intended == kNoOffice) return;
    const directory::LineView line = directory_.LineAt(intended, at_);
    versions->set_line_open(directory::Serves(line.state));
    versions->set_line_state(line.state);
    if (line.since_ms != directory::kAlwaysMs) versions->set_line_since_ms(line.since_ms);
  }

  const Decision& decision_;  // the first of the course
  const Course course_;
  const Directory& directory_;
  const Route entered_;
  const WhyNot why_not_;
  const absl::Time at_;
  v1::Explanation explanation_;
};

}  // namespace

v1::Explanation ExplainRoute(const RouteInput& input, const Decision& decision, int64_t position,
                             const Directory& directory) {
  return Explainer(input, {decision, decision, decision}, directory).Explain(position);
}

v1::Explanation ExplainCall(const state::v1::CallState& call, const Directory& directory) {
  const Decision first = FirstDecision(call, directory);
  const Decision overflowed = LastOverflow(call, directory);
  return Explainer(call.input(), {first, overflowed, call.decision()}, directory)
      .Explain(call.directory());
}

}  // namespace tierline::routing
