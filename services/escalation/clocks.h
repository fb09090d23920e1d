#pragma once

#include <optional>

#include "base/service.h"

// The clocks of one inquiry: that of the limit, and that of the call-back beside it.
//
//   InquiryRegistered, InquiryReopened
//       --owes--> set_deadline --> DeadlineSet     or declined: the policy has no limit
//   DeadlineSet, DeadlineRecomputed
//       --owes--> warn at warn_at --> DeadlineWarned
//       --owes--> miss at due_at --> DeadlineMissed
//       --owes, standing--> recompute --> DeadlineRecomputed, once the directory says otherwise
//   InquiryTakenOver
//       --owes--> carry_over --> DeadlineRecomputed for the new owner
//   InquiryClosed, InquiryAnswered
//       --owes--> settle --> DeadlineMet           or declined: none ran, or it was missed
//   VoiceMessageLeft
//       --owes--> set_callback --> DeadlineSet, with miss_callback and recompute_callback
//   CallbackMade that reached the caller, InquiryClosed, InquiryAnswered
//       --owes--> settle_callback --> DeadlineMet

namespace tierline::escalation {

// The clock that still runs, the inquiry's own or the call-back's, or null.
const state::v1::Deadline* Running(const Subject& subject, bool callback = false);

// Applies what concerns the clocks of `event`, own or of another service.
void EvolveClocks(const Event& event, const Uuid& id, Subject* subject);

// Acts on an obligation of a clock; nothing when it is of something else.
std::optional<Event> ReactOfClock(const Subject& subject, const Obligation& obligation,
                                  const Context& context);

}  // namespace tierline::escalation
