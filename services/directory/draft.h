#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "directory/directory.h"

// A plan that was not published yet, to be tried on the past.

namespace tierline::directory {

// The pieces of a pack by their index, serialized: a tenth of the messages.
using PackParts = std::vector<std::shared_ptr<const std::string>>;
v1::PackPart MergeParts(const PackParts& parts);

// Steps of lines by the codes of their offices, in order.
using StepsByOffice = absl::btree_map<std::string, std::vector<StepTaken>>;
// The lives of these lines under the packs of `timeline`.
std::shared_ptr<const LineBook> BookOf(const StepsByOffice& steps,
                                       absl::Span<const Directory* const> timeline);

// What a draft is made of. It shares nothing that changes, so that it can be made on any thread.
struct DraftPlan {
  std::string pack_hash;
  PackParts parts;                            // of the staged pack; or, without any:
  std::shared_ptr<const Directory> in_force;  // a snapshot
  std::vector<std::shared_ptr<const Directory>> snapshots;
  StepsByOffice steps;

  // The timeline as it would be if the draft were in force from `from` on and nothing else after
  // it; the lines live on in it. The last snapshot is the draft's. Takes as long as building a
  // pack. Errors: kInvalidArgument with the first fault of the pack.
  absl::StatusOr<std::shared_ptr<const Directory>> Make(absl::Time from) const;
};

}  // namespace tierline::directory
