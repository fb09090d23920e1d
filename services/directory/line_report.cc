#include "directory/line_report.h"

#include <algorithm>
#include <limits>

#include "directory/line_steps.h"

namespace tierline::directory {
namespace {

// 0 stands for the beginning on the wire.
int64_t Wire(int64_t ms) { return ms == kAlwaysMs ? 0 : ms; }

// When the line first was in a state that `is`, up to `until_ms`; kNeverMs: it was not.
template <typename Is>
int64_t FirstMs(const LineLife& life, int64_t until_ms, Is is) {
  for (const LineSpan& span : life.spans()) {
    if (span.from_ms > until_ms) break;
    if (is(span.state)) return span.from_ms;
  }
  return kNeverMs;
}

// Whole days of the hotline's zone from the day of `due` to that of `done_ms` or, if that is still
// to come, of `now`; 0 when there are none.
int32_t LateDays(absl::Time due, int64_t done_ms, absl::Time now, absl::TimeZone zone) {
  const absl::Time done = done_ms == kNeverMs ? now : absl::FromUnixMillis(done_ms);
  const absl::civil_diff_t days = absl::ToCivilDay(done, zone) - absl::ToCivilDay(due, zone);
  return static_cast<int32_t>(std::clamp<absl::civil_diff_t>(days, 0, 1'000'000));
}

bool IsRebinding(v1::LineState state) {
  return state == v1::LINE_STATE_REBOUND || state == v1::LINE_STATE_REVERIFIED ||
         state == v1::LINE_STATE_RETESTED;
}

}  // namespace

v1::LineStatus StatusOf(OfficeIndex index, const Directory& then, absl::Time at) {
  const Office& office = then.offices()[index];
  const LineView line = then.LineAt(index, at);
  const LineLife life = then.LifeOf(office.code);
  const int64_t at_ms = absl::ToUnixMillis(at);
  const int64_t served_ms = FirstMs(life, at_ms, Serves);
  const int64_t open_ms =
      FirstMs(life, at_ms, [](v1::LineState state) { return state == v1::LINE_STATE_OPEN; });
  v1::LineStatus status;
  status.set_office(office.code);
  status.set_name(office.name);
  status.set_level(office.level);
  status.set_state(line.state);
  status.set_number(std::string(line.number));
  status.set_since_ms(Wire(life.At(at_ms).from_ms));
  status.set_open(Serves(line.state));
  status.set_trial(status.open() && (line.state == v1::LINE_STATE_TRIAL || then.IsTrial(at)));
  if (served_ms != kNeverMs) status.set_first_served_ms(Wire(served_ms));
  if (open_ms != kNeverMs) status.set_first_open_ms(Wire(open_ms));
  if (office.merged_into == kNoOffice) {
    status.set_trial_late_days(LateDays(then.trial_from(), served_ms, at, then.zone()));
    status.set_formal_late_days(LateDays(then.formal_from(), open_ms, at, then.zone()));
  }
  const OfficeIndex serves = then.NearestOpen(index, at);
  if (serves != index && serves != kNoOffice) status.set_served_by(then.offices()[serves].code);
  return status;
}

bool IsWanted(const v1::LineStatus& status, v1::LineFilter filter) {
  switch (filter) {
    case v1::LINE_FILTER_OPEN:
      return status.open();
    case v1::LINE_FILTER_NOT_OPEN:
      return !status.open();
    case v1::LINE_FILTER_LATE:
      return status.trial_late_days() > 0 || status.formal_late_days() > 0;
    default:
      return true;
  }
}

void LineCounter::Add(const v1::LineStatus& status) {
  for (v1::LineCounts* counts : {&levels_[0], &levels_[std::clamp<int>(status.level(), 1, 4)]}) {
    counts->set_offices(counts->offices() + 1);
    if (status.trial()) {
      counts->set_trial(counts->trial() + 1);
    } else if (status.open()) {
      counts->set_open(counts->open() + 1);
    } else if (status.state() == v1::LINE_STATE_SUSPENDED) {
      counts->set_suspended(counts->suspended() + 1);
    } else if (status.state() == v1::LINE_STATE_CLOSED) {
      counts->set_closed(counts->closed() + 1);
    } else if (IsRebinding(status.state())) {
      counts->set_rebinding(counts->rebinding() + 1);
    } else {
      counts->set_not_yet(counts->not_yet() + 1);
    }
    if (status.trial_late_days() > 0) counts->set_late_for_trial(counts->late_for_trial() + 1);
    if (status.formal_late_days() > 0) counts->set_late_for_formal(counts->late_for_formal() + 1);
  }
}

std::vector<v1::LineCounts> LineCounter::Take() const {
  std::vector<v1::LineCounts> rows;
  for (const int level : {1, 2, 3, 4, 0}) {
    if (level != 0 && levels_[level].offices() == 0) continue;
    rows.push_back(levels_[level]);
    rows.back().set_level(static_cast<base::v1::Level>(level));
  }
  return rows;
}

std::vector<v1::LineSpan> SpansOf(std::string_view office, const Directory& directory) {
  std::vector<v1::LineSpan> spans;
  const LineLife life = directory.LifeOf(office);
  for (const LineSpan& from : life.spans()) {
    v1::LineSpan& span = spans.emplace_back();
    span.set_from_ms(Wire(from.from_ms));
    span.set_state(from.state);
    span.set_number(from.number);
    span.set_pack_hash(from.pack_hash);
    if (from.step.record == nullptr) continue;
    const RecordedStep& record = *from.step.record;
    v1::LineFact* fact = span.mutable_fact();
    fact->set_event_id(record.id.ToString());
    fact->set_step(record.event.step());
    fact->set_recorded_at_ms(record.recorded_at_ms);
    *fact->mutable_actor() = record.actor;
    *fact->mutable_evidence() = record.event.evidence();
    *fact->mutable_test_calls() = from.step.change().test_calls();
    fact->set_test_failed(from.step.change().test_failed());
  }
  return spans;
}

}  // namespace tierline::directory
