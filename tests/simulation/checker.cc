#include "tests/simulation/checker.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

namespace tierline::simulation {

Findings Checker::Check(const std::vector<std::shared_ptr<Operation>>& operations,
                        const std::vector<Capture>& captures) {
  std::set<std::pair<int32_t, Roles>> kinds;
  for (const Capture& capture : captures) kinds.emplace(capture.partition, capture.roles);
  for (int32_t partition = 0; partition < cluster_.partitions(); ++partition)
    ReadPartition(partition, operations);
  for (const auto& [partition, roles] : kinds) CompareCaptures(partition, roles, captures);
  for (const auto& operation : operations) CheckOperation(*operation);
  CheckRealTime(operations);
  return std::move(findings_);
}

void Checker::ReadPartition(int32_t partition,
                            const std::vector<std::shared_ptr<Operation>>& operations) {
  std::vector<std::shared_ptr<Operation>> here;
  std::copy_if(operations.begin(), operations.end(), std::back_inserter(here),
               [&](const auto& operation) { return operation->request->partition == partition; });
  PartitionModel model(workload_, options_, here, calm_from_ms_, &findings_);
  Offset offset = 0;
  for (const std::string& frame : cluster_.frames(partition))
    model.Read(offset++, *DecodeRecord(frame));
  model.End();
}

void Checker::CompareCaptures(int32_t partition, const Roles& roles,
                              const std::vector<Capture>& captures) {
  std::multimap<Offset, const Capture*> at;
  for (const Capture& capture : captures) {
    if (capture.partition == partition && capture.roles == roles)
      at.emplace(capture.offset, &capture);
  }
  partition::Fold fold("", workload_.MakeAll(roles), nullptr, options_);
  const auto& frames = cluster_.frames(partition);
  for (auto it = at.begin(); it != at.end();) {
    const Offset offset = it->first;
    while (fold.offset() < offset)
      fold.Apply(fold.offset(), *DecodeRecord(frames[fold.offset()]), nullptr);
    const std::string state = Describe(&fold);
    for (; it != at.end() && it->first == offset; ++it) {
      if (it->second->state == state) continue;
      Violation(absl::StrCat("the state of ", it->second->node, " at ", partition, "/", offset,
                             " differs from a fold of the log"));
    }
  }
}

void Checker::CheckOperation(const Operation& operation) {
  const Request& request = *operation.request;
  const auto found = findings_.places.find(request.request_id);
  if (found == findings_.places.end()) {
    if (!operation.acceptances.empty())
      Violation(request.Describe() + " was acknowledged and is not in the log");
    return;
  }
  if (operation.acceptances.empty() && !operation.refusals.empty()) ++refused_but_valid_;
  const Place& place = found->second;
  for (const Answer& answer : operation.acceptances) {
    const auto& receipt = answer.receipt;
    if (receipt.event_id() != place.event_id)
      Violation(request.Describe() + " was acknowledged as another event");
    if (receipt.etag() != EtagOf(place.version)) {
      Violation(absl::StrCat(request.Describe(), " was acknowledged as version ", receipt.etag(),
                             ", it is ", place.version));
    }
    if (receipt.position().history() <= place.offset)
      Violation(request.Describe() + " was acknowledged at a position before it");
  }
}

void Checker::CheckRealTime(const std::vector<std::shared_ptr<Operation>>& operations) {
  // In the order of the log, no operation may have returned before one that stands before it began:
  // that is, going back from the end, each begins before the earliest return after it.
  std::map<std::string, std::vector<std::pair<Offset, const Operation*>>> by_subject;
  for (const auto& operation : operations) {
    const auto found = findings_.places.find(operation->request->request_id);
    if (found != findings_.places.end())
      by_subject[operation->request->subject].emplace_back(found->second.offset, operation.get());
  }
  for (auto& [subject, placed] : by_subject) {
    std::sort(placed.begin(), placed.end());
    int64_t earliest_return = INT64_MAX;
    for (auto it = placed.rbegin(); it != placed.rend(); ++it) {
      const Operation& operation = *it->second;
      if (operation.invoked_ms > earliest_return)
        Violation(operation.request->Describe() + " stands before one that had returned earlier");
      if (!operation.acceptances.empty())
        earliest_return = std::min(earliest_return, operation.accepted_ms);
    }
  }
}

}  // namespace tierline::simulation
