#include "tests/promises/model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/event_types.h"
#include "base/text.h"

namespace tierline::promises {
namespace {

const Obligation* FindOwed(const Step& step) {
  for (const Obligation& owed : step.before.obligations()) {
    if (owed.service() == step.record.source && owed.reaction() == step.event.reaction() &&
        owed.cause_id() == step.record.causation.bytes())
      return &owed;
  }
  return nullptr;
}

}  // namespace

Account::Account(const World& world, const std::vector<const Operation*>& all)
    : decider(world), refusals(&decider, all) {
  for (const Operation* operation : all) operations[operation->request.request_id] = operation;
}

void PartitionModel::Violation(const Step& step, std::string_view what) {
  findings_.violations.push_back(absl::StrCat(ToAbsl(step.record.type), " of ",
                                              ToAbsl(step.record.subject), " at ", partition_, "/",
                                              step.offset, ": ", ToAbsl(what)));
}

void PartitionModel::Read(Offset offset, const RecordView& record) {
  const auto found = fold_.Find(record.subject);
  const Subject before = *found == nullptr ? Subject() : **found;
  const partition::Applied applied = fold_.Apply(offset, record, nullptr);
  if (applied.verdict != Verdict::kValid) {
    ++findings_.void_records[std::string(VerdictName(applied.verdict))];
    return;
  }
  if (applied.event == nullptr) return;
  if (record.subject.empty()) return ReadControl(record, *applied.event);
  ++findings_.valid;
  ++findings_.valid_by_type[std::string(record.type)];
  last_event_ = offset;
  const Step step{offset, record, *applied.event, before, *applied.subject};
  ReadEvent(step);
  account_.heads[std::string(record.subject)].insert(step.after.head());
  account_.refusals.Explain(step, last_directory_);
}

void PartitionModel::ReadControl(const RecordView& record, const Event& event) {
  std::string& released_by = released_by_[record.source];
  if (event.has_owner_claimed()) {
    ++findings_.claims;
    findings_.handed_over +=
        !released_by.empty() && released_by != event.owner_claimed().instance();
    released_by.clear();
  } else {
    released_by = fold_.FindWriter(record.source)->instance();
  }
}

void PartitionModel::ReadEvent(const Step& step) {
  CheckOrder(step);
  times_[step.record.id] = step.record.time_ms;
  if (step.event.reaction().empty()) return ReadCommand(step);
  ReadReaction(step);
}

void PartitionModel::CheckOrder(const Step& step) {
  int64_t& last_ms = last_ms_[std::string(step.record.subject)];
  if (!step.record.prev.empty()) {
    if (step.record.prev != Bytes(HashFromBytes(step.before.head())))
      Violation(step, "does not follow its predecessor");
    if (step.record.time_ms < last_ms) Violation(step, "time runs back");
  }
  last_ms = std::max(last_ms, step.record.time_ms);
  int64_t& directory = directory_[step.record.source];
  if (step.event.directory() < directory) Violation(step, "the directory runs back");
  directory = step.event.directory();
  last_directory_ = std::max(last_directory_, directory);
}

void PartitionModel::ReadCommand(const Step& step) {
  const auto asked = account_.operations.find(step.record.command);
  if (asked == account_.operations.end()) return Violation(step, "nobody asked for it");
  const Request& request = asked->second->request;
  if (request.subject != step.record.subject || request.service != step.record.source)
    return Violation(step, "its command was " + request.Describe());
  if (const std::string differs = account_.decider.CompareCommand(step, request); !differs.empty())
    Violation(step, differs);
  const int64_t version = fold_.FindService(step.record.source)->Version(step.after);
  const auto [place, first] = account_.places.emplace(
      step.record.command,
      Place{partition_, step.offset, step.record.id.ToString(), request.subject, version});
  if (first) return;
  Violation(step, absl::StrCat("the command of ", place->second.partition, "/",
                               place->second.offset, " is valid a second time"));
}

void PartitionModel::ReadReaction(const Step& step) {
  ++findings_.reactions;
  findings_.declined += step.event.has_reaction_declined();
  if (!acted_on_.emplace(step.record.causation, step.event.reaction()).second)
    Violation(step, "an obligation is acted on a second time");
  const Obligation* owed = FindOwed(step);
  if (owed == nullptr) return Violation(step, "a reaction that nobody owes");
  if (step.record.time_ms < owed->due_at_ms()) Violation(step, "a reaction before it was due");
  findings_.timers += owed->due_at_ms() > 0;
  CheckLateness(step, *owed);
  if (const std::string differs = account_.decider.CompareReaction(step, *owed); !differs.empty())
    Violation(step, differs);
}

void PartitionModel::CheckLateness(const Step& step, const Obligation& owed) {
  if (owed.standing()) return;  // due when the directory says so, by the clock of its owner
  const int64_t due_ms = std::max(owed.due_at_ms(), times_[step.record.causation]);
  if (due_ms < options_.timely_from_ms) return;
  ++findings_.timed;
  if (step.record.time_ms > due_ms + options_.late_ms_max)
    Violation(step, absl::StrCat("acted on ", step.record.time_ms - due_ms, " ms late"));
}

void PartitionModel::End() {
  const absl::Status visited = fold_.Visit("", [&](std::string_view id, const Subject& subject) {
    for (const Obligation& owed : subject.obligations()) {
      if (owed.standing() || owed.due_at_ms() > options_.due_ms) continue;
      findings_.left_open.push_back(absl::StrCat(ToAbsl(id), " is still owed ", owed.reaction(),
                                                 ", due at ", owed.due_at_ms()));
    }
    return true;
  });
  visited.IgnoreError();  // there is no store that could fail
}

}  // namespace tierline::promises
