#pragma once

#include <optional>

#include "base/service.h"
#include "tierline/escalation/v1/escalation.pb.h"

// Orders of superiors: complete it by a date. The owner stays the owner, its clock runs on
// by its calendar; the order has a clock of its own, by the calendar of whoever gave it.
//
//   OrderSupervision --> SupervisionOrdered           refused: not registered, not solvable, closed
//   AcknowledgeSupervision --> SupervisionAcknowledged
//
//   SupervisionOrdered
//       --owes--> miss_supervision at the close of the date --> SupervisionMissed, which climbs
//   InquiryClosed, InquiryAnswered
//       --owes--> settle_supervision --> SupervisionFulfilled, or declined: it was missed
//
// One order stands at a time; after it was missed or fulfilled another may be given.

namespace tierline::escalation {

Decision Decide(const Subject& subject, const v1::OrderSupervisionRequest& request,
                const Context& context);
Decision Decide(const Subject& subject, const v1::AcknowledgeSupervisionRequest& request,
                const Context& context);

void EvolveSupervision(const Event& event, const Uuid& id, Subject* subject);

// Acts on an obligation of an order; nothing when it is of something else.
std::optional<Event> ReactOfSupervision(const Subject& subject, const Obligation& obligation,
                                        const Context& context);

}  // namespace tierline::escalation
