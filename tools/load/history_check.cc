#include "tools/load/history_check.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/callback_limit.h"

namespace tierline::load {
namespace {

using reporting::v1::HistoryRecord;

class Checker {
 public:
  Checker(const History& history, const HistoryExpectation& expectation, HistoryCheck* check)
      : history_(history), expectation_(expectation), check_(check) {}

  void CheckChain() {
    if (!history_.chain.verified()) Fault(absl::StrCat("chain: ", history_.chain.fault()));
    if (history_.chain.events() != std::ssize(history_.records)) {
      Fault(absl::StrCat("the chain has ", history_.chain.events(), " events, the history ",
                         history_.records.size()));
    }
    const HistoryRecord* before = nullptr;
    for (const HistoryRecord& record : history_.records) {
      if (record.subject() != history_.inquiry_id) Fault(record.id() + " is of another inquiry");
      if (!record.void_reason().empty()) Fault(record.id() + " is void");
      if (before != nullptr && before->offset() >= record.offset()) {
        Fault(absl::StrCat(record.id(), " at offset ", record.offset(), " stands after ",
                           before->offset()));
      }
      if (before != nullptr && before->time_ms() > record.time_ms()) {
        Fault(record.id() + " is older than the event before it");
      }
      if (before != nullptr && before->hash() != record.prev_hash()) {
        Fault(record.id() + " does not follow the hash of the event before it");
      }
      before = &record;
    }
    if (before != nullptr && before->hash() != history_.chain.head()) {
      Fault("the last event's hash is not the head of the chain");
    }
  }

  void CheckCommands(const std::vector<Acknowledged>& acknowledged) {
    absl::flat_hash_map<std::string, int> events;
    absl::flat_hash_map<std::string, std::string> event_of_command;
    absl::flat_hash_set<std::string> requests;
    for (const Acknowledged& command : acknowledged) requests.insert(command.request_id.ToString());
    for (const HistoryRecord& record : history_.records) {
      ++events[record.id()];
      if (!record.event().reaction().empty() || record.command_id().empty()) continue;
      if (!event_of_command.emplace(record.command_id(), record.id()).second) {
        Fault(absl::StrCat("command ", record.command_id(), " was applied twice"));
      }
      if (expectation_.settled && !requests.contains(record.command_id())) {
        Fault(absl::StrCat(record.type(), " ", record.id(), " is of a command that nobody sent or ",
                           "that was refused: ", record.command_id()));
      }
    }
    for (const Acknowledged& command : acknowledged) {
      const auto event = event_of_command.find(command.request_id.ToString());
      const bool there = event != event_of_command.end() &&
                         event->second == command.event_id.ToString() && events[event->second] == 1;
      if (there) {
        ++check_->found;
      } else {
        check_->lost.push_back(command);
      }
    }
  }

  void CheckCall() {
    int ends = 0;
    int64_t unknown_at_ms = 0;
    for (const HistoryRecord& record : history_.records) {
      if (record.event().has_call_received()) {
        check_->call = true;
        unknown_at_ms = record.event().call_received().unknown_at_ms();
      }
      ends += record.event().has_call_ended();
    }
    check_->call_ended = ends > 0;
    if (ends > 1) Fault(absl::StrCat("the call ended ", ends, " times"));
    if (check_->call && ends == 0 && unknown_at_ms <= expectation_.now_ms) {
      Fault("the call has no outcome");
    }
  }

  void CheckDeadlines() {
    for (size_t i = 0; i < history_.records.size(); ++i) {
      if (history_.records[i].event().has_deadline_set()) CheckDeadline(i);
    }
  }

 private:
  void Fault(const std::string& what) {
    check_->faults.push_back(absl::StrCat("inquiry ", history_.inquiry_id, ": ", what));
  }

  // What a clock promises, as its last DeadlineSet or DeadlineRecomputed says, and what it did.
  struct Course {
    std::string said_by;  // id of that event
    int64_t warn_at_ms = 0, due_at_ms = 0;
    bool warning_owed = false;
    int acted_on = 0;  // times that the warning it owes was acted on
    int warned = 0, missed = 0, met = 0;
  };

  static bool OfCallback(const std::string& limit) { return limit == kCallbackLimit; }

  // When what the clock is about was done, just before record `end`; 0: it was not.
  int64_t DoneBefore(size_t end, bool callback) const {
    int64_t done_ms = 0;
    for (size_t i = 0; i < end; ++i) {
      const auto& event = history_.records[i].event();
      const bool called = callback && event.has_callback_made() && event.callback_made().reached();
      if (event.has_inquiry_closed() || event.has_inquiry_answered() || called) {
        if (done_ms == 0 || !callback) done_ms = event.occurred_at_ms();
      } else if (event.has_inquiry_reopened() && !callback) {
        done_ms = 0;
      }
    }
    return done_ms;
  }

