#include "escalation/escalation.h"

#include "escalation/clocks.h"
#include "escalation/holders.h"
#include "escalation/supervision.h"
#include "escalation/urgent.h"

namespace tierline::escalation {
namespace {

// What supervision and the chain of what is urgent rest on.
void EvolveCase(const Event& event, const Uuid& id, Subject* subject) {
  if (event.has_inquiry_registered()) {
    subject->mutable_escalation()->set_registered(true);
    subject->mutable_escalation()->set_solvable(event.inquiry_registered().solvable());
  } else if (event.has_inquiry_reopened()) {
    // What was answered on the spot was never judged; what could be answered can be solved.
    if (subject->escalation().evidence_size() == 0)
      subject->mutable_escalation()->set_solvable(true);
    subject->mutable_escalation()->set_registered(true);
  } else if (event.has_inquiry_closed() || event.has_inquiry_answered()) {
    subject->mutable_escalation()->set_registered(false);
  }
  // Most inquiries are answered on the spot, and need no evidence.
  const auto& state = subject->escalation();
  if ((state.registered() || state.evidence_size() > 0) && !event.has_reaction_declined())
    subject->mutable_escalation()->add_evidence(std::string(id.bytes()));
}

}  // namespace

Decision EscalationService::Decide(const Subject& subject, const Command& command,
                                   const Context& context) const {
  const auto& body = static_cast<const v1::Command&>(*command.body);
  switch (body.command_case()) {
    case v1::Command::kOrderSupervision:
      return escalation::Decide(subject, body.order_supervision(), context);
    case v1::Command::kAcknowledgeSupervision:
      return escalation::Decide(subject, body.acknowledge_supervision(), context);
    case v1::Command::kAcknowledgeUrgent:
      return escalation::Decide(subject, body.acknowledge_urgent(), context);
    case v1::Command::COMMAND_NOT_SET:
      break;
  }
  return InvalidField("command", "none", "R-311", "must be set");
}

void EscalationService::Evolve(const Event& event, const EventMeta& meta, Subject* subject) {
  if (meta.source == id())
    subject->mutable_escalation()->set_version(subject->escalation().version() + 1);
  EvolveHolders(event, meta.id, subject);
  EvolveCase(event, meta.id, subject);
  EvolveClocks(event, meta.id, subject);
  EvolveSupervision(event, meta.id, subject);
  EvolveUrgent(event, meta.id, subject);
}

Event EscalationService::React(const Subject& subject, const Obligation& obligation,
                               const Context& context) const {
  for (auto* react : {ReactOfClock, ReactOfSupervision, ReactOfUrgent}) {
    if (auto event = react(subject, obligation, context)) return *std::move(event);
  }
  return Declined("UNKNOWN_REACTION");
}

void EscalationService::AppendDigest(const Subject& subject, std::string* out) const {
  subject.escalation().AppendToString(out);
}

}  // namespace tierline::escalation
