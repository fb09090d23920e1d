#pragma once

#include <string_view>

#include "base/calendar_rules.h"
#include "directory/directory.h"
#include "routing/decide_route.h"
#include "tierline/events/v1/routing.pb.h"

// The sentences of an explanation that stand beside those of reasons.h, with the same words to be
// filled in.

namespace tierline::routing {

struct Sentence {
  std::string_view zh;
  std::string_view en;
};

// Why a rule did not apply to a call of which no reason names it.
struct WhyNot {
  const events::v1::RouteInput& input;
  const events::v1::Decision& decision;
  const Route& entered;  // before any choice
  const directory::Directory& directory;

  Sentence Of(std::string_view rule) const;
  bool Because(events::v1::RouteReason reason) const;

 private:
  Sentence OfCaller(std::string_view rule) const;
  Sentence OfEntry(std::string_view rule) const;
};

// "is a make-up workday", of a day of the office that answers.
Sentence DayText(DayReason reason);

// What a call comes to.
Sentence ConclusionText(events::v1::RouteAction action);

}  // namespace tierline::routing
