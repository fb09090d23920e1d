#include "escalation/deadline.h"

#include <algorithm>

namespace tierline::escalation {
namespace {

using directory::v1::Limit;

template <typename List, typename Value>
bool Admits(const List& list, const Value& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

absl::StatusOr<CalendarInstant> DueOf(const Limit& limit, absl::Time from,
                                      const BusinessCalendar& calendar) {
  switch (limit.amount_case()) {
    case Limit::kWorkingDays:
      return calendar.AddWorkingDays(from, limit.working_days());
    case Limit::kWorkingS:
      return calendar.AddWorking(from, absl::Seconds(limit.working_s()));
    case Limit::kSameDay:
      return calendar.AddWorkingDays(from, 0);
    case Limit::kWallS:
      return CalendarInstant{from + absl::Seconds(limit.wall_s()), false};
    case Limit::AMOUNT_NOT_SET:
      break;
  }
  return absl::NotFoundError("the limit has no amount");
}

// The instant of the warning; the infinite past when there is none, or none before the clock
// starts.
absl::Time WarningOf(const Limit& limit, absl::Time from, absl::Time due,
                     const BusinessCalendar& calendar) {
  absl::StatusOr<CalendarInstant> at = absl::NotFoundError("no warning");
  switch (limit.warning_case()) {
    case Limit::kWarnWorkingDaysBefore:
      if (limit.working_days() > limit.warn_working_days_before()) {
        at = calendar.AddWorkingDays(from, limit.working_days() - limit.warn_working_days_before());
      }
      break;
    case Limit::kWarnWorkingSBefore: {
      const auto worked = calendar.Worked(from, due);
      const absl::Duration before = absl::Seconds(limit.warn_working_s_before());
      if (worked.ok() && worked->duration > before)
        at = calendar.AddWorking(from, worked->duration - before);
      break;
    }
    case Limit::WARNING_NOT_SET:
      break;
  }
  return at.ok() && at->at > from && at->at < due ? at->at : absl::InfinitePast();
}

}  // namespace

const Limit* FindLimit(const directory::v1::PolicyProfile& policy, const DeadlineFacts& facts) {
  for (const Limit& limit : policy.limits()) {
    if (limit.urgent_only() && !facts.urgent) continue;
    if (!Admits(limit.categories(), facts.category)) continue;
    if (!Admits(limit.levels(), static_cast<int>(facts.level))) continue;
    return &limit;
  }
  return nullptr;
}

std::variant<events::v1::DeadlineSet, std::string_view> ComputeDeadline(
    const DeadlineFacts& facts, const directory::Directory& directory) {
  const Limit* limit = FindLimit(directory.policy(), facts);
  if (limit == nullptr) return "NO_LIMIT";
  const auto office = directory.offices().Find(facts.office);
  if (office == directory::kNoOffice) return "UNKNOWN_OFFICE";
  const BusinessCalendar& calendar = directory.calendar(office);
  const auto due = DueOf(*limit, facts.from, calendar);
  if (!due.ok()) return "CALENDAR_EXHAUSTED";
  const absl::Time warning = WarningOf(*limit, facts.from, due->at, calendar);
  events::v1::DeadlineSet set;
  set.set_limit(limit->id());
  set.set_policy(directory.policy().id());
  set.set_policy_version(directory.policy().version());
  set.set_hours(calendar.id());
  set.set_started_at_ms(absl::ToUnixMillis(facts.from));
  set.set_due_at_ms(absl::ToUnixMillis(due->at));
  if (warning != absl::InfinitePast()) set.set_warn_at_ms(absl::ToUnixMillis(warning));
  set.set_office(facts.office);
  set.set_level(facts.level);
  set.set_provisional(due->provisional);
  set.set_pack_hash(directory.pack_hash());
  set.set_wall_clock(limit->amount_case() == Limit::kWallS);
  return set;
}

}  // namespace tierline::escalation
