#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/service.h"
#include "directory/directory.h"
#include "tierline/events/v1/routing.pb.h"
#include "tierline/state/v1/state.pb.h"

// The legs of a call: the offices at which it rings, one after the other.
//
//     CallReceived, MenuChosen --> first leg --LegFailed--> the superior's, if the pack overflows
//                                            --CallTransferred--> another office's
//
// A call rings at no office twice, so there is an end to it.

namespace tierline::routing {

// The leg that rings or talks now; null when none does: a menu is played, or the voice.
const state::v1::CallLeg* CurrentLeg(const state::v1::CallState& call);

bool HasRungAt(const state::v1::CallState& call, std::string_view office);

// True when the switch has reported `kind`, in whatever order.
bool Reported(const state::v1::CallState& call, events::v1::CallReportKind kind);

// Where the call rings after the current leg failed: the nearest superior of that office whose line
// is open, if it is at work and the pack lets calls overflow. By the instant of the call's arrival,
// like the decision itself.
std::optional<events::v1::Decision> Overflow(const state::v1::CallState& call,
                                             const directory::Directory& directory);

// What was decided at the arrival and by the choice in the menu, before the call rang at any other
// office than the first.
events::v1::Decision FirstDecision(const state::v1::CallState& call,
                                   const directory::Directory& directory);

// What was decided by the report of number `sequence`, of a leg that failed: where the call rang
// next, whatever has become of it since, so that a retry is answered like the report itself
// . Nothing when it went nowhere. `directory` may be null: then only where the call still
// is there.
std::optional<events::v1::Decision> NextAfter(const state::v1::CallState& call, int32_t sequence,
                                              const directory::Directory* directory);

// What was decided by the last of the legs that failed and went on; the call's decision when none
// did.
events::v1::Decision LastOverflow(const state::v1::CallState& call,
                                  const directory::Directory& directory);

// Nobody took the call, and it rings nowhere any more: the caller is to be told so.
bool IsLeftUnanswered(const state::v1::CallState& call);

// Where the call rings when it is transferred to `office` at `at_ms`, in whose working time that
// must be; or why it can not be.
std::variant<events::v1::Decision, Rejection> Transfer(const state::v1::CallState& call,
                                                       const std::string& office, int64_t at_ms,
                                                       const directory::Directory& directory);

// The leg that failed first among those of which the superior was not told; -1 when there is none.
int LegToAlarm(const state::v1::CallState& call);

// Adds the leg that `decision` starts, if it rings; null if it does not.
state::v1::CallLeg* StartLeg(const events::v1::Decision& decision, events::v1::CallLegCause cause,
                             state::v1::CallState* call);

// Notes that the last leg at `office` failed. False when it had failed before, or there is none.
bool FailLeg(std::string_view office, events::v1::CallReportKind kind, int64_t at_ms,
             state::v1::CallState* call);

}  // namespace tierline::routing
