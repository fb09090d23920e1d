#include "tests/simulation/captures.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tierline::simulation {
namespace {

using ByOffset = std::multimap<Offset, const Capture*>;

void CompareWithFold(const std::vector<std::string>& frames, const ByOffset& captures,
                     partition::Fold* fold, std::vector<std::string>* violations) {
  for (auto it = captures.begin(); it != captures.end();) {
    const Offset offset = it->first;
    while (fold->offset() < offset)
      fold->Apply(fold->offset(), *DecodeRecord(frames[fold->offset()]), nullptr);
    const std::string state = Describe(fold);
    for (; it != captures.end() && it->first == offset; ++it) {
      if (it->second->state == state) continue;
      violations->push_back(absl::StrCat("the state of ", it->second->node, " at ",
                                         it->second->partition, "/", offset,
                                         " differs from a fold of the log"));
    }
  }
}

}  // namespace

std::vector<std::string> CompareCaptures(const Cluster& cluster, const Workload& workload,
                                         const partition::FoldOptions& options,
                                         const std::vector<Capture>& captures) {
  std::map<std::pair<int32_t, Roles>, ByOffset> kinds;
  for (const Capture& capture : captures)
    kinds[{capture.partition, capture.roles}].emplace(capture.offset, &capture);
  std::vector<std::string> violations;
  for (const auto& [kind, at] : kinds) {
    const auto& [partition, roles] = kind;
    partition::Fold fold("", workload.MakeAll(roles), nullptr, options);
    CompareWithFold(cluster.frames(partition), at, &fold, &violations);
  }
  return violations;
}

}  // namespace tierline::simulation
