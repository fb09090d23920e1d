#pragma once

#include <optional>

#include "base/service.h"
#include "tierline/escalation/v1/escalation.pb.h"

// What is urgent is reported up, level by level, by the wall clock and no calendar.
//
//   InquiryRegistered, InquiryReopened, InquiryClassified as urgent
//       --owes--> report_urgent --> UrgentReported to the owner's superior
//   UrgentReported with a limit
//       --owes--> climb_urgent at the limit --> UrgentReported to the next level, past the silence
//   UrgentAcknowledged in time by the level that was told last
//       --owes--> pass_urgent --> UrgentReported to the next level, or declined: it is the root
//
// The silence of the root goes to its leader. A level that was skipped may still acknowledge. What
// is no longer urgent, or resolved, climbs no further; what was told stays told.

namespace tierline::escalation {

Decision Decide(const Subject& subject, const v1::AcknowledgeUrgentRequest& request,
                const Context& context);

void EvolveUrgent(const Event& event, const Uuid& id, Subject* subject);

// Acts on an obligation of the chain; nothing when it is of something else.
std::optional<Event> ReactOfUrgent(const Subject& subject, const Obligation& obligation,
                                   const Context& context);

}  // namespace tierline::escalation
