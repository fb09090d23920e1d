#include "tests/simulation/checker.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/event_types.h"
#include "base/hash.h"

namespace tierline::simulation {

struct Checker::PartitionModel {
  struct SubjectModel {
    Hash head{};
    int64_t events = 0;
    int64_t last_ms = 0;
    std::map<base::v1::Service, int64_t> versions;
  };
  std::map<std::string, SubjectModel, std::less<>> subjects;
  std::map<base::v1::Service, int64_t> directory;  // the greatest that each service named
  std::map<Uuid, int64_t> owed;                    // cause to due instant
};

std::vector<std::string> Checker::Check(const std::vector<std::shared_ptr<Operation>>& operations,
                                        const std::vector<Capture>& captures) {
  for (int32_t partition = 0; partition < cluster_.partitions(); ++partition)
    Walk(partition, captures);
  for (const auto& operation : operations) CheckOperation(*operation);
  CheckRealTime(operations);
  return std::move(violations_);
}

void Checker::Walk(int32_t partition, const std::vector<Capture>& captures) {
  partition::Fold fold("", MakeServices(options_.services), nullptr, options_.fold);
  PartitionModel model;
  std::multimap<Offset, const Capture*> at;
  for (const Capture& capture : captures) {
    if (capture.partition == partition) at.emplace(capture.offset, &capture);
  }
  const auto compare = [&](Offset offset) {
    const auto [from, to] = at.equal_range(offset);
    for (auto it = from; it != to; ++it) {
      if (it->second->state == Describe(&fold)) continue;
      Violation(absl::StrCat("the state of ", it->second->node, " at ", partition, "/", offset,
                             " differs from a fold of the log"));
    }
  };
  compare(0);
  Offset offset = 0;
  for (const std::string& frame : cluster_.frames(partition)) {
    const RecordView record = *DecodeRecord(frame);
    const partition::Applied applied = fold.Apply(offset, record, nullptr);
    if (applied.verdict != Verdict::kValid) {
      ++voided_;
    } else if (!record.subject.empty()) {
      ++valid_;
      CheckEvent(record, *applied.event, offset, &model);
    }
    compare(++offset);
  }
  open_obligations_ += static_cast<int64_t>(model.owed.size());
}

void Checker::CheckEvent(const RecordView& record, const Event& event, Offset offset,
                         PartitionModel* model) {
  auto& subject = model->subjects[std::string(record.subject)];
  const std::string seen =
      absl::StrCat(subject.events, "/", HexOf(subject.events == 0 ? "" : Bytes(subject.head)));
  const std::string where = absl::StrCat(std::string(record.subject), " at ", offset);
  if (const auto by = testing::SeenBy(event); by && *by != seen) {
    Violation(absl::StrCat(where, ": decided on ", *by, " where the log has ", seen));
  }
  if (!record.prev.empty() && record.time_ms < subject.last_ms)
    Violation(where + ": time runs back");
  subject.last_ms = std::max(subject.last_ms, record.time_ms);
  int64_t& directory = model->directory[record.source];
  if (event.directory() < directory) Violation(where + ": the directory runs back");
  directory = event.directory();
  ++subject.events;
  subject.head = ChainHash(subject.head, record);
  const int64_t version = ++subject.versions[record.source];
  const auto& services = options_.services;
  const bool echoes = std::find(services.begin(), services.end(), testing::kEcho) != services.end();
  if (echoes && event.has_inquiry_classified()) {
    int64_t delay = 0;
    const std::string& category = event.inquiry_classified().category();
    (void)absl::SimpleAtoi(category.substr(0, category.find('/')), &delay);
    model->owed[record.id] = delay == 0 ? 0 : event.occurred_at_ms() + delay;
  }
  if (!event.reaction().empty()) return CheckReaction(record, event, model);
  const auto [place, first] = places_.emplace(
      record.command, Place{offset, record.id.ToString(), std::string(record.subject), version});
  if (!first)
    Violation(
        absl::StrCat(where, ": the command of ", place->second.offset, " is valid a second time"));
}

void Checker::CheckReaction(const RecordView& record, const Event& event, PartitionModel* model) {
  const auto owed = model->owed.find(record.causation);
  if (owed == model->owed.end()) return Violation("a reaction that nobody owes, or a second one");
  if (record.time_ms < owed->second) Violation("a reaction before it was due");
  if (event.has_deadline_set() && event.deadline_set().due_at_ms() != owed->second) {
    Violation("a reaction with another due instant");
  }
  model->owed.erase(owed);
}

void Checker::CheckOperation(const Operation& operation) {
  const auto found = places_.find(operation.request_id);
  const std::string what = absl::StrCat("'", operation.text, "' on ", operation.subject);
  if (operation.surplus_replies > 0) Violation(what + " was answered twice");
  if (found == places_.end()) {
    if (!operation.receipts.empty()) Violation(what + " was acknowledged and is not in the log");
    return;
  }
  if (operation.receipts.empty() && !operation.rejection.empty()) ++refused_but_valid_;
  const Place& place = found->second;
  for (const auto& receipt : operation.receipts) {
    if (receipt.event_id() != place.event_id)
      Violation(what + " was acknowledged as another event");
    if (receipt.etag() != EtagOf(place.version)) {
      Violation(absl::StrCat(what, " was acknowledged as version ", receipt.etag(), ", it is ",
                             place.version));
    }
    if (receipt.position().history() <= place.offset)
      Violation(what + " was acknowledged at a position before it");
  }
  if (!operation.etag.empty() && operation.etag != EtagOf(place.version - 1)) {
    Violation(absl::StrCat(what, " was to follow version ", operation.etag, " and became ",
                           place.version));
  }
}

void Checker::CheckRealTime(const std::vector<std::shared_ptr<Operation>>& operations) {
  // In the order of the log, no operation may have returned before one that stands before it began:
  // that is, going back from the end, each begins before the earliest return after it.
  std::map<std::string, std::vector<std::pair<Offset, const Operation*>>> by_subject;
  for (const auto& operation : operations) {
    const auto found = places_.find(operation->request_id);
    if (found != places_.end())
      by_subject[operation->subject].emplace_back(found->second.offset, operation.get());
  }
  for (auto& [subject, placed] : by_subject) {
    std::sort(placed.begin(), placed.end());
    int64_t earliest_return = INT64_MAX;
    for (auto it = placed.rbegin(); it != placed.rend(); ++it) {
      const Operation& operation = *it->second;
      if (operation.invoked_ms > earliest_return) {
        Violation(absl::StrCat("'", operation.text, "' on ", subject,
                               " stands before one that had returned earlier"));
      }
      if (!operation.receipts.empty())
        earliest_return = std::min(earliest_return, operation.returned_ms);
    }
  }
}

}  // namespace tierline::simulation
