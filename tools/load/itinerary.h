#pragma once

#include <cstdint>
#include <vector>

#include "tierline/base/v1/base.pb.h"
#include "tierline/events/v1/routing.pb.h"
#include "tools/load/call_plan.h"

namespace tierline::load {

// One thing that happens in the life of a call and of the inquiry that comes from it.
enum class Action {
  kReceive,
  kChoose,
  kOffered,
  kTalking,
  kEnded,
  kOpen,
  kClassify,
  kNote,
  kAnswer,
  kRegister,
  kClose,
  kReopen,
  kCloseAgain,
};

struct Stop {
  int64_t at_ms;  // virtual: when the platform is told
  Action action;
  int64_t switch_ms;  // when it happened, by the switch's clock
  int sequence = 0;   // of a report
};

// What follows once it is decided where the call goes, by time. Pure.
std::vector<Stop> StopsAfter(const CallPlan& plan, const events::v1::Decision& decision);

// The outcome that the call must end with.
base::v1::Outcome OutcomeOf(const CallPlan& plan, const events::v1::Decision& decision);

}  // namespace tierline::load
