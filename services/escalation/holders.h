#pragma once

#include <cstdint>

#include "base/service.h"

// Two clocks beside the deadlines: that of the case, which runs from the opening to the
// closing, goes on when it is reopened and is never set back; and that of whoever holds it, which
// begins anew with each holder. The holders' times sum to the time of the case.

namespace tierline::escalation {

void EvolveHolders(const Event& event, const Uuid& id, Subject* subject);

// The last holder, which owns the inquiry; null before it is opened.
const state::v1::Holder* OwnerOf(const Subject& subject);

// How long the clock of the case has run.
int64_t CaseMs(const state::v1::EscalationState& state, int64_t now_ms);
// How long `holder` has held it.
int64_t DwellMs(const state::v1::Holder& holder, int64_t now_ms);

}  // namespace tierline::escalation
