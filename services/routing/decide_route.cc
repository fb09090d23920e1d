#include "routing/decide_route.h"

#include <algorithm>

#include "routing/entry.h"

namespace tierline::routing {
namespace {

using directory::Area;
using directory::AreaIndex;
using directory::Directory;
using directory::kNoArea;
using directory::kNoOffice;
using directory::OfficeIndex;
using events::v1::RouteInput;
using events::v1::RouteReason;

// Where the caller is at home, as far as the number or the network says.
struct Home {
  AreaIndex area = kNoArea;
  OfficeIndex locality = kNoOffice;  // kNoOffice: one of those that share the area
  Reasons why;
};

class Decider {
 public:
  Decider(const RouteInput& input, const Directory& directory)
      : input_(input), directory_(directory), plan_(directory.plan()) {}

  Route Decide() {
    const absl::Time at = absl::FromUnixMillis(input_.arrived_at_ms());
    route_.arrived_at_ms = input_.arrived_at_ms();
    route_.trial = directory_.IsTrial(at);
    if (at < directory_.in_force_from()) Because(events::v1::ROUTE_REASON_NO_PLAN_IN_FORCE);
    const Home home = HomeOf();
    if (input_.dialled() == events::v1::DIALLED_KIND_AREA) {
      ByDialledArea(home);
    } else if (input_.dialled() == events::v1::DIALLED_KIND_BARE) {
      ByCaller(home);
    } else {
      Because(events::v1::ROUTE_REASON_DIALLED_MALFORMED);
    }
    return route_;
  }

 private:
  void Because(RouteReason reason) { route_.reasons.Add(reason); }

  bool IsShared(AreaIndex area) const { return plan_[area].Homes().size() > 1; }
  // The one locality of an area; kNoOffice when several share it.
  OfficeIndex OnlyHome(AreaIndex area) const {
    return IsShared(area) ? kNoOffice : plan_[area].Homes().front();
  }

  Home HomeOf() const {
    if (input_.caller() == events::v1::CALLER_KIND_LANDLINE) return HomeOfLandline();
    if (input_.caller() == events::v1::CALLER_KIND_MOBILE) return HomeOfMobile();
    return {};
  }

  Home HomeOfLandline() const {
    Home home;
    home.area = plan_.FindArea(input_.caller_area());
    if (home.area == kNoArea) return home;
    home.locality = OnlyHome(home.area);
    if (home.locality != kNoOffice) return home;
    home.locality = plan_[home.area].LocalityOfExchange(input_.caller_prefix());
    if (home.locality != kNoOffice) home.why.Add(events::v1::ROUTE_REASON_EXCHANGE_DECIDES);
    return home;
  }

  Home HomeOfMobile() const {
    Home home;
    const OfficeIndex registered = LocalityOfSegment();
    if (directory_.hotline().use_network_location())
      home.area = plan_.FindArea(input_.location_area());
    if (home.area != kNoArea) {
      home.why.Add(events::v1::ROUTE_REASON_NETWORK_LOCATION);
      const auto homes = plan_[home.area].Homes();
      const bool among = std::find(homes.begin(), homes.end(), registered) != homes.end();
      home.locality = among ? registered : OnlyHome(home.area);
    } else if (registered != kNoOffice) {
      home.why.Add(events::v1::ROUTE_REASON_MOBILE_HOME);
      home.area = plan_.AreaOf(registered);
      home.locality = registered;
    }
    if (home.locality != kNoOffice && IsShared(home.area)) {
      home.why.Add(events::v1::ROUTE_REASON_MOBILE_DECIDES_IN_SHARED_AREA);
    }
    return home;
  }

  // A segment that the numbering makes shorter than a row of the plan stands for all that begin
  // with it.
  OfficeIndex LocalityOfSegment() const {
    std::array<char, 7> segment;
    segment.fill('0');
    const std::string& prefix = input_.caller_prefix();
    std::copy_n(prefix.begin(), std::min(prefix.size(), segment.size()), segment.begin());
    return plan_.LocalityOfMobile({segment.data(), segment.size()});
  }

  // Why the caller's number does not lead to a home.
  void NoteCaller(const Home& home) {
    switch (input_.caller()) {
      case events::v1::CALLER_KIND_WITHHELD:
        return Because(events::v1::ROUTE_REASON_CALLER_WITHHELD);
      case events::v1::CALLER_KIND_FOREIGN:
        return Because(events::v1::ROUTE_REASON_CALLER_FOREIGN);
      case events::v1::CALLER_KIND_SHORT:
        return Because(events::v1::ROUTE_REASON_CALLER_SHORT);
      case events::v1::CALLER_KIND_LANDLINE:
        return;
      case events::v1::CALLER_KIND_MOBILE:
        if (home.area == kNoArea) Because(events::v1::ROUTE_REASON_UNMAPPED_MOBILE);
        return;
      default:
        return Because(events::v1::ROUTE_REASON_CALLER_MALFORMED);
    }
  }

