#include "escalation/recompute.h"

#include "base/callback_limit.h"
#include "escalation/deadline.h"

namespace tierline::escalation {
namespace {

using directory::Directory;
using events::v1::DeadlineRecomputed;
using state::v1::Deadline;

// By the limit of the policy in force, from the start of the clock.
std::optional<DeadlineRecomputed> ByLimit(const state::v1::ClockFacts& facts,
                                          const Directory& directory) {
  const auto& offices = directory.offices();
  const auto office = offices.Find(facts.office());
  if (office == directory::kNoOffice) return std::nullopt;
  const auto computed = ComputeDeadline({.from = absl::FromUnixMillis(facts.from_ms()),
                                         .office = facts.office(),
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
  auto to = deadline.callback() ? ByMessage(deadline, directory) : ByLimit(facts, directory);
  if (!to || to->due_at_ms() <= now_ms || !Differs(deadline, *to)) return std::nullopt;
  to->set_started_at_ms(deadline.started_at_ms());
  to->set_office(deadline.office());
  to->set_pack_hash(directory.pack_hash());
  to->set_previous_due_at_ms(deadline.due_at_ms());
  to->set_reason(events::v1::RECOMPUTE_REASON_DIRECTORY_CHANGED);
  return to;
}

}  // namespace tierline::escalation
