// Laws of routing over drawn calls of the national pack.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>  // needs gtest before it

#include "routing/menu.h"
#include "tests/routing/directories.h"

namespace tierline::routing {
namespace {

using directory::AreaIndex;
using testing::National;

std::string DrawDigits(size_t count) {
  const auto digits = *rc::gen::container<std::string>(
      count, rc::gen::inRange<char>('0', static_cast<char>('9' + 1)));
  return digits;
}

std::string DrawArea() {
  const size_t areas = National().plan().areas();
  return National().plan()[static_cast<AreaIndex>(*rc::gen::inRange<size_t>(0, areas))].code;
}

std::string DrawLandline(const std::string& area) {
  return area + *rc::gen::element<std::string>("2", "3", "5", "6", "8") + DrawDigits(7);
}

std::string DrawMobile() {
  return *rc::gen::element<std::string>("130", "135", "159", "177", "189", "172") + DrawDigits(8);
}

std::string DrawCaller() {
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return DrawLandline(DrawArea());
    case 1:
      return DrawMobile();
    case 2:
      return *rc::gen::element<std::string>("", "anonymous", "+85223456789", "95588", "x1");
    default:
      return DrawDigits(*rc::gen::inRange<size_t>(1, 20));
  }
}

int64_t DrawArrival() {
  const int64_t from = testing::Ms("2009-02-20 00:00:00");
  return from + *rc::gen::inRange<int64_t>(0, int64_t{300} * 86'400'000);
}

v1::CallArrival DrawCall() {
  v1::CallArrival call;
  call.set_caller(DrawCaller());
  call.set_dialled(*rc::gen::element<std::string>("12371", DrawArea() + "12371"));
  call.set_trunk_area(*rc::gen::element<std::string>("", DrawArea()));
  call.set_arrived_at_ms(DrawArrival());
  return call;
}

std::string Place(const events::v1::Decision& decision) {
  return decision.intended_office() + " " + decision.served_office() + " " + decision.locality();
}

//
RC_GTEST_PROP(Routing, TheAreaCodeWins, ()) {
  v1::CallArrival call = DrawCall();
  const std::string area = DrawArea();
  call.set_dialled(area + "12371");
  const auto decision = testing::DecisionOf(call);
  const auto& plan = National().plan();
  const directory::Area& dialled = plan[plan.FindArea(area)];
  if (decision.locality().empty()) {
    RC_ASSERT(dialled.localities.size() > 1);
  } else {
    RC_ASSERT(dialled.Serves(National().offices().Find(decision.locality())));
  }
}

// whoever calls from elsewhere gets what a withheld caller gets.
RC_GTEST_PROP(Routing, OutsidersOfAnAreaAreTreatedAlike, ()) {
  v1::CallArrival call = DrawCall();
  call.set_dialled(DrawArea() + "12371");
  const auto decision = testing::DecisionOf(call);
  RC_PRE(!decision.local_call());
  call.set_caller("");
  RC_ASSERT(Place(testing::DecisionOf(call)) == Place(decision));
}

// in one's own area the area code changes nothing.
RC_GTEST_PROP(Routing, BareAndPrefixedGiveTheSameOfficeInOnesOwnArea, ()) {
  const std::string area = DrawArea();
  v1::CallArrival call = DrawCall();
  call.set_caller(DrawLandline(area));
  call.set_dialled("12371");
  const auto bare = testing::DecisionOf(call);
  call.set_dialled(area + "12371");
  const auto prefixed = testing::DecisionOf(call);
  RC_ASSERT(bare.local_call() && prefixed.local_call());
  RC_ASSERT(Place(bare) == Place(prefixed));
  RC_ASSERT(bare.action() == prefixed.action());
  RC_ASSERT(bare.menu_area() == prefixed.menu_area());
}

RC_GTEST_PROP(Routing, BareAndPrefixedGiveTheSameOfficeToAMobileAtHome, ()) {
  v1::CallArrival call = DrawCall();
  call.set_caller(DrawMobile());
  call.set_dialled("12371");
  const Route bare = testing::RouteOf(call);
  RC_PRE(bare.local_call && bare.locality != directory::kNoOffice && call.trunk_area().empty());
  const auto& plan = National().plan();
  call.set_dialled(plan[plan.AreaOf(bare.locality)].code + "12371");
  const auto prefixed = testing::DecisionOf(call);
  RC_ASSERT(prefixed.local_call());
  RC_ASSERT(Place(prefixed) == Place(ToProto(bare, National())));
}

// The form of a number is not part of the decision, nor is what of it is not in the plan.
RC_GTEST_PROP(Routing, NothingButTheInputsMatters, ()) {
  v1::CallArrival call = DrawCall();
  call.set_caller(DrawMobile());
  const std::string before = testing::DecisionOf(call).SerializeAsString();
  v1::CallArrival other = call;
  other.set_caller("+86 " + call.caller().substr(0, 7) + "-" + DrawDigits(4));
  other.set_location_area(DrawArea());
  RC_ASSERT(testing::DecisionOf(other).SerializeAsString() == before);
}

// The logged input alone gives the decision again.
RC_GTEST_PROP(Routing, DecisionsAreDerivedAgainFromTheLog, ()) {
  const v1::CallArrival call = DrawCall();
  const events::v1::RouteInput input = MakeInput(call, 0, National());
  const auto decision = ToProto(DecideRoute(input, National()), National());
  events::v1::RouteInput logged;
  RC_ASSERT(logged.ParseFromString(input.SerializeAsString()));
  RC_ASSERT(ToProto(DecideRoute(logged, National()), National()).SerializeAsString() ==
            decision.SerializeAsString());
}

// R-110, and of any other number no more than the plan needs.
RC_GTEST_PROP(Routing, TheInputNamesNobody, ()) {
  const std::string area = DrawArea();
  const std::string landline = DrawLandline(area);
  const std::string mobile = DrawMobile();
  v1::CallArrival call = DrawCall();
  call.set_caller(landline);
  RC_ASSERT(MakeInput(call, 0, National()).caller_prefix().size() <= 4u);
  call.set_caller(mobile);
  RC_ASSERT(MakeInput(call, 0, National()).caller_prefix().size() <= 7u);
  call.set_caller(*rc::gen::element<std::string>("", "Anonymous", "withheld", " private "));
  const events::v1::RouteInput withheld = MakeInput(call, 0, National());
  RC_ASSERT(withheld.caller() == events::v1::CALLER_KIND_WITHHELD);
  RC_ASSERT(withheld.caller_area().empty() && withheld.caller_prefix().empty() &&
            withheld.location_area().empty());
}

// Every call that is not rejected has an office that it is meant for, and whoever serves is that or
// above.
RC_GTEST_PROP(Routing, TheServingOfficeIsTheIntendedOneOrAboveIt, ()) {
  const Route route = testing::RouteOf(DrawCall());
  RC_PRE(route.action != events::v1::ROUTE_ACTION_REJECT);
  RC_ASSERT(route.intended != directory::kNoOffice);
  RC_ASSERT(route.served == directory::kNoOffice ||
            National().offices().IsInSubtree(route.intended, route.served));
}

// whatever is pressed, somebody of the area answers.
RC_GTEST_PROP(Menus, AnyKeysLeadToAnOffice, ()) {
  v1::CallArrival call = DrawCall();
  call.set_arrived_at_ms(testing::Ms(testing::kWorking));
  const Route route = testing::RouteOf(call);
  RC_PRE(route.action == events::v1::ROUTE_ACTION_MENU);
  const auto keys = *rc::gen::container<std::string>(
      rc::gen::element('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#'));
  const Route chosen = Navigate(route, keys, National());
  RC_ASSERT(chosen.action != events::v1::ROUTE_ACTION_MENU);
  RC_ASSERT(chosen.action != events::v1::ROUTE_ACTION_REJECT);
  RC_ASSERT(chosen.intended != directory::kNoOffice);
  RC_ASSERT(chosen.menu_area == route.menu_area);
}

}  // namespace
}  // namespace tierline::routing
