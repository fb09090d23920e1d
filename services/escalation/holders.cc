#include "escalation/holders.h"

namespace tierline::escalation {
namespace {

using state::v1::EscalationState;
using state::v1::Holder;

void Release(int64_t at_ms, EscalationState* state) {
  if (state->holders().empty()) return;
  Holder* last = state->mutable_holders()->rbegin().operator->();
  if (last->until_ms() == 0) last->set_until_ms(at_ms);
}

void Hold(const std::string& office, base::v1::Level level, int64_t at_ms, const Uuid& by,
          EscalationState* state) {
  Release(at_ms, state);
  Holder* holder = state->add_holders();
  holder->set_office(office);
  holder->set_level(level);
  holder->set_from_ms(at_ms);
  holder->set_by(std::string(by.bytes()));
}

void StopCase(int64_t at_ms, EscalationState* state) {
  if (state->case_since_ms() == 0) return;
  state->set_case_ms(state->case_ms() + at_ms - state->case_since_ms());
  state->set_case_since_ms(0);
}

}  // namespace

void EvolveHolders(const Event& event, const Uuid& id, Subject* subject) {
  const int64_t at_ms = event.occurred_at_ms();
  if (event.has_inquiry_opened()) {
    auto* state = subject->mutable_escalation();
    Hold(event.inquiry_opened().office(), event.inquiry_opened().level(), at_ms, id, state);
    state->set_case_since_ms(at_ms);
  } else if (event.has_inquiry_reopened()) {
    auto* state = subject->mutable_escalation();
    Hold(event.inquiry_reopened().office(), event.inquiry_reopened().level(), at_ms, id, state);
    if (state->case_since_ms() == 0) state->set_case_since_ms(at_ms);
  } else if (event.has_inquiry_taken_over()) {
    const auto& taken = event.inquiry_taken_over();
    Hold(taken.office(), taken.level(), at_ms, id, subject->mutable_escalation());
  } else if (event.has_inquiry_closed() || event.has_inquiry_answered()) {
    Release(at_ms, subject->mutable_escalation());
    StopCase(at_ms, subject->mutable_escalation());
  }
}

const Holder* OwnerOf(const Subject& subject) {
  const auto& holders = subject.escalation().holders();
  return holders.empty() ? nullptr : &holders.Get(holders.size() - 1);
}

int64_t CaseMs(const EscalationState& state, int64_t now_ms) {
  return state.case_ms() + (state.case_since_ms() == 0 ? 0 : now_ms - state.case_since_ms());
}

int64_t DwellMs(const Holder& holder, int64_t now_ms) {
  return (holder.until_ms() == 0 ? now_ms : holder.until_ms()) - holder.from_ms();
}

}  // namespace tierline::escalation
