#include "routing/staffing.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "directory/line_steps.h"

namespace tierline::routing {
namespace {

constexpr int64_t kMinuteMs = 60'000;

// Whether any of `stretches` touches [begin_ms, end_ms).
bool Touches(absl::Span<const Stretch> stretches, int64_t begin_ms, int64_t end_ms) {
  const auto first = std::upper_bound(
      stretches.begin(), stretches.end(), begin_ms,
      [](int64_t at_ms, const Stretch& stretch) { return at_ms < stretch.end_ms; });
  return first != stretches.end() && first->begin_ms < end_ms;
}

class Day {
 public:
  Day(const StaffingQuery& query, absl::Span<const Stretch> signed_on,
      const directory::Directory& then, const directory::LineLife& life)
      : query_(query), signed_on_(signed_on), then_(then), life_(life) {}

  v1::StaffedDay Count(absl::CivilDay day) {
    v1::StaffedDay row;
    row.set_day(absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day()));
    const directory::OfficeIndex office = then_.offices().Find(query_.office);
    if (office == directory::kNoOffice) return row;
    const auto intervals = then_.calendar(office).IntervalsOn(day);
    if (!intervals.ok()) return row;  // no calendar for that year: nobody can be missed
    const absl::CivilSecond midnight(day);
    for (const DayInterval& interval : *intervals) {
      CountMinutes(MsOf(midnight + interval.begin_s), MsOf(midnight + interval.end_s), &row);
    }
    return row;
  }

 private:
  int64_t MsOf(absl::CivilSecond second) const {
    return absl::ToUnixMillis(absl::FromCivil(second, then_.zone()));
  }

  void CountMinutes(int64_t begin_ms, int64_t end_ms, v1::StaffedDay* row) {
    for (int64_t at_ms = begin_ms; at_ms < std::min(end_ms, query_.now_ms); at_ms += kMinuteMs) {
      if (!directory::Serves(life_.At(at_ms).state)) continue;
      row->set_working_minutes(row->working_minutes() + 1);
      if (Touches(signed_on_, at_ms, std::min(at_ms + kMinuteMs, end_ms))) {
        row->set_staffed_minutes(row->staffed_minutes() + 1);
      } else {
        AddViolation(at_ms, row);
      }
    }
  }

  // Minutes that follow each other are one stretch.
  static void AddViolation(int64_t at_ms, v1::StaffedDay* row) {
    row->set_violation_minutes(row->violation_minutes() + 1);
    if (row->violations_size() > 0 && row->violations().rbegin()->end_ms() == at_ms)
      return row->mutable_violations()->rbegin()->set_end_ms(at_ms + kMinuteMs);
    auto* violation = row->add_violations();
    violation->set_begin_ms(at_ms);
    violation->set_end_ms(at_ms + kMinuteMs);
  }

  const StaffingQuery& query_;
  const absl::Span<const Stretch> signed_on_;
  const directory::Directory& then_;
  const directory::LineLife& life_;
};

}  // namespace

std::vector<v1::StaffedDay> StaffingOf(const StaffingQuery& query,
                                       absl::Span<const Stretch> signed_on,
                                       const directory::Directory& directory) {
  const directory::LineLife life = directory.LifeOf(query.office);
  std::vector<v1::StaffedDay> days;
  for (absl::CivilDay day = query.from; day < query.until; ++day) {
    const directory::Directory& then = directory.At(absl::FromCivil(day, directory.zone()));
    days.push_back(Day(query, signed_on, then, life).Count(day));
  }
  return days;
}

}  // namespace tierline::routing
