#pragma once

#include "base/service.h"

namespace tierline::escalation {

// Follows the inquiries of intake, sets their deadlines by the policy in force, warns, and notices
// what is late (clocks.h); takes orders of superiors (supervision.h); reports what is urgent up the
// chain (urgent.h); and knows who held it how long (holders.h). Each says which event owes which
// reaction. A command's body is escalation::v1::Command.
//
// Whether a deadline was missed is decided by the due instant against the event time of the
// resolution, never by what the state happens to be when a timer fires.
class EscalationService final : public Service {
 public:
  base::v1::Service id() const override { return base::v1::SERVICE_ESCALATION; }
  Decision Decide(const Subject& subject, const Command& command,
                  const Context& context) const override;
  void Evolve(const Event& event, const EventMeta& meta, Subject* subject) override;
  Event React(const Subject& subject, const Obligation& obligation,
              const Context& context) const override;
  int64_t Version(const Subject& subject) const override { return subject.escalation().version(); }
  void AppendDigest(const Subject& subject, std::string* out) const override;
};

}  // namespace tierline::escalation
