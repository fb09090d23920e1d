#include "escalation/recompute.h"

#include <algorithm>

#include "base/callback_limit.h"
#include "escalation/deadline.h"

namespace tierline::escalation {
namespace {

using directory::Directory;
using events::v1::DeadlineRecomputed;
using state::v1::Deadline;

// By the limit of the policy in force, from the start of the clock and by the hours of the office
// that owes it: `facts` may be of another owner already.
std::optional<DeadlineRecomputed> ByLimit(const Deadline& deadline,
                                          const state::v1::ClockFacts& facts,
                                          const Directory& directory) {
  const auto& offices = directory.offices();
  const auto office = offices.Find(deadline.office());
  // A clock of before the inquiry was reopened is not that of the facts; it is about to be settled.
  if (office == directory::kNoOffice || deadline.started_at_ms() != facts.from_ms())
    return std::nullopt;
  const auto computed = ComputeDeadline({.from = absl::FromUnixMillis(deadline.started_at_ms()),
                                         .office = deadline.office(),
                                         .level = offices[office].level,
                                         .category = facts.category(),
                                         .urgent = facts.urgent()},
                                        directory);
  const auto* set = std::get_if<events::v1::DeadlineSet>(&computed);
  if (set == nullptr) return std::nullopt;
  DeadlineRecomputed to;
  to.set_limit(set->limit());
  to.set_policy(set->policy());
  to.set_policy_version(set->policy_version());
  to.set_hours(set->hours());
  to.set_due_at_ms(set->due_at_ms());
  to.set_warn_at_ms(set->warn_at_ms());
  to.set_level(set->level());
  to.set_provisional(set->provisional());
  to.set_wall_clock(set->wall_clock());
  return to;
}

// Due at the close of the first working day on or after the message, as routing promised.
std::optional<DeadlineRecomputed> ByMessage(const Deadline& deadline, const Directory& directory) {
  const auto office = directory.offices().Find(deadline.office());
  if (office == directory::kNoOffice) return std::nullopt;
  const BusinessCalendar& calendar = directory.calendar(office);
  const auto close = calendar.AddWorkingDays(absl::FromUnixMillis(deadline.started_at_ms()), 0);
  if (!close.ok()) return std::nullopt;
  DeadlineRecomputed to;
  to.set_limit(std::string(kCallbackLimit));
  to.set_hours(calendar.id());
  to.set_due_at_ms(absl::ToUnixMillis(close->at));
  to.set_level(directory.offices()[office].level);
  to.set_provisional(close->provisional);
  return to;
}

// From the take-over on, by what was left then. Nothing was: it keeps its instant.
std::optional<DeadlineRecomputed> ByWhatIsLeft(const Deadline& deadline,
                                               const Directory& directory) {
  if (deadline.left_ms() <= 0) return std::nullopt;
  const auto office = directory.offices().Find(deadline.office());
  if (office == directory::kNoOffice) return std::nullopt;
  const BusinessCalendar& calendar = directory.calendar(office);
  const absl::Time from = absl::FromUnixMillis(deadline.carried_at_ms());
  const auto due = calendar.AddWorking(from, absl::Milliseconds(deadline.left_ms()));
  const auto warning = calendar.AddWorking(from, absl::Milliseconds(deadline.left_to_warning_ms()));
  if (!due.ok() || !warning.ok()) return std::nullopt;
  DeadlineRecomputed to;
  to.set_limit(deadline.limit());
  to.set_policy(deadline.policy());
  to.set_policy_version(deadline.policy_version());
  to.set_hours(calendar.id());
  to.set_due_at_ms(absl::ToUnixMillis(due->at));
  if (deadline.left_to_warning_ms() != 0) to.set_warn_at_ms(absl::ToUnixMillis(warning->at));
  to.set_level(directory.offices()[office].level);
  to.set_provisional(due->provisional);
  to.set_carried_at_ms(deadline.carried_at_ms());
  to.set_left_ms(deadline.left_ms());
  to.set_left_to_warning_ms(deadline.left_to_warning_ms());
  return to;
}

// Working time from `at` to `until_ms` by the hours of the office `code`; negative: not known.
int64_t LeftMs(const std::string& code, absl::Time at, int64_t until_ms,
               const Directory& directory) {
  const auto office = directory.offices().Find(code);
  if (office == directory::kNoOffice) return -1;
  const auto left = directory.calendar(office).Worked(at, absl::FromUnixMillis(until_ms));
  return left.ok() ? absl::ToInt64Milliseconds(left->duration) : -1;
}

// `deadline` as it stands, with what is left of it at `at`.
Deadline WithWhatIsLeft(Deadline deadline, absl::Time at, const Directory& directory) {
  const int64_t left_ms = LeftMs(deadline.office(), at, deadline.due_at_ms(), directory);
  const bool warns = !deadline.warned() && deadline.warn_at_ms() > absl::ToUnixMillis(at);
  deadline.set_carried_at_ms(absl::ToUnixMillis(at));
  deadline.set_left_ms(left_ms);
  deadline.set_left_to_warning_ms(
      warns ? std::max<int64_t>(LeftMs(deadline.office(), at, deadline.warn_at_ms(), directory), 0)
            : 0);
  return deadline;
}

// Another office owes it from `at` on, and nothing else is different, then or later.
DeadlineRecomputed AsItIs(const Deadline& deadline, absl::Time at) {
  DeadlineRecomputed to;
  to.set_carried_at_ms(absl::ToUnixMillis(at));
  to.set_limit(deadline.limit());
  to.set_policy(deadline.policy());
  to.set_policy_version(deadline.policy_version());
  to.set_hours(deadline.hours());
  to.set_due_at_ms(deadline.due_at_ms());
  if (!deadline.warned()) to.set_warn_at_ms(deadline.warn_at_ms());
  to.set_provisional(deadline.provisional());
  to.set_wall_clock(deadline.wall_clock());
  return to;
}

bool Differs(const Deadline& deadline, const DeadlineRecomputed& to) {
  return deadline.due_at_ms() != to.due_at_ms() || deadline.provisional() != to.provisional() ||
         (!deadline.warned() && deadline.warn_at_ms() != to.warn_at_ms());
}

}  // namespace

std::optional<DeadlineRecomputed> Recompute(const Deadline& deadline,
                                            const state::v1::ClockFacts& facts,
                                            const Directory& directory, absl::Time now) {
  const int64_t now_ms = absl::ToUnixMillis(now);
  if (deadline.due_at_ms() <= now_ms) return std::nullopt;
  auto to = deadline.callback()             ? ByMessage(deadline, directory)
            : deadline.carried_at_ms() != 0 ? ByWhatIsLeft(deadline, directory)
                                            : ByLimit(deadline, facts, directory);
  if (!to || to->due_at_ms() <= now_ms || !Differs(deadline, *to)) return std::nullopt;
  to->set_started_at_ms(deadline.started_at_ms());
  to->set_office(deadline.office());
  to->set_pack_hash(directory.pack_hash());
  to->set_previous_due_at_ms(deadline.due_at_ms());
  to->set_reason(events::v1::RECOMPUTE_REASON_DIRECTORY_CHANGED);
  return to;
}

DeadlineRecomputed CarryOver(const Deadline& deadline, const state::v1::Holder& holder,
                             const Directory& directory, absl::Time now) {
  const absl::Time at = absl::FromUnixMillis(holder.from_ms());
  DeadlineRecomputed to = AsItIs(deadline, at);
  if (!deadline.wall_clock()) {
    Deadline left = WithWhatIsLeft(deadline, at, directory);
    left.set_office(holder.office());
    const auto carried = ByWhatIsLeft(left, directory);
    if (carried && carried->due_at_ms() > absl::ToUnixMillis(now)) to = *carried;
  }
  to.set_started_at_ms(deadline.started_at_ms());
  to.set_office(holder.office());
  to.set_level(holder.level());
  to.set_pack_hash(directory.pack_hash());
  to.set_previous_due_at_ms(deadline.due_at_ms());
  to.set_reason(events::v1::RECOMPUTE_REASON_OWNER_CHANGED);
  return to;
}

}  // namespace tierline::escalation
