#include "escalation/supervision.h"

#include <algorithm>

#include "directory/dates.h"
#include "escalation/checks.h"
#include "escalation/holders.h"

namespace tierline::escalation {
namespace {

using state::v1::Supervision;

constexpr std::string_view kMiss = "miss_supervision";
constexpr std::string_view kSettle = "settle_supervision";
constexpr auto kSelf = base::v1::SERVICE_ESCALATION;

// The order that stands, or null: only the last may.
const Supervision* Standing(const Subject& subject) {
  const auto& all = subject.escalation().supervisions();
  if (all.empty()) return nullptr;
  const Supervision& last = all.Get(all.size() - 1);
  return last.missed() || last.fulfilled() ? nullptr : &last;
}

// What must be true of the inquiry.
Refusal CheckMayBeOrdered(const Subject& subject) {
  if (auto refusal = CheckThere(subject, "R-406")) return refusal;
  const auto& state = subject.escalation();
  if (state.case_since_ms() == 0)
    return Refused("ALREADY_CLOSED", "R-406",
                   "the inquiry is closed; there is nothing to complete");
  if (!state.registered())
    return Refused("NOT_REGISTERED", "R-406", "only what was registered can be supervised");
  if (!state.solvable())
    return Refused("NOT_SOLVABLE", "R-307", "it was judged not solvable for now; follow it up");
  if (Standing(subject) != nullptr)
    return Refused("SUPERVISION_STANDS", "R-406", "an order stands; wait until it has ended");
  return {};
}

// A text's size stands for it.
Refusal CheckReason(const std::string& reason) {
  if (reason.empty()) return InvalidField("reason", "empty", "R-406", "is required");
  if (reason.size() <= kTextMax) return {};
  return InvalidField("reason", std::to_string(reason.size()) + " bytes", "R-310",
                      "at most " + std::to_string(kTextMax) + " bytes");
}

Refusal CheckEvidence(const Subject& subject, const v1::OrderSupervisionRequest& request) {
  const auto invalid = [](const std::string& value, std::string_view message) {
    return InvalidField("evidence", value, "R-406", message);
  };
  if (request.evidence().empty()) return invalid("empty", "names the events that show the delay");
  if (request.evidence_size() > kEvidenceMax)
    return invalid(std::to_string(request.evidence_size()),
                   "at most " + std::to_string(kEvidenceMax) + " events");
  const auto& known = subject.escalation().evidence();
  for (const std::string& id : request.evidence()) {
    const auto parsed = Uuid::Parse(id);
    if (!parsed.ok()) return invalid(std::to_string(id.size()) + " bytes", "is no event's id");
    const bool there = std::find(known.begin(), known.end(), parsed->bytes()) != known.end();
    if (!there) return invalid(id, "is no event of the inquiry since it was registered");
  }
  return {};
}

// The close of business of `date`; or why it can not be ordered.
Refusal FindClose(const std::string& date, const BusinessCalendar& calendar, absl::Time now,
                  CalendarInstant* close) {
  const auto invalid = [&](std::string_view message) {
    return InvalidField("due_date", date.substr(0, 16), "R-406", message);
  };
  const auto day = directory::ParseDate(date);
  if (!day) return invalid("must be YYYY-MM-DD");
  const auto intervals = calendar.IntervalsOn(*day);
  if (!intervals.ok()) return invalid("is beyond the superior's calendar");
  if (intervals->empty()) return invalid("is no working day of the superior");
  const auto found = calendar.AddWorkingDays(absl::FromCivil(*day, calendar.zone()), 0);
  if (!found.ok()) return invalid("is beyond the superior's calendar");
  if (found->at <= now) return invalid("has passed");
  *close = *found;
  return {};
}

Event Fulfilled(const Supervision& order, int64_t resolved_ms) {
  Event event;
  auto* fulfilled = event.mutable_supervision_fulfilled();
  fulfilled->set_office(order.office());
  fulfilled->set_due_at_ms(order.due_at_ms());
  fulfilled->set_resolved_at_ms(resolved_ms);
  fulfilled->set_owner(order.owner());
  return event;
}

Event Missed(const Supervision& order, const Context& context) {
  Event event;
  auto* missed = event.mutable_supervision_missed();
  missed->set_office(order.office());
  missed->set_due_at_ms(order.due_at_ms());
  missed->set_owner(order.owner());
  missed->set_superior(SuperiorOf(order.office(), InForce(context)));
  return event;
}

void Add(const events::v1::SupervisionOrdered& ordered, int64_t at_ms, const Uuid& id,
         Subject* subject) {
  Supervision* order = subject->mutable_escalation()->add_supervisions();
  order->set_office(ordered.office());
  order->set_owner(ordered.owner());
  order->set_ordered_at_ms(at_ms);
  order->set_due_date(ordered.due_date());
  order->set_due_at_ms(ordered.due_at_ms());
  *order->mutable_evidence() = ordered.evidence();
  order->set_provisional(ordered.provisional());
  Owe(id, kMiss, kSelf, ordered.due_at_ms(), subject);
  // Resolved while it was on its way.
  if (subject->escalation().resolved_at_ms() != 0) Owe(id, kSettle, kSelf, 0, subject);
}

// The order that stands may be changed.
Supervision* MutableStanding(Subject* subject) {
  if (Standing(*subject) == nullptr) return nullptr;
  auto* all = subject->mutable_escalation()->mutable_supervisions();
  return all->Mutable(all->size() - 1);
}

void End(bool missed, Subject* subject) {
  if (Supervision* order = MutableStanding(subject)) {
    order->set_missed(missed);
    order->set_fulfilled(!missed);
  }
  Settle(kMiss, kSelf, subject);
  Settle(kSettle, kSelf, subject);
}

}  // namespace

Decision Decide(const Subject& subject, const v1::OrderSupervisionRequest& request,
                const Context& context) {
  const directory::Directory* directory = InForce(context);
  directory::OfficeIndex office = directory::kNoOffice;
  for (const Refusal& refusal :
       {CheckMayBeOrdered(subject), CheckOffice(request.office(), directory, &office),
        CheckReason(request.reason()), CheckEvidence(subject, request)}) {
    if (refusal) return *refusal;
  }
  const std::string& owner = OwnerOf(subject)->office();
  if (auto refusal = CheckAbove(office, owner, *directory, "R-406")) return *refusal;
  const BusinessCalendar& calendar = directory->calendar(office);
  CalendarInstant close;
  if (auto refusal = FindClose(request.due_date(), calendar, context.now, &close)) return *refusal;
  Event event;
  auto* ordered = event.mutable_supervision_ordered();
  ordered->set_office(directory->offices()[office].code);
  ordered->set_level(directory->offices()[office].level);
  ordered->set_owner(owner);
  *ordered->mutable_reason() = context.sealer->Seal(context.key_id, "reason", request.reason());
  *ordered->mutable_evidence() = request.evidence();
  ordered->set_due_date(request.due_date());
  ordered->set_due_at_ms(absl::ToUnixMillis(close.at));
  ordered->set_hours(calendar.id());
  ordered->set_pack_hash(directory->pack_hash());
  ordered->set_provisional(close.provisional);
  return event;
}

Decision Decide(const Subject& subject, const v1::AcknowledgeSupervisionRequest& request,
                const Context&) {
  if (auto refusal = CheckThere(subject, "R-406")) return *refusal;
  const Supervision* order = Standing(subject);
  if (order == nullptr) return Refused("NO_SUPERVISION", "R-406", "no order stands");
  if (order->acknowledged_at_ms() != 0)
    return Refused("ALREADY_ACKNOWLEDGED", "R-406", "the order was acknowledged before");
  if (request.office() != OwnerOf(subject)->office())
    return InvalidField("office", request.office().substr(0, 16), "R-406",
                        "is not the owner, which alone acknowledges the order");
  Event event;
  event.mutable_supervision_acknowledged()->set_office(request.office());
  return event;
}

void EvolveSupervision(const Event& event, const Uuid& id, Subject* subject) {
  const int64_t at_ms = event.occurred_at_ms();
  if (event.has_supervision_ordered()) {
    Add(event.supervision_ordered(), at_ms, id, subject);
  } else if (event.has_supervision_acknowledged()) {
    if (Supervision* order = MutableStanding(subject)) {
      order->set_acknowledged_at_ms(at_ms);
      order->set_acknowledged_by(event.supervision_acknowledged().office());
    }
  } else if (event.has_supervision_fulfilled()) {
    End(false, subject);
  } else if (event.has_supervision_missed()) {
    End(true, subject);
  } else if (event.has_inquiry_taken_over()) {
    // The order is to whoever owns it, who has not heard of it yet.
    if (Supervision* order = MutableStanding(subject)) {
      order->set_owner(event.inquiry_taken_over().office());
      order->clear_acknowledged_at_ms();
      order->clear_acknowledged_by();
    }
  } else if (event.has_inquiry_closed() || event.has_inquiry_answered()) {
    if (Standing(*subject) != nullptr) Owe(id, kSettle, kSelf, 0, subject);
  }
}

std::optional<Event> ReactOfSupervision(const Subject& subject, const Obligation& obligation,
                                        const Context& context) {
  if (obligation.reaction() != kMiss && obligation.reaction() != kSettle) return std::nullopt;
  const Supervision* order = Standing(subject);
  if (order == nullptr) return Declined("NO_SUPERVISION");
  const int64_t resolved_ms = subject.escalation().resolved_at_ms();
  if (resolved_ms != 0 && resolved_ms <= order->due_at_ms()) return Fulfilled(*order, resolved_ms);
  return obligation.reaction() == kMiss ? Missed(*order, context) : Declined("MISSED_OR_REOPENED");
}

}  // namespace tierline::escalation
