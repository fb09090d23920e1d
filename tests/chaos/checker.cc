#include "tests/chaos/checker.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/event_types.h"
#include "base/hash.h"
#include "base/text.h"

namespace tierline::chaos {
namespace {

constexpr int64_t kBatch = 1000;

// What the fold owes before `record` and the record acts on.
std::optional<Obligation> OwedFor(partition::Fold* fold, const RecordView& record) {
  if (record.subject.empty() || record.causation.absent()) return {};
  const auto subject = fold->Find(record.subject);
  if (!subject.ok() || *subject == nullptr) return {};
  Event event;
  event.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()));
  for (const Obligation& owed : (*subject)->obligations()) {
    if (owed.cause_id() == record.causation.bytes() && owed.reaction() == event.reaction() &&
        owed.service() == record.source) {
      return owed;
    }
  }
  return {};
}

}  // namespace

struct Checker::PartitionModel {
  struct SubjectModel {
    Hash head{};
    int64_t last_ms = 0;
    std::map<base::v1::Service, int64_t> versions;
  };
  std::map<std::string, SubjectModel, std::less<>> subjects;
  std::map<base::v1::Service, int64_t> directory;  // the greatest that each service named
  int32_t number = 0;
};

absl::Status Checker::Walk(log::EventLog* log, int32_t partition, int64_t due_ms) {
  last_event_ = -1;
  partition::Fold fold("", services_(), nullptr);
  PartitionModel model{.number = partition};
  const log::TopicPartition of{log::Topic::kHistory, partition};
  const auto end = log->End(of);
  if (!end.ok()) return end.status();
  while (fold.offset() < *end) {
    const auto next =
        log->Read(of, fold.offset(), kBatch, [&](Offset offset, const RecordView& record) {
          const std::optional<Obligation> owed = OwedFor(&fold, record);
          const partition::Applied applied = fold.Apply(offset, record, nullptr);
          CheckRecord(record, applied, owed ? &*owed : nullptr, offset, &model);
          return true;
        });
    if (!next.ok()) return next.status();
  }
  return CheckOpen(&fold, due_ms);
}

void Checker::CheckRecord(const RecordView& record, const partition::Applied& applied,
                          const Obligation* owed, Offset offset, PartitionModel* model) {
  if (applied.verdict != Verdict::kValid) {
    ++voided_[std::string(VerdictName(applied.verdict))];
    return;
  }
  claims_ += record.type == kOwnerClaimed;
  if (record.subject.empty()) return;
  ++valid_;
  last_event_ = offset;
  const std::string where = absl::StrCat(ToAbsl(record.type), " at ", model->number, "/", offset);
  if (applied.event == nullptr) return Violation(where + " can not be read");
  const Event& event = *applied.event;
  auto& subject = model->subjects[std::string(record.subject)];
  if (!record.prev.empty()) {
    if (record.prev != Bytes(subject.head)) Violation(where + " does not follow its predecessor");
    if (record.time_ms < subject.last_ms) Violation(where + ": time runs back");
  }
  subject.last_ms = std::max(subject.last_ms, record.time_ms);
  subject.head = ChainHash(subject.head, record);
  int64_t& directory = model->directory[record.source];
  if (event.directory() < directory) Violation(where + ": the directory runs back");
  directory = event.directory();
  const int64_t version = ++subject.versions[record.source];
  if (!event.reaction().empty()) {
    declined_ += event.has_reaction_declined();
    return CheckReaction(record, owed, where);
  }
  const auto [place, first] = places_.emplace(
      record.command,
      Place{model->number, offset, record.id.ToString(), std::string(record.subject), version});
  if (!first) {
    Violation(absl::StrCat(where, ": the command of ", place->second.partition, "/",
                           place->second.offset, " is valid a second time"));
  }
}

void Checker::CheckReaction(const RecordView& record, const Obligation* owed,
                            const std::string& where) {
  ++reactions_;
  if (owed == nullptr) return Violation(where + ": a reaction that nobody owes, or a second one");
  timers_ += owed->due_at_ms() > 0;
  if (record.time_ms < owed->due_at_ms()) Violation(where + ": a reaction before it was due");
}

absl::Status Checker::CheckOpen(partition::Fold* fold, int64_t due_ms) {
  return fold->Visit("", [&](std::string_view id, const Subject& subject) {
    for (const Obligation& owed : subject.obligations()) {
      if (owed.due_at_ms() > due_ms) continue;
      Violation(absl::StrCat("inquiry ", ToAbsl(id), " is still owed ", owed.reaction(),
                             ", due at ", owed.due_at_ms()));
    }
    return true;
  });
}

void Checker::CheckOperations(const std::vector<std::unique_ptr<Operation>>& operations) {
  for (const auto& operation : operations) CheckOperation(*operation);
  CheckRealTime(operations);
}

void Checker::CheckOperation(const Operation& operation) {
  const auto found = places_.find(operation.request_id);
  const std::string what = absl::StrCat(ToAbsl(operation.method), " ",
                                        operation.request_id.ToString(), " on ", operation.inquiry);
  if (found == places_.end()) {
    if (operation.acknowledged())
      Violation(what + " was acknowledged and does not count in the log");
    return;
  }
  const Place& place = found->second;
  if (operation.refused()) ++refused_but_valid_;
  if (operation.returned_us == 0) ++unknown_but_valid_;
  if (!operation.inquiry.empty() && operation.inquiry != place.subject) {
    Violation(absl::StrCat(what, " stands under ", place.subject));
  }
  for (const auto& receipt : operation.receipts) {
    if (receipt.event_id() != place.event_id)
      Violation(what + " was acknowledged as another event");
    if (receipt.etag() != EtagOf(place.version)) {
      Violation(absl::StrCat(what, " was acknowledged as version ", receipt.etag(), ", it is ",
                             place.version));
    }
    if (receipt.position().partition() != place.partition ||
        receipt.position().history() <= place.offset) {
      Violation(what + " was acknowledged at a position that does not cover it");
    }
  }
  if (!operation.etag.empty() && operation.etag != EtagOf(place.version - 1)) {
    Violation(absl::StrCat(what, " was to follow version ", operation.etag, " and became ",
                           place.version));
  }
}

void Checker::CheckRealTime(const std::vector<std::unique_ptr<Operation>>& operations) {
  // In the order of the log, no operation may have returned before one that stands before it began:
  // that is, going back from the end, each begins before the earliest return after it.
  std::map<std::string, std::vector<std::pair<Offset, const Operation*>>> by_subject;
  for (const auto& operation : operations) {
    const auto found = places_.find(operation->request_id);
    if (found != places_.end())
      by_subject[found->second.subject].emplace_back(found->second.offset, operation.get());
  }
  for (auto& [subject, placed] : by_subject) {
    std::sort(placed.begin(), placed.end());
    int64_t earliest_return = INT64_MAX;
    for (auto it = placed.rbegin(); it != placed.rend(); ++it) {
      const Operation& operation = *it->second;
      if (operation.invoked_us > earliest_return) {
        Violation(absl::StrCat(ToAbsl(operation.method), " ", operation.request_id.ToString(),
                               " on ", subject, " stands before one that had returned earlier"));
      }
      if (operation.acknowledged())
        earliest_return = std::min(earliest_return, operation.returned_us);
    }
  }
}

}  // namespace tierline::chaos