  // the area code wins over the caller's number; in one's own area it is as if it were not
  // dialled.
  void ByDialledArea(const Home& home) {
    const AreaIndex area = plan_.FindArea(input_.dialled_area());
    if (area == kNoArea) return Because(events::v1::ROUTE_REASON_AREA_CODE_UNKNOWN);
    NoteCaller(home);
    Because(events::v1::ROUTE_REASON_AREA_CODE_WINS);
    const Area& dialled = plan_[area];
    if (dialled.withdrawn()) Because(events::v1::ROUTE_REASON_AREA_CODE_WITHDRAWN);
    route_.local_call =
        home.area == area || (home.locality != kNoOffice && dialled.Serves(home.locality));
    if (!route_.local_call) {
      // Withdrawn aliases too: somebody who dials them may want to go there.
      return Enter({area, dialled.localities.size() == 1 ? dialled.localities.front() : kNoOffice});
    }
    Because(events::v1::ROUTE_REASON_OWN_AREA_DIALLED);
    route_.reasons.Add(home.why);
    Enter({area, home.locality});
  }

  // the caller's own locality, else the trunk's, else the national area.
  void ByCaller(const Home& home) {
    if (home.area != kNoArea) {
      route_.local_call = true;
      Because(events::v1::ROUTE_REASON_OWN_LOCALITY);
      route_.reasons.Add(home.why);
      return Enter({home.area, home.locality});
    }
    NoteCaller(home);
    if (input_.caller() == events::v1::CALLER_KIND_LANDLINE) {
      Because(input_.caller_area().empty() ? events::v1::ROUTE_REASON_CALLER_MALFORMED
                                           : events::v1::ROUTE_REASON_AREA_CODE_UNKNOWN);
    }
    const AreaIndex trunk = plan_.FindArea(input_.trunk_area());
    if (trunk != kNoArea) {
      route_.local_call = input_.caller() != events::v1::CALLER_KIND_FOREIGN;
      Because(events::v1::ROUTE_REASON_TRUNK_AREA);
      return Enter({trunk, OnlyHome(trunk)});
    }
    Because(events::v1::ROUTE_REASON_NATIONAL_AREA);
    Enter({directory_.national_area(), OnlyHome(directory_.national_area())});
  }

  //
  void Enter(Place place) {
    const Entry entry = EntryOf(place, directory_);
    Because(entry.reason);
    route_.locality = place.locality;
    route_.entry_reasons = static_cast<uint8_t>(route_.reasons.size());
    SendTo(entry.office, directory_, &route_);
    if (route_.action != events::v1::ROUTE_ACTION_RING || entry.choices == 0) return;
    route_.action = events::v1::ROUTE_ACTION_MENU;
    route_.menu_area = place.area;
  }

  const RouteInput& input_;
  const Directory& directory_;
  const directory::NumberPlan& plan_;
  Route route_;
};

}  // namespace

Route DecideRoute(const RouteInput& input, const Directory& directory) {
  return Decider(input, directory).Decide();
}

void SendTo(OfficeIndex office, const Directory& directory, Route* route) {
  const absl::Time at = absl::FromUnixMillis(route->arrived_at_ms);
  route->reasons.Truncate(route->entry_reasons);
  route->intended = office;
  route->served = directory.NearestOpen(office, at);
  route->trial = directory.IsTrial(at);
  route->action = events::v1::ROUTE_ACTION_VOICE;
  if (route->served == office) {
    route->reasons.Add(events::v1::ROUTE_REASON_LINE_OPEN);
  } else {
    route->reasons.Add(events::v1::ROUTE_REASON_LINE_NOT_OPEN);
    if (route->served == kNoOffice) return route->reasons.Add(events::v1::ROUTE_REASON_NOBODY_OPEN);
    route->reasons.Add(events::v1::ROUTE_REASON_SERVED_BY_ANCESTOR);
  }
  // A line that is late for the programme has its own trial.
  const auto state = directory.LineAt(route->served, at).state;
  route->trial = route->trial || state == directory::v1::LINE_STATE_TRIAL;
  // Outside the years that the calendar knows, nobody can be promised.
  if (!directory.calendar(route->served).IsWorking(at).value_or(false)) {
    return route->reasons.Add(events::v1::ROUTE_REASON_AFTER_HOURS);
  }
  route->reasons.Add(events::v1::ROUTE_REASON_WORKING_TIME);
  route->action = events::v1::ROUTE_ACTION_RING;
}

events::v1::Decision ToProto(const Route& route, const Directory& directory) {
  events::v1::Decision decision;
  FillDecision(route, directory, &decision);
  return decision;
}

void FillDecision(const Route& route, const Directory& directory, events::v1::Decision* decision) {
  const auto& offices = directory.offices();
  const auto code = [&](OfficeIndex office) {
    return office == kNoOffice ? std::string() : offices[office].code;
  };
  decision->set_action(route.action);
  decision->set_intended_office(code(route.intended));
  decision->set_served_office(code(route.served));
  decision->set_locality(code(route.locality));
  decision->set_local_call(route.local_call);
  decision->set_trial(route.trial);
  if (route.menu_area != kNoArea) decision->set_menu_area(directory.plan()[route.menu_area].code);
  if (route.served != kNoOffice) decision->set_level(offices[route.served].level);
  if (route.served != kNoOffice && route.action != events::v1::ROUTE_ACTION_VOICE) {
    const absl::Time at = absl::FromUnixMillis(route.arrived_at_ms);
    decision->set_line(std::string(directory.LineAt(route.served, at).number));
  }
  for (const RouteReason reason : route.reasons.view()) decision->add_reasons(reason);
}

}  // namespace tierline::routing
