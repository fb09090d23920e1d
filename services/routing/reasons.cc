#include "routing/reasons.h"

#include "absl/strings/str_replace.h"
#include "base/text.h"

namespace tierline::routing {
namespace {

using namespace events::v1;  // the names of the reasons

constexpr ReasonText kTexts[] = {
    {ROUTE_REASON_UNSPECIFIED, "", "原因不明。", "The reason is not known to this version."},
    {ROUTE_REASON_OWN_LOCALITY, "R-101", "直接拨打{number}，按来电人所在地区接听，属本地通话。",
     "{number} was dialled without an area code: the caller's own area answers, at the price of a "
     "local call."},
    {ROUTE_REASON_AREA_CODE_WINS, "R-102", "加拨了区号，由该区号所在地区接听，与来电号码无关。",
     "An area code was dialled: that area answers, whoever calls."},
    {ROUTE_REASON_OWN_AREA_DIALLED, "R-102", "所拨区号就是来电人本地区号，与不加拨区号相同。",
     "The area code dialled is the caller's own: the same office answers as without it."},
    {ROUTE_REASON_NATIONAL_ENTRY, "R-103",
     "此区号默认由{intended}接听，也可按键选择当地的组织部门。",
     "In this area {intended} answers, unless the caller chooses an office of the city."},
    {ROUTE_REASON_MUNICIPALITY, "R-104", "{locality}是直辖市，先由市级单位接听，可按键选择区县。",
     "{locality} is a municipality: its own office answers first; its districts can be chosen."},
    {ROUTE_REASON_PROVINCIAL_SEAT, "R-105",
     "{locality}是省会，可按键选择省、市或县级单位；不选择时由{intended}接听。",
     "{locality} is a provincial seat: province, city or county can be chosen; without a choice "
     "{intended} answers."},
    {ROUTE_REASON_PREFECTURE, "R-106",
     "{locality}由市（州、盟）级单位接听；有所属县级单位的，可按键选择。",
     "In {locality} the prefecture's office answers; counties below it, if any, can be chosen."},
    {ROUTE_REASON_COUNTY_UNDER_PROVINCE, "R-107", "{locality}由省直接管辖，自成一个地区。",
     "{locality} is directly under its province and an area of its own."},
    {ROUTE_REASON_EXCHANGE_DECIDES, "R-108",
     "区号{area}由几个地区共用，按来电号码的局号判定为{locality}。",
     "Several places share area code {area}; the first digits of the caller's number belong to "
     "{locality}."},
    {ROUTE_REASON_MOBILE_DECIDES_IN_SHARED_AREA, "R-108",
     "区号{area}由几个地区共用，按手机号码归属判定为{locality}。",
     "Several places share area code {area}; the caller's mobile number belongs to {locality}."},
    {ROUTE_REASON_SHARED_AREA_MENU, "R-108",
     "此区号由几个地区共用，号码不能判定是哪一个，由来电人按键选择。",
     "Several places share this area code and the number does not tell which: the caller chooses "
     "from a menu."},
    {ROUTE_REASON_MOBILE_HOME, "R-109", "来电是手机，按号码归属地{locality}接听。",
     "The caller uses a mobile: the home of its number, {locality}, answers."},
    {ROUTE_REASON_NETWORK_LOCATION, "R-109", "来电是手机，按网络提供的所在位置接听。",
     "The caller uses a mobile: the place where the network sees it answers."},
    {ROUTE_REASON_UNMAPPED_MOBILE, "R-109", "手机号段未登记归属地，已记录为未知号段。",
     "The home of this range of mobile numbers is not in the number plan; recorded as unmapped."},
    {ROUTE_REASON_CALLER_WITHHELD, "R-110", "来电没有显示号码。",
     "The caller's number is withheld."},
    {ROUTE_REASON_CALLER_FOREIGN, "R-110", "来电是境外号码。",
     "The caller's number is a foreign one."},
    {ROUTE_REASON_CALLER_SHORT, "R-110", "来电是服务号码或短号，没有所属地区。",
     "The caller's number is a service or short number, which belongs to no area."},
    {ROUTE_REASON_TRUNK_AREA, "R-110", "按来电接入的中继所在地区处理。",
     "The area of the trunk on which the call came in answers."},
    {ROUTE_REASON_NATIONAL_AREA, "R-110", "无从判断来电地区，按全国总入口处理。",
     "Nothing tells where the call comes from: it enters as in the national area."},
    {ROUTE_REASON_DIALLED_MALFORMED, "R-111", "所拨号码不是{number}的任何一种拨打方式，不予接通。",
     "What was dialled is none of the forms of {number}: the call is rejected."},
    {ROUTE_REASON_CALLER_MALFORMED, "R-110", "来电号码无法识别所属地区。",
     "The caller's number can not be read as one of any area."},
    {ROUTE_REASON_AREA_CODE_UNKNOWN, "R-111", "该区号不在号码计划中。",
     "The area code is not in the number plan."},
    {ROUTE_REASON_AREA_CODE_WITHDRAWN, "R-112", "该区号已停用，按现在所属的地区接听。",
     "This area code was withdrawn: the place that it belonged to answers."},
    {ROUTE_REASON_WORKING_TIME, "R-113", "{served}正在工作时间内，由专人接听。",
     "It is working time at {served}: a person answers."},
    {ROUTE_REASON_AFTER_HOURS, "R-113", "{served}不在工作时间内，由自动语音接听，可以留言。",
     "It is not working time at {served}: the automated voice answers, and a message can be left."},
    {ROUTE_REASON_LINE_OPEN, "R-115", "{intended}的电话已开通。",
     "The line of {intended} is open."},
    {ROUTE_REASON_LINE_NOT_OPEN, "R-115", "{intended}的电话没有开通。",
     "The line of {intended} is not open."},
    {ROUTE_REASON_SERVED_BY_ANCESTOR, "R-115",
     "由最近的已开通的上级{served}代为接听，并告知来电人。",
     "The nearest superior whose line is open, {served}, takes the call; the caller is told."},
    {ROUTE_REASON_NOBODY_OPEN, "R-115", "各级上级的电话都没有开通，由自动语音接听。",
     "No superior's line is open either: the automated voice answers."},
    {ROUTE_REASON_MENU_CHOICE, "R-116", "来电人按键选择了{intended}。",
     "The caller chose {intended} from the menu."},
    {ROUTE_REASON_MENU_DEFAULT, "R-116", "来电人没有选择，接入默认单位{intended}。",
     "The caller chose nothing: the default, {intended}, is taken."},
    {ROUTE_REASON_NO_PLAN_IN_FORCE, "R-112", "来电时还没有生效的号码计划，按最早的一份处理。",
     "No number plan was in force yet when the call arrived: the first one decides."},
    {ROUTE_REASON_OVERFLOW, "R-117", "所拨单位占线或无人接听，按规定由上级{served}接听。",
     "The line before was busy or did not answer; as the pack says, the superior {served} takes "
     "the "
     "call."},
    {ROUTE_REASON_TRANSFERRED, "R-118", "来电已转接到{intended}。",
     "The call was transferred to {intended}."},
};

std::string NameOf(std::string_view code, const directory::Directory& directory) {
  const auto office = directory.offices().Find(code);
  return office == directory::kNoOffice ? std::string(code) : directory.offices()[office].name;
}

std::string AreaOf(std::string_view locality, const directory::Directory& directory) {
  const auto office = directory.offices().Find(locality);
  if (office == directory::kNoOffice || !directory.plan().IsLocality(office)) return "";
  return directory.plan()[directory.plan().AreaOf(office)].code;
}

}  // namespace

const ReasonText& TextOf(RouteReason reason) {
  for (const ReasonText& text : kTexts) {
    if (text.reason == reason) return text;
  }
  return kTexts[0];
}

base::v1::Text FillIn(std::string_view zh, std::string_view en, const Decision& decision,
                      const directory::Directory& directory) {
  const std::vector<std::pair<const absl::string_view, std::string>> names = {
      {"{intended}", NameOf(decision.intended_office(), directory)},
      {"{served}", NameOf(decision.served_office().empty() ? decision.intended_office()
                                                           : decision.served_office(),
                          directory)},
      {"{locality}", NameOf(decision.locality(), directory)},
      {"{area}", AreaOf(decision.locality(), directory)},
      {"{menu_area}", decision.menu_area()},
      {"{number}", directory.hotline().number()}};
  base::v1::Text text;
  text.set_zh(absl::StrReplaceAll(ToAbsl(zh), names));
  text.set_en(absl::StrReplaceAll(ToAbsl(en), names));
  return text;
}

std::vector<v1::Step> Explain(const Decision& decision, const directory::Directory& directory) {
  std::vector<v1::Step> steps;
  for (const int reason : decision.reasons()) {
    const ReasonText& text = TextOf(static_cast<RouteReason>(reason));
    v1::Step& step = steps.emplace_back();
    step.set_rule(std::string(text.rule));
    step.set_applied(true);
    *step.mutable_text() = FillIn(text.zh, text.en, decision, directory);
  }
  return steps;
}

}  // namespace tierline::routing
