#include <algorithm>
#include <vector>

#include "routing/checks.h"
#include "routing/routing.h"

namespace tierline::routing {
namespace {

using state::v1::CallReport;
using state::v1::CallState;

// The reports up to the end of the call, by the switch's clock: what came to pass after the end did
// not happen, such as an operator who picks up when the caller is gone.
struct Course {
  const CallReport* offered = nullptr;
  const CallReport* answered = nullptr;
  const CallReport* failed = nullptr;  // the last line was busy or rang out, and none rang since
  const CallReport* ended = nullptr;
};

Course CourseOf(const CallState& call) {
  std::vector<const CallReport*> reports;
  for (const CallReport& report : call.reports()) reports.push_back(&report);
  std::sort(reports.begin(), reports.end(), [](const CallReport* a, const CallReport* b) {
    if (a->switch_time_ms() != b->switch_time_ms())
      return a->switch_time_ms() < b->switch_time_ms();
    return a->sequence() < b->sequence();
  });
  Course course;
  for (const CallReport* report : reports) {
    if (course.ended != nullptr) break;
    if (report->kind() == events::v1::CALL_REPORT_KIND_ENDED) {
      course.ended = report;
    } else if (IsLegFailure(report->kind())) {
      course.failed = report;
    } else {
      auto& first = report->kind() == events::v1::CALL_REPORT_KIND_ANSWERED ? course.answered
                                                                            : course.offered;
      if (first == nullptr) first = report;
      course.failed = nullptr;
    }
  }
  return course;
}

// A call that nobody answered.
base::v1::Outcome UnansweredOutcome(const CallState& call, const Course& course) {
  const events::v1::CallEndCause cause = course.ended->cause();
  if (cause == events::v1::CALL_END_CAUSE_FAILED) return base::v1::OUTCOME_ROUTE_FAILED;
  if (cause == events::v1::CALL_END_CAUSE_BUSY) return base::v1::OUTCOME_BLOCKED;
  if (cause == events::v1::CALL_END_CAUSE_RING_TIMEOUT) return base::v1::OUTCOME_NO_ANSWER;
  // Whether the caller then gave up or left a message: nobody had answered.
  if (course.failed != nullptr) {
    const bool busy = course.failed->kind() == events::v1::CALL_REPORT_KIND_BUSY;
    return busy ? base::v1::OUTCOME_BLOCKED : base::v1::OUTCOME_NO_ANSWER;
  }
  const bool voice = call.decision().action() == events::v1::ROUTE_ACTION_VOICE;
  if (voice || cause == events::v1::CALL_END_CAUSE_VOICE_PLAYED)
    return base::v1::OUTCOME_AFTER_HOURS;
  if (call.menu_open() && course.offered == nullptr) return base::v1::OUTCOME_MENU_EXIT;
  // The office refused the ringing call: nobody answered.
  if (cause == events::v1::CALL_END_CAUSE_OFFICE_HUNG_UP) return base::v1::OUTCOME_NO_ANSWER;
  return base::v1::OUTCOME_ABANDONED;
}

int64_t Between(const CallReport* from, const CallReport* to) {
  if (from == nullptr || to == nullptr) return 0;
  return std::max<int64_t>(0, to->switch_time_ms() - from->switch_time_ms());
}

}  // namespace

events::v1::CallEnded OutcomeOf(const CallState& call) {
  events::v1::CallEnded ended;
  const Course course = CourseOf(call);
  if (call.decision().action() == events::v1::ROUTE_ACTION_REJECT || course.ended == nullptr) {
    ended.set_outcome(base::v1::OUTCOME_ROUTE_FAILED);
    ended.set_ended_at_ms(call.input().arrived_at_ms());
    return ended;
  }
  const bool answered = course.answered != nullptr;
  ended.set_outcome(answered ? base::v1::OUTCOME_ANSWERED : UnansweredOutcome(call, course));
  ended.set_wait_ms(Between(course.offered, answered ? course.answered : course.ended));
  ended.set_talk_ms(Between(course.answered, course.ended));
  ended.set_ended_at_ms(course.ended->switch_time_ms());
  return ended;
}

}  // namespace tierline::routing
