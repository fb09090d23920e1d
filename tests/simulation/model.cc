#include "tests/simulation/model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/event_types.h"

namespace tierline::simulation {
namespace {

constexpr int64_t kSettledMs = 4000;  // after the last fault every partition has an owner again
constexpr int64_t kLateMs = 1000;     // how late a timer may be acted on then

Roles AllOf(const Workload& workload) {
  Roles roles = workload.writers();
  roles.push_back(base::v1::SERVICE_REPORTING);
  return roles;
}

// Only what the service decided, without what the processor adds.
std::string Decided(Event event) {
  event.clear_subject();
  event.clear_occurred_at_ms();
  event.clear_directory();
  event.clear_actor();
  event.clear_reaction();
  event.clear_content();
  event.clear_utc_offset_s();
  return event.SerializeAsString();
}

std::string KeyOf(const Event& event, const Subject& before) {
  if (!before.key_id().empty()) return before.key_id();
  if (event.has_call_received()) return event.call_received().key_id();
  return event.inquiry_opened().key_id();
}

const Obligation* FindOwed(const Subject& subject, const RecordView& record, const Event& event) {
  for (const Obligation& owed : subject.obligations()) {
    if (owed.service() == record.source && owed.reaction() == event.reaction() &&
        owed.cause_id() == record.causation.bytes())
      return &owed;
  }
  return nullptr;
}

}  // namespace

PartitionModel::PartitionModel(const Workload& workload, const partition::FoldOptions& options,
                               const std::vector<std::shared_ptr<Operation>>& operations,
                               int64_t calm_from_ms, Findings* findings)
    : workload_(workload),
      fold_("", workload.MakeAll(AllOf(workload)), nullptr, options),
      calm_from_ms_(calm_from_ms),
      findings_(findings) {
  for (const auto& operation : operations) {
    operations_[operation->request->request_id] = operation.get();
    SubjectFacts& facts = subjects_[operation->request->subject];
    facts.operations.push_back(operation.get());
    for (const auto& refusal : operation->refusals)
      facts.unexplained.emplace_back(operation.get(), refusal);
  }
  for (auto& [subject, facts] : subjects_) ExplainRefusals(0, Subject::default_instance(), &facts);
}

void PartitionModel::Read(Offset offset, const RecordView& record) {
  where_ = absl::StrCat(std::string(record.subject), " at ", offset, ": ");
  const auto found = fold_.Find(record.subject);
  const Subject before = *found == nullptr ? Subject() : **found;
  const partition::Applied applied = fold_.Apply(offset, record, nullptr);
  if (applied.verdict != Verdict::kValid) {
    ++findings_->voided;
    ++findings_->counts[absl::StrCat("void: ", std::string(VerdictName(applied.verdict)))];
    return;
  }
  if (applied.event == nullptr) return;
  if (record.subject.empty()) return ReadControl(record, *applied.event);
  ++findings_->valid;
  ++findings_->counts[absl::StrCat("valid: ", std::string(record.type))];
  ReadEvent(offset, record, *applied.event, before);
  SubjectFacts& facts = subjects_[std::string(record.subject)];
  facts.heads.insert(applied.subject->head());
  ExplainRefusals(offset, *applied.subject, &facts);
}

void PartitionModel::ReadControl(const RecordView& record, const Event& event) {
  std::string& released_by = released_by_[record.source];
  if (event.has_owner_claimed()) {
    if (!released_by.empty() && released_by != event.owner_claimed().instance())
      ++findings_->counts["handed over by a release"];
    released_by.clear();
  } else {
    released_by = fold_.FindWriter(record.source)->instance();
  }
}

void PartitionModel::ReadEvent(Offset offset, const RecordView& record, const Event& event,
                               const Subject& before) {
  CheckOrder(record, event);
  times_[record.id] = record.time_ms;
  if (event.reaction().empty()) return ReadCommand(offset, record, event, before);
  ReadReaction(record, event, before);
}

void PartitionModel::CheckOrder(const RecordView& record, const Event& event) {
  int64_t& last_ms = subjects_[std::string(record.subject)].last_ms;
  if (!record.prev.empty() && record.time_ms < last_ms) Violation("time runs back");
  last_ms = std::max(last_ms, record.time_ms);
  int64_t& directory = directory_[record.source];
  if (event.directory() < directory) Violation("the directory runs back");
  directory = event.directory();
  last_directory_ = std::max(last_directory_, directory);
}

Context PartitionModel::ContextOf(const Event& event, const Subject& before) {
  return {.now = absl::FromUnixMillis(event.occurred_at_ms()),
          .directory = workload_.DirectoryAt(event.directory()).directory,
          .directory_position = event.directory(),
          .key_id = before.key_id(),
          .sealer = &sealer_};
}

void PartitionModel::ReadCommand(Offset offset, const RecordView& record, const Event& event,
                                 const Subject& before) {
  const auto asked = operations_.find(record.command);
  if (asked == operations_.end()) return Violation("nobody asked for it");
  const Request& request = *asked->second->request;
  const std::string key = KeyOf(event, before);
  Context context = ContextOf(event, before);
  context.key_id = key;
  context.principal = request.principal;
  CompareDecision(Decide(before, request, context), event);
  const auto state = fold_.Find(record.subject);
  const int64_t version = fold_.FindService(record.source)->Version(**state);
  const auto [place, first] =
      findings_->places.emplace(record.command, Place{offset, record.id.ToString(), version});
  if (!first)
    Violation(absl::StrCat("the command of ", place->second.offset, " is valid a second time"));
}

void PartitionModel::ReadReaction(const RecordView& record, const Event& event,
                                  const Subject& before) {
  if (!acted_on_.emplace(record.causation, event.reaction()).second)
    Violation("an obligation is acted on a second time");
  const Obligation* owed = FindOwed(before, record, event);
  if (owed == nullptr) return Violation("a reaction that nobody owes");
  if (record.time_ms < owed->due_at_ms()) Violation("a reaction before it was due");
  if (owed->due_at_ms() > 0) ++findings_->counts["timers acted on"];
  CheckLateness(record, *owed);
  CompareDecision(fold_.FindService(record.source)->React(before, *owed, ContextOf(event, before)),
                  event);
}

void PartitionModel::CheckLateness(const RecordView& record, const Obligation& owed) {
  const int64_t due_ms = std::max(owed.due_at_ms(), times_[record.causation]);
  if (due_ms < calm_from_ms_ + kSettledMs) return;
  ++findings_->counts["timers due after the last fault"];
  if (record.time_ms > due_ms + kLateMs)
    Violation(absl::StrCat("acted on ", record.time_ms - due_ms, " ms late"));
}

Decision PartitionModel::Decide(const Subject& state, const Request& request,
                                const Context& context) {
  const Service& service = *fold_.FindService(request.service);
  if (!request.etag.empty() && request.etag != EtagOf(service.Version(state)))
    return Rejection{.reason = "ETAG_MISMATCH"};
  return service.Decide(state, request.MakeCommand(), context);
}

void PartitionModel::CompareDecision(const Decision& decision, const Event& event) {
  if (const auto* rejection = std::get_if<Rejection>(&decision))
    return Violation("decided on another state: here it is refused, " + rejection->reason);
  if (Decided(std::get<Event>(decision)) != Decided(event))
    Violation("decided on another state: here it would be another event");
}

void PartitionModel::ExplainRefusals(Offset offset, const Subject& state, SubjectFacts* facts) {
  if (facts->unexplained.empty()) return;
  std::erase_if(facts->unexplained, [&](const auto& one) {
    const auto& [operation, refusal] = one;
    if (offset >= refusal.end) return false;
    // Before its first position a replica has no directory at all.
    for (const int64_t position : {last_directory_, int64_t{0}}) {
      const Context context{.now = absl::FromUnixMillis(refusal.at_ms),
                            .directory = workload_.DirectoryAt(position).directory,
                            .principal = operation->request->principal,
                            .key_id = state.key_id(),
                            .sealer = &sealer_};
      const Decision decision = Decide(state, *operation->request, context);
      const auto* rejection = std::get_if<Rejection>(&decision);
      if (rejection != nullptr && rejection->reason == refusal.reason) return true;
    }
    return false;
  });
}

void PartitionModel::CheckShown(const std::string& subject, const SubjectFacts& facts) {
  for (const Operation* operation : facts.operations) {
    for (const Answer& answer : operation->acceptances) {
      if (facts.heads.contains(answer.shown)) continue;
      Violation(operation->request->Describe() + " was shown a state that the log never had");
    }
  }
  for (const auto& [operation, refusal] : facts.unexplained) {
    Violation(absl::StrCat(operation->request->Describe(), " was refused for ", refusal.reason,
                           ", which no state of ", subject, " explains"));
  }
}

void PartitionModel::End() {
  where_.clear();
  for (const auto& [subject, facts] : subjects_) {
    const auto found = fold_.Find(subject);
    if (*found != nullptr) findings_->open_obligations += (*found)->obligations_size();
    CheckShown(subject, facts);
  }
}

}  // namespace tierline::simulation
