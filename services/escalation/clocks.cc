#include "escalation/clocks.h"

#include <algorithm>

#include "base/callback_limit.h"
#include "escalation/checks.h"
#include "escalation/deadline.h"
#include "escalation/recompute.h"

namespace tierline::escalation {
namespace {

constexpr std::string_view kSetDeadline = "set_deadline";
constexpr std::string_view kWarn = "warn";
constexpr std::string_view kMiss = "miss";
constexpr std::string_view kSettle = "settle";
constexpr std::string_view kSetCallback = "set_callback";
constexpr std::string_view kMissCallback = "miss_callback";
constexpr std::string_view kSettleCallback = "settle_callback";
constexpr std::string_view kCarryOver = "carry_over";
constexpr std::string_view kRecompute = "recompute";
constexpr std::string_view kRecomputeCallback = "recompute_callback";
constexpr auto kSelf = base::v1::SERVICE_ESCALATION;

using state::v1::Deadline;

// Of the clock that still runs among all of them; -1: none does.
int PlaceOfRunning(const Subject& subject, bool callback) {
  const auto& deadlines = subject.escalation().deadlines();
  for (int i = deadlines.size() - 1; i >= 0; --i) {
    if (deadlines[i].callback() != callback) continue;
    return deadlines[i].missed() || deadlines[i].met() ? -1 : i;
  }
  return -1;
}

// The clock that the event `cause` set or last recomputed, or null.
const Deadline* SetBy(const Subject& subject, std::string_view cause) {
  for (const Deadline& deadline : subject.escalation().deadlines()) {
    if (deadline.set_by() == cause) return &deadline;
  }
  return nullptr;
}

// When what the clock is about was done; 0: it was not.
int64_t DoneMs(const Subject& subject, const Deadline& deadline) {
  return deadline.callback() ? subject.escalation().callback().made_at_ms()
                             : subject.escalation().resolved_at_ms();
}

bool ResolvedInTime(const Subject& subject, const Deadline& deadline) {
  const int64_t done_ms = DoneMs(subject, deadline);
  return done_ms != 0 && done_ms <= deadline.due_at_ms();
}

Event SetDeadline(const Subject& subject, const Context& context) {
  const auto& facts = subject.escalation().facts();
  if (subject.escalation().resolved_at_ms() != 0) return Declined("ALREADY_RESOLVED");
  if (Running(subject) != nullptr) return Declined("CLOCK_RUNS_ALREADY");
  if (context.directory == nullptr) return Declined("NO_DIRECTORY");
  auto computed = ComputeDeadline({.from = absl::FromUnixMillis(facts.from_ms()),
                                   .office = facts.office(),
                                   .level = facts.level(),
                                   .category = facts.category(),
                                   .urgent = facts.urgent()},
                                  *InForce(context));
  if (const auto* why_not = std::get_if<std::string_view>(&computed)) return Declined(*why_not);
  Event event;
  *event.mutable_deadline_set() = std::get<events::v1::DeadlineSet>(std::move(computed));
  return event;
}

Event SetCallback(const Subject& subject) {
  const auto& facts = subject.escalation().callback();
  if (facts.made_at_ms() != 0) return Declined("ALREADY_CALLED_BACK");
  if (Running(subject, true) != nullptr) return Declined("CLOCK_RUNS_ALREADY");
  Event event;
  auto* set = event.mutable_deadline_set();
  set->set_limit(std::string(kCallbackLimit));
  set->set_hours(facts.hours());
  set->set_started_at_ms(facts.left_at_ms());
  set->set_due_at_ms(facts.due_at_ms());
  set->set_office(facts.office());
  set->set_level(facts.level());
  set->set_provisional(facts.provisional());
  return event;
}

Event Warn(const Subject& subject, const Obligation& obligation) {
  const Deadline* deadline = SetBy(subject, obligation.cause_id());
  if (deadline == nullptr || subject.escalation().resolved_at_ms() != 0)
    return Declined("ALREADY_RESOLVED");
  Event event;
  auto* warned = event.mutable_deadline_warned();
  warned->set_limit(deadline->limit());
  warned->set_due_at_ms(deadline->due_at_ms());
  warned->set_warn_at_ms(deadline->warn_at_ms());
  warned->set_office(deadline->office());
  return event;
}

Event Met(const Deadline& deadline, int64_t resolved_ms) {
  Event event;
  auto* met = event.mutable_deadline_met();
  met->set_limit(deadline.limit());
  met->set_due_at_ms(deadline.due_at_ms());
  met->set_resolved_at_ms(resolved_ms);
  met->set_office(deadline.office());
  return event;
}

Event Missed(const Deadline& deadline, const Context& context) {
  Event event;
  auto* missed = event.mutable_deadline_missed();
  missed->set_limit(deadline.limit());
  missed->set_due_at_ms(deadline.due_at_ms());
  missed->set_office(deadline.office());
  missed->set_superior(SuperiorOf(deadline.office(), InForce(context)));
  return event;
}

Event Miss(const Subject& subject, const Obligation& obligation, const Context& context) {
  const Deadline* deadline = SetBy(subject, obligation.cause_id());
  if (deadline == nullptr || deadline->met() || deadline->missed())
    return Declined("ALREADY_SETTLED");
  if (ResolvedInTime(subject, *deadline)) return Met(*deadline, DoneMs(subject, *deadline));
  return Missed(*deadline, context);
}

Event SettleClock(const Subject& subject, bool callback) {
  const Deadline* deadline = Running(subject, callback);
  if (deadline == nullptr) return Declined("NO_CLOCK_RUNS");
  if (!ResolvedInTime(subject, *deadline)) return Declined("MISSED_OR_REOPENED");
  return Met(*deadline, DoneMs(subject, *deadline));
}

bool Owes(const Subject& subject, std::string_view reaction) {
  return std::any_of(subject.obligations().begin(), subject.obligations().end(),
                     [&](const Obligation& owed) {
                       return owed.service() == kSelf && owed.reaction() == reaction;
                     });
}

// Nothing to say as long as the directory in force says the same, nor before the clock was carried
// over to a new owner: it is looked at again then.
Event LookAtClock(const Subject& subject, const Obligation& obligation, const Context& context) {
  const Deadline* deadline = SetBy(subject, obligation.cause_id());
  Event event;
  if (deadline == nullptr || (!deadline->callback() && Owes(subject, kCarryOver)) ||
      DoneMs(subject, *deadline) != 0 || context.directory == nullptr)
    return event;
  auto to = Recompute(*deadline, subject.escalation().facts(), *InForce(context), context.now);
  if (to) *event.mutable_deadline_recomputed() = *std::move(to);
  return event;
}

//
Event CarryClockOver(const Subject& subject, const Obligation& obligation, const Context& context) {
  const Deadline* deadline = Running(subject);
  if (deadline == nullptr) return Declined("NO_CLOCK_RUNS");
  if (DoneMs(subject, *deadline) != 0) return Declined("ALREADY_RESOLVED");
  if (context.directory == nullptr) return Declined("NO_DIRECTORY");
  for (const auto& holder : subject.escalation().holders()) {
    if (holder.by() != obligation.cause_id()) continue;
    if (deadline->due_at_ms() <= holder.from_ms()) return Declined("MISSED_BEFORE");
    Event event;
    *event.mutable_deadline_recomputed() =
        CarryOver(*deadline, holder, *InForce(context), context.now);
    return event;
  }
  return Declined("NO_SUCH_HOLDER");
}

// The clock that is to be set is the new owner's, the one that runs becomes it.
void TakeOver(const events::v1::InquiryTakenOver& taken, const Uuid& cause, Subject* subject) {
  auto* state = subject->mutable_escalation();
  if (state->has_facts()) {
    state->mutable_facts()->set_office(taken.office());
    state->mutable_facts()->set_level(taken.level());
  }
  const Deadline* deadline = Running(*subject);
  if (deadline != nullptr && DoneMs(*subject, *deadline) == 0)
    Owe(cause, kCarryOver, kSelf, 0, subject);
}

template <typename StartingEvent>
void Start(const StartingEvent& event, int64_t at_ms, const Uuid& cause, Subject* subject) {
  auto* facts = subject->mutable_escalation()->mutable_facts();
  facts->set_from_ms(at_ms);
  facts->set_office(event.office());
  facts->set_level(event.level());
  facts->set_category(event.category());
  facts->set_urgent(event.urgent());
  subject->mutable_escalation()->set_resolved_at_ms(0);
  Owe(cause, kSetDeadline, kSelf, 0, subject);
}

void Resolve(int64_t at_ms, const Uuid& cause, Subject* subject) {
  subject->mutable_escalation()->set_resolved_at_ms(at_ms);
  if (Running(*subject) != nullptr) Owe(cause, kSettle, kSelf, 0, subject);
}

void AskForCallback(const events::v1::VoiceMessageLeft& left, const Uuid& cause, Subject* subject) {
  if (left.callback_due_at_ms() == 0) return;  // there is no number
  auto* facts = subject->mutable_escalation()->mutable_callback();
  facts->set_left_at_ms(left.left_at_ms());
  facts->set_due_at_ms(left.callback_due_at_ms());
  facts->set_office(left.office());
  facts->set_level(left.level());
  facts->set_hours(left.hours());
  facts->set_provisional(left.provisional());
  Owe(cause, kSetCallback, kSelf, 0, subject);
}

// Whoever has the answer needs no call-back.
void CallBack(int64_t at_ms, const Uuid& cause, Subject* subject) {
  if (!subject->escalation().has_callback()) return;
  auto* facts = subject->mutable_escalation()->mutable_callback();
  if (facts->made_at_ms() != 0) return;
  facts->set_made_at_ms(at_ms);
  if (Running(*subject, true) != nullptr) Owe(cause, kSettleCallback, kSelf, 0, subject);
}

// What the course of a clock owes, as event `id` states it.
void OweCourse(const Deadline& deadline, const Uuid& id, Subject* subject) {
  if (deadline.callback()) {
    Owe(id, kMissCallback, kSelf, deadline.due_at_ms(), subject);
    return OweStanding(id, kRecomputeCallback, kSelf, subject);
  }
  if (deadline.warn_at_ms() != 0 && !deadline.warned())
    Owe(id, kWarn, kSelf, deadline.warn_at_ms(), subject);
  Owe(id, kMiss, kSelf, deadline.due_at_ms(), subject);
  OweStanding(id, kRecompute, kSelf, subject);
}

void SettleCourse(bool callback, Subject* subject) {
  if (callback) {
    for (const std::string_view rest : {kMissCallback, kRecomputeCallback})
      Settle(rest, kSelf, subject);
  } else {
    for (const std::string_view rest : {kWarn, kMiss, kRecompute}) Settle(rest, kSelf, subject);
  }
}

// What DeadlineSet and DeadlineRecomputed both say.
template <typename CourseEvent>
void SetCourse(const CourseEvent& course, const Uuid& id, Deadline* deadline) {
  deadline->set_set_by(std::string(id.bytes()));
  deadline->set_limit(course.limit());
  deadline->set_policy(course.policy());
  deadline->set_policy_version(course.policy_version());
  deadline->set_hours(course.hours());
  deadline->set_started_at_ms(course.started_at_ms());
  deadline->set_due_at_ms(course.due_at_ms());
  deadline->set_warn_at_ms(course.warn_at_ms());
  deadline->set_office(course.office());
  deadline->set_level(course.level());
  deadline->set_provisional(course.provisional());
  deadline->set_wall_clock(course.wall_clock());
}

void AddDeadline(const events::v1::DeadlineSet& set, const Uuid& id, Subject* subject) {
  Deadline* deadline = subject->mutable_escalation()->add_deadlines();
  SetCourse(set, id, deadline);
  deadline->set_callback(set.policy().empty() && set.limit() == kCallbackLimit);
  OweCourse(*deadline, id, subject);
  // Resolved between the cause and this event: nobody else would settle it before it is due.
  if (DoneMs(*subject, *deadline) != 0)
    Owe(id, deadline->callback() ? kSettleCallback : kSettle, kSelf, 0, subject);
}

// The timers of the old course go, those of the new one come. A warning that was given is given
// again only if the new one is still to come.
void Move(const events::v1::DeadlineRecomputed& to, int64_t at_ms, const Uuid& id,
          Subject* subject) {
  const bool callback = to.policy().empty() && to.limit() == kCallbackLimit;
  const int at = PlaceOfRunning(*subject, callback);
  if (at < 0) return;
  Deadline* deadline = subject->mutable_escalation()->mutable_deadlines(at);
  SetCourse(to, id, deadline);
  deadline->set_recomputed(deadline->recomputed() + 1);
  deadline->set_carried_at_ms(to.carried_at_ms());
  deadline->set_left_ms(to.left_ms());
  deadline->set_left_to_warning_ms(to.left_to_warning_ms());
  if (to.warn_at_ms() > at_ms) deadline->set_warned(false);
  SettleCourse(callback, subject);
  OweCourse(*deadline, id, subject);
}

// The clock whose course an own event states: the last one of that limit and instant.
template <typename ClockEvent>
Deadline* ClockOf(const ClockEvent& event, Subject* subject) {
  auto* deadlines = subject->mutable_escalation()->mutable_deadlines();
  for (int i = deadlines->size() - 1; i >= 0; --i) {
    Deadline* deadline = deadlines->Mutable(i);
    if (deadline->limit() == event.limit() && deadline->due_at_ms() == event.due_at_ms())
      return deadline;
  }
  return nullptr;
}

void Stop(bool missed, Deadline* deadline, Subject* subject) {
  if (deadline == nullptr) return;
  deadline->set_missed(missed);
  deadline->set_met(!missed);
  SettleCourse(deadline->callback(), subject);
  Settle(deadline->callback() ? kSettleCallback : kSettle, kSelf, subject);
}

}  // namespace

const Deadline* Running(const Subject& subject, bool callback) {
  const int at = PlaceOfRunning(subject, callback);
  return at < 0 ? nullptr : &subject.escalation().deadlines(at);
}

void EvolveClocks(const Event& event, const Uuid& id, Subject* subject) {
  const int64_t at_ms = event.occurred_at_ms();
  if (event.has_inquiry_registered()) {
    Start(event.inquiry_registered(), at_ms, id, subject);
  } else if (event.has_inquiry_reopened()) {
    Start(event.inquiry_reopened(), at_ms, id, subject);
  } else if (event.has_inquiry_closed() || event.has_inquiry_answered()) {
    Resolve(at_ms, id, subject);
    CallBack(at_ms, id, subject);
  } else if (event.has_inquiry_taken_over()) {
    TakeOver(event.inquiry_taken_over(), id, subject);
  } else if (event.has_voice_message_left()) {
    AskForCallback(event.voice_message_left(), id, subject);
  } else if (event.has_callback_made()) {
    if (event.callback_made().reached()) CallBack(at_ms, id, subject);
  } else if (event.has_deadline_set()) {
    AddDeadline(event.deadline_set(), id, subject);
  } else if (event.has_deadline_recomputed()) {
    Move(event.deadline_recomputed(), at_ms, id, subject);
  } else if (event.has_deadline_warned()) {
    if (Deadline* deadline = ClockOf(event.deadline_warned(), subject)) deadline->set_warned(true);
  } else if (event.has_deadline_missed()) {
    Stop(true, ClockOf(event.deadline_missed(), subject), subject);
  } else if (event.has_deadline_met()) {
    Stop(false, ClockOf(event.deadline_met(), subject), subject);
  }
}

std::optional<Event> ReactOfClock(const Subject& subject, const Obligation& obligation,
                                  const Context& context) {
  const std::string& reaction = obligation.reaction();
  if (reaction == kSetDeadline) return SetDeadline(subject, context);
  if (reaction == kWarn) return Warn(subject, obligation);
  if (reaction == kMiss || reaction == kMissCallback) return Miss(subject, obligation, context);
  if (reaction == kSettle) return SettleClock(subject, false);
  if (reaction == kSetCallback) return SetCallback(subject);
  if (reaction == kSettleCallback) return SettleClock(subject, true);
  if (reaction == kCarryOver) return CarryClockOver(subject, obligation, context);
  if (reaction == kRecompute || reaction == kRecomputeCallback)
    return LookAtClock(subject, obligation, context);
  return std::nullopt;
}

}  // namespace tierline::escalation
