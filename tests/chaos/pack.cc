#include "tests/chaos/pack.h"

namespace tierline::chaos {

directory::Pack HurriedPack(directory::Pack pack) {
  pack.tables.mutable_hotline()->set_unknown_after_s(kLimitMaxS);
  for (auto& hours : *pack.tables.mutable_hours()->mutable_hours()) {
    hours.clear_intervals();
    hours.add_intervals("00:00-24:00");
    hours.clear_seasons();
    hours.clear_days();
  }
  for (auto& policy : *pack.tables.mutable_policies()) {
    policy.clear_limits();
    auto* urgent = policy.add_limits();
    urgent->set_id("urgent");
    urgent->set_urgent_only(true);
    urgent->set_wall_s(2);
    auto* supply = policy.add_limits();
    supply->set_id("supply");
    supply->add_categories("supply");
    supply->set_working_s(kLimitMaxS);
    supply->set_warn_working_s_before(kLimitMaxS / 2);
    auto* rest = policy.add_limits();
    rest->set_id("default");
    rest->set_wall_s(5);
  }
  pack.hash = directory::HashPack(pack.tables);
  pack.counts = directory::CountPack(pack.tables);
  return pack;
}

}  // namespace tierline::chaos
