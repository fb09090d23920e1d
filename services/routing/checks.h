#pragma once

#include <initializer_list>
#include <optional>

#include "base/service.h"
#include "tierline/routing/v1/routing.pb.h"

// What can be wrong with a request whatever the state of the call: sizes, ranges, names. No refusal
// holds a digit of a number, for it may be a person's: the size of a text stands for it.

namespace tierline::routing {

using Refusal = std::optional<Rejection>;

Refusal Check(const v1::ReceiveCallRequest& request);
Refusal Check(const v1::ChooseMenuRequest& request);
Refusal Check(const v1::ReportCallRequest& request);
Refusal Check(const v1::DecideRouteRequest& request);

Rejection Invalid(std::string field, std::string value, std::string rule, std::string message);
// The first that refuses.
Refusal FirstOf(std::initializer_list<Refusal> refusals);

}  // namespace tierline::routing
