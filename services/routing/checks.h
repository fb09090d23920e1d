#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

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
Refusal Check(const v1::PressKeysRequest& request);
Refusal Check(const v1::TransferCallRequest& request);
Refusal Check(const v1::LeaveVoiceMessageRequest& request);

// The report of a leg that failed, which is an event of its own kind.
bool IsLegFailure(events::v1::CallReportKind kind);

// What a refusal says of a text that should be an office's code: the code, or the size of whatever
// else it is, for somebody may have typed a number.
std::string Echo(std::string_view office);

// A time that the server's clock, `now`, can not have reached: the switch's clock is wrong.
Refusal CheckNotAhead(std::string field, int64_t at_ms, absl::Time now, std::string rule);

// No hotline pack is in force, so nothing can be decided.
Rejection NoDirectory();
// The first that refuses.
Refusal FirstOf(std::initializer_list<Refusal> refusals);

}  // namespace tierline::routing
