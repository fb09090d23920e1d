#pragma once

#include "base/service.h"
#include "tierline/routing/v1/routing.pb.h"

namespace tierline::routing {

// A call, from its arrival to its one outcome.
//
//   ReceiveCall --> CallReceived   owes "end" at once if it was rejected, else "unknown" at
//                                  unknown_at_ms
//   PressKeys   --> MenuPressed    while the menu goes on, else
//   ChooseMenu  --> MenuChosen     once, while the menu is open
//   ReportCall  --> CallReported   owes "end" at once when sequences 1 to that of ENDED are all
//                                  there
//               --> LegFailed      BUSY, RING_TIMEOUT: names the next office to ring; owes "alarm"
//   TransferCall --> CallTransferred      a new leg (legs.h)
//   LeaveVoiceMessage --> VoiceMessageLeft   where nobody answers (voice_message.h)
//   alarm --> SuperiorAlarmed      once for each leg that failed, also when that ended the call
//   end, unknown --> CallEnded     once, which settles both; or declined
//
// The outcome is computed from the reports in the order of the switch's clock, so it does not
// depend on the order in which they came. A report that comes after the outcome is recorded and
// changes nothing.
//
// A command's body is routing::v1::Command; the caller's number is sealed before it becomes part of
// an event.
class RoutingService final : public Service {
 public:
  base::v1::Service id() const override { return base::v1::SERVICE_ROUTING; }
  Decision Decide(const Subject& subject, const Command& command,
                  const Context& context) const override;
  void Evolve(const Event& event, const EventMeta& meta, Subject* subject) override;
  Event React(const Subject& subject, const Obligation& obligation,
              const Context& context) const override;
  int64_t Version(const Subject& subject) const override { return subject.call().version(); }
  void AppendDigest(const Subject& subject, std::string* out) const override;
};

// The call as clients see it.
v1::Call Describe(std::string_view inquiry_id, const Subject& subject);

// How a call ended by its reports, ENDED among them. Only outcome, wait, talk and
// end are set.
events::v1::CallEnded OutcomeOf(const state::v1::CallState& call);

}  // namespace tierline::routing
