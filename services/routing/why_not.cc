#include "routing/why_not.h"

#include <algorithm>

namespace tierline::routing {
namespace {

constexpr Sentence kRejected = {"来电没有进入任何地区。", "The call entered no area."};

}  // namespace

bool WhyNot::Because(events::v1::RouteReason reason) const {
  const auto& reasons = decision.reasons();
  return std::find(reasons.begin(), reasons.end(), reason) != reasons.end();
}

Sentence WhyNot::Of(std::string_view rule) const {
  if (rule == "R-117")
    return {"没有因占线或无人接听而转到上级。", "The call did not overflow to a superior."};
  if (rule == "R-118") return {"来电没有转接。", "The call was not transferred."};
  if (rule == "R-102" && input.dialled() == events::v1::DIALLED_KIND_BARE)
    return {"没有加拨区号。", "No area code was dialled."};
  if (rule == "R-111" && entered.action != events::v1::ROUTE_ACTION_REJECT)
    return {
        "所拨号码是{number}的一种拨打方式，区号（如有）在号码计划中。",
        "What was dialled is a form of {number}; its area code, if any, is in the number plan."};
  if (entered.action == events::v1::ROUTE_ACTION_REJECT) return kRejected;
  if (rule == "R-101" || rule == "R-109" || rule == "R-110") return OfCaller(rule);
  if (rule != "R-116") return OfEntry(rule);
  if (entered.action == events::v1::ROUTE_ACTION_VOICE)
    return {"由自动语音接听，不播放菜单。", "The automated voice answers: no menu is played."};
  return {"{locality}只有一个单位，不播放菜单。", "{locality} has one office: no menu is played."};
}

Sentence WhyNot::OfCaller(std::string_view rule) const {
  const bool area = input.dialled() == events::v1::DIALLED_KIND_AREA;
  if (rule == "R-101") {
    if (area)
      return {"加拨了区号，不按来电人所在地区处理。",
              "An area code was dialled: the caller's own area does not decide."};
    return {"来电号码不能说明来电人在哪个地区。",
            "The caller's number does not tell which area is his."};
  }
  if (rule == "R-110") return {"来电号码可以识别。", "The caller's number can be read."};
  if (input.caller() != events::v1::CALLER_KIND_MOBILE)
    return {"来电不是手机。", "The caller does not use a mobile."};
  return {"拨的是别的地区的区号，手机归属不起作用。",
          "Another area's code was dialled: the home of the mobile number does not decide."};
}

Sentence WhyNot::OfEntry(std::string_view rule) const {
  if (rule == "R-108")
    return {"不需要区分共用同一区号的地区。",
            "There was no need to tell apart places that share an area code."};
  if (rule == "R-103")
    return {"进入的不是全国总入口的地区。", "The area entered is not the national one."};
  if (Because(events::v1::ROUTE_REASON_NATIONAL_ENTRY))
    return {"全国总入口的地区另有规定（R-103）。",
            "The national area has a rule of its own (R-103)."};
  if (decision.locality().empty())
    return {"是哪个地区，还要由来电人选择。", "Which place it is, the caller has yet to choose."};
  if (rule == "R-104") return {"{locality}不是直辖市。", "{locality} is no municipality."};
  if (rule == "R-105") return {"{locality}不是省会。", "{locality} is no provincial seat."};
  if (rule == "R-106")
    return {"{locality}不是省会以外的市（州、盟）。",
            "{locality} is no prefecture, or it is a provincial seat."};
  if (rule == "R-107")
    return {"{locality}不是由省直接管辖的县级单位。",
            "{locality} is no county directly under a province."};
  return kRejected;
}

Sentence DayText(DayReason reason) {
  switch (reason) {
    case DayReason::kWeekday:
      return {"是普通工作日", "an ordinary working day"};
    case DayReason::kRestDay:
      return {"是休息日", "a rest day"};
    case DayReason::kSeason:
      return {"按季节作息时间", "a day of the season's hours"};
    case DayReason::kHoliday:
      return {"是节假日", "a holiday"};
    case DayReason::kMakeUpWorkday:
      return {"是调休上班日", "a make-up workday"};
    case DayReason::kOwnHours:
      return {"按该单位自定的时间", "a day with hours of the office's own"};
  }
  return {"", ""};
}

Sentence ConclusionText(events::v1::RouteAction action) {
  switch (action) {
    case events::v1::ROUTE_ACTION_RING:
      return {"结论：由{served}的专人接听。", "So a person at {served} answers."};
    case events::v1::ROUTE_ACTION_MENU:
      return {"结论：播放区号{menu_area}的菜单，不选择时由{served}接听。",
              "So the menu of area {menu_area} is played; without a choice {served} answers."};
    case events::v1::ROUTE_ACTION_VOICE:
      return {"结论：由自动语音接听，可以给{served}留言。",
              "So the automated voice answers, and a message can be left for {served}."};
    case events::v1::ROUTE_ACTION_REJECT:
      return {"结论：不予接通。", "So the call is rejected."};
    default:
      return {"", ""};
  }
}

}  // namespace tierline::routing