  void CheckDeadline(size_t set_at) {
    const HistoryRecord& set_record = history_.records[set_at];
    const auto& set = set_record.event().deadline_set();
    const bool callback = OfCallback(set.limit());
    ++check_->deadlines_set;
    Course course{.said_by = set_record.id(),
                  .warn_at_ms = set.warn_at_ms(),
                  .due_at_ms = set.due_at_ms(),
                  .warning_owed = set.warn_at_ms() != 0};
    for (size_t i = set_at + 1; i < history_.records.size(); ++i) {
      const auto& event = history_.records[i].event();
      // One clock of a kind at a time.
      if (event.has_deadline_set() && OfCallback(event.deadline_set().limit()) == callback) break;
      Follow(i, callback, &course);
    }
    check_->deadlines_missed += course.missed;
    check_->deadlines_met += course.met;
    CheckEnd(absl::StrCat("deadline ", set_record.id(), " (", set.limit(), ")"), course);
  }

  void Follow(size_t at, bool callback, Course* course) {
    const HistoryRecord& record = history_.records[at];
    const auto& event = record.event();
    course->acted_on += record.causation_id() == course->said_by && event.reaction() == "warn";
    if (event.has_deadline_recomputed() &&
        OfCallback(event.deadline_recomputed().limit()) == callback) {
      Recompute(record, course);
    } else if (event.has_deadline_warned() && !callback) {
      ++course->warned;
      ++check_->deadlines_warned;
      if (record.time_ms() < course->warn_at_ms) Fault(record.id() + " warns too early");
      if (!course->warning_owed) Fault(record.id() + " warns of what it need not");
    } else if (event.has_deadline_missed() &&
               OfCallback(event.deadline_missed().limit()) == callback) {
      ++course->missed;
      const int64_t done_ms = DoneBefore(at, callback);
      if (record.time_ms() < course->due_at_ms) Fault(record.id() + " misses too early");
      if (done_ms != 0 && done_ms <= course->due_at_ms)
        Fault(record.id() + " misses what was resolved in time");
    } else if (event.has_deadline_met() && OfCallback(event.deadline_met().limit()) == callback) {
      ++course->met;
      if (event.deadline_met().resolved_at_ms() > course->due_at_ms)
        Fault(record.id() + " says met, but it was resolved too late");
    }
  }

  // what has come stands.
  void Recompute(const HistoryRecord& record, Course* course) {
    const auto& to = record.event().deadline_recomputed();
    if (course->missed + course->met > 0) Fault(record.id() + " recomputes what has ended");
    if (to.previous_due_at_ms() != course->due_at_ms)
      Fault(record.id() + " recomputes what was not due then");
    // A clock may be carried over as it is after it was due.
    const bool kept = to.due_at_ms() == to.previous_due_at_ms();
    if (to.due_at_ms() <= record.time_ms() && !kept) Fault(record.id() + " is due in the past");
    const bool again = to.warn_at_ms() > record.time_ms();
    course->warning_owed = to.warn_at_ms() != 0 && (again || course->warned == 0);
    if (again) course->warned = 0;
    course->acted_on = 0;
    course->said_by = record.id();
    course->due_at_ms = to.due_at_ms();
    course->warn_at_ms = to.warn_at_ms();
  }

  void CheckEnd(const std::string& name, const Course& course) {
    if (course.warned > 1) Fault(absl::StrCat(name, " warned ", course.warned, " times"));
    if (course.missed + course.met > 1) {
      Fault(absl::StrCat(name, " was missed ", course.missed, " times and met ", course.met,
                         " times"));
    }
    if (course.due_at_ms > expectation_.now_ms) return;
    if (course.missed + course.met == 0) Fault(name + " is past due and neither missed nor met");
    if (course.missed > 0 && course.warning_owed && course.acted_on != 1) {
      Fault(
          absl::StrCat(name, " was missed, and its warning acted on ", course.acted_on, " times"));
    }
  }

  const History& history_;
  const HistoryExpectation& expectation_;
  HistoryCheck* check_;
};

}  // namespace

HistoryCheck CheckHistory(const History& history, const std::vector<Acknowledged>& acknowledged,
                          const HistoryExpectation& expectation) {
  HistoryCheck check;
  Checker checker(history, expectation, &check);
  checker.CheckChain();
  checker.CheckCommands(acknowledged);
  checker.CheckCall();
  checker.CheckDeadlines();
  return check;
}

}  // namespace tierline::load
