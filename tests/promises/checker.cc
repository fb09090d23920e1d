#include "tests/promises/checker.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"

namespace tierline::promises {
namespace {

constexpr int64_t kBatch = 1000;

}  // namespace

Checker::Checker(const World& world, std::vector<const Operation*> operations,
                 const CheckOptions& options)
    : world_(world),
      operations_(std::move(operations)),
      options_(options),
      account_(world, operations_) {}

absl::StatusOr<Offset> Checker::Read(log::EventLog* log, int32_t partition) {
  const log::TopicPartition of{log::Topic::kHistory, partition};
  return Read(partition, [&](log::RecordVisitor visitor) -> absl::Status {
    const auto end = log->End(of);
    if (!end.ok()) return end.status();
    for (Offset next = 0; next < *end;) {
      const auto read = log->Read(of, next, kBatch, visitor);
      if (!read.ok()) return read.status();
      next = *read;
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<Offset> Checker::Read(int32_t partition, VisitAll visit_all) {
  PartitionModel model(world_, options_, partition, &account_);
  const absl::Status status = visit_all([&](Offset offset, const RecordView& record) {
    model.Read(offset, record);
    return true;
  });
  if (!status.ok()) return status;
  model.End();
  return model.last_event();
}

Findings Checker::Finish() {
  for (const Operation* operation : operations_) CheckOperation(*operation);
  for (std::string& left : account_.refusals.Left()) Violation(std::move(left));
  CheckRealTime();
  return std::move(account_.findings);
}

void Checker::CheckOperation(const Operation& operation) {
  const Request& request = operation.request;
  const auto& heads = account_.heads[request.subject];
  for (const Acceptance& acceptance : operation.acceptances) {
    if (!acceptance.shown.empty() && !heads.contains(acceptance.shown))
      Violation(request.Describe() + " was shown a state that the log never had");
  }
  const auto found = account_.places.find(request.request_id);
  if (found == account_.places.end()) {
    if (!operation.acceptances.empty())
      Violation(request.Describe() + " was acknowledged and is not in the log");
    return;
  }
  const bool told = !operation.acceptances.empty();
  account_.findings.refused_but_valid += !told && !operation.refusals.empty();
  account_.findings.unknown_but_valid += !told && operation.refusals.empty();
  for (const Acceptance& acceptance : operation.acceptances)
    CheckAcceptance(request, acceptance, found->second);
}

void Checker::CheckAcceptance(const Request& request, const Acceptance& acceptance,
                              const Place& place) {
  const base::v1::Receipt& receipt = acceptance.receipt;
  if (!acceptance.subject.empty() && acceptance.subject != place.subject)
    Violation(request.Describe() + " was acknowledged as of " + acceptance.subject);
  if (receipt.event_id() != place.event_id)
    Violation(request.Describe() + " was acknowledged as another event");
  if (receipt.etag() != EtagOf(place.version)) {
    Violation(absl::StrCat(request.Describe(), " was acknowledged as version ", receipt.etag(),
                           ", it is ", place.version));
  }
  if (receipt.position().partition() != place.partition ||
      receipt.position().history() <= place.offset)
    Violation(request.Describe() + " was acknowledged at a position that does not cover it");
}

void Checker::CheckRealTime() {
  // In the order of the log, no operation may have returned before one that stands before it began:
  // that is, going back from the end, each begins before the earliest return after it.
  std::map<std::string, std::vector<std::pair<Offset, const Operation*>>> by_subject;
  for (const Operation* operation : operations_) {
    const auto found = account_.places.find(operation->request.request_id);
    if (found != account_.places.end())
      by_subject[operation->request.subject].emplace_back(found->second.offset, operation);
  }
  for (auto& [subject, placed] : by_subject) {
    std::sort(placed.begin(), placed.end());
    int64_t earliest_return = INT64_MAX;
    for (auto it = placed.rbegin(); it != placed.rend(); ++it) {
      const Operation& operation = *it->second;
      if (operation.invoked > earliest_return)
        Violation(operation.request.Describe() + " stands before one that had returned earlier");
      if (!operation.acceptances.empty())
        earliest_return = std::min(earliest_return, operation.accepted);
    }
  }
}

}  // namespace tierline::promises
