#include "escalation/escalation.h"

#include "escalation/clocks.h"

namespace tierline::escalation {

Decision EscalationService::Decide(const Subject&, const Command&, const Context&) const {
  return Rejection{.code = absl::StatusCode::kUnimplemented,
                   .reason = "NO_SUCH_COMMAND",
                   .message = "escalation takes no commands",
                   .rule = "R-401"};
}

void EscalationService::Evolve(const Event& event, const EventMeta& meta, Subject* subject) {
  if (meta.source == id())
    subject->mutable_escalation()->set_version(subject->escalation().version() + 1);
  EvolveClocks(event, meta.id, subject);
}

Event EscalationService::React(const Subject& subject, const Obligation& obligation,
                               const Context& context) const {
  auto event = ReactOfClock(subject, obligation, context);
  return event ? *std::move(event) : Declined("UNKNOWN_REACTION");
}

void EscalationService::AppendDigest(const Subject& subject, std::string* out) const {
  subject.escalation().AppendToString(out);
}

}  // namespace tierline::escalation
