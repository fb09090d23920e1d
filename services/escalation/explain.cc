#include "escalation/explain.h"

#include <algorithm>

namespace tierline::escalation {
namespace {

using directory::v1::Limit;
using state::v1::Deadline;

absl::StatusOr<Timeline> ByLimit(const Deadline& deadline, const BusinessCalendar& calendar,
                                 const directory::Directory& directory) {
  const auto* policy = directory.FindPolicy(deadline.policy());
  if (policy == nullptr) return absl::NotFoundError("no policy " + deadline.policy());
  const auto limit = std::find_if(policy->limits().begin(), policy->limits().end(),
                                  [&](const Limit& one) { return one.id() == deadline.limit(); });
  if (limit == policy->limits().end()) return absl::NotFoundError("no limit " + deadline.limit());
  const absl::Time from = absl::FromUnixMillis(deadline.started_at_ms());
  switch (limit->amount_case()) {
    case Limit::kWorkingDays:
      return calendar.ExplainAddWorkingDays(from, limit->working_days());
    case Limit::kWorkingS:
      return calendar.ExplainAddWorking(from, absl::Seconds(limit->working_s()));
    case Limit::kSameDay:
      return calendar.ExplainAddWorkingDays(from, 0);
    case Limit::kWallS:
      return Timeline{.due = {from + absl::Seconds(limit->wall_s()), false}};
    case Limit::AMOUNT_NOT_SET:
      break;
  }
  return absl::NotFoundError("the limit has no amount");
}

}  // namespace

absl::StatusOr<Timeline> Explain(const Deadline& deadline, const directory::Directory& directory) {
  const auto office = directory.offices().Find(deadline.office());
  if (office == directory::kNoOffice) return absl::NotFoundError("no office " + deadline.office());
  const BusinessCalendar& calendar = directory.calendar(office);
  const absl::Time from = absl::FromUnixMillis(deadline.started_at_ms());
  if (deadline.callback()) return calendar.ExplainAddWorkingDays(from, 0);
  if (deadline.carried_at_ms() == 0) return ByLimit(deadline, calendar, directory);
  if (deadline.left_ms() == 0)  // it kept its instant
    return Timeline{.due = {absl::FromUnixMillis(deadline.due_at_ms()), deadline.provisional()}};
  return calendar.ExplainAddWorking(absl::FromUnixMillis(deadline.carried_at_ms()),
                                    absl::Milliseconds(deadline.left_ms()));
}

}  // namespace tierline::escalation
