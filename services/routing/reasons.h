#pragma once

#include <string_view>
#include <vector>

#include "directory/directory.h"
#include "tierline/events/v1/routing.pb.h"
#include "tierline/routing/v1/routing.pb.h"

namespace tierline::routing {

// The rule that a reason belongs to and the sentence that says so to a clerk. Filled in:
// {intended}, {served}, {locality}, {area} (its area code), {menu_area}, {number} (the short
// number).
struct ReasonText {
  events::v1::RouteReason reason;
  std::string_view rule;
  std::string_view zh;
  std::string_view en;
};

// Of the first entry, which names no rule, for a value that is not known here.
const ReasonText& TextOf(events::v1::RouteReason reason);

// A sentence with the names of `decision` filled in.
base::v1::Text FillIn(std::string_view zh, std::string_view en,
                      const events::v1::Decision& decision, const directory::Directory& directory);

// Why `decision` is as it is, one step for each of its reasons, in order.
std::vector<v1::Step> Explain(const events::v1::Decision& decision,
                              const directory::Directory& directory);

}  // namespace tierline::routing
