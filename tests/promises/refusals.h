#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "tests/promises/second_decider.h"

namespace tierline::promises {

// The refusals that no state of the log has explained so far. A refusal is not in the log, and may
// come from a replica that is behind: it must be right on some state that the log had.
class Refusals {
 public:
  // All that clients were told. Some are right on the empty state, before any event.
  Refusals(SecondDecider* decider, const std::vector<const Operation*>& operations);

  // Drops those that are right on the state after `step`, with the directory at `directory` or
  // without any, as replicas have it before they read their first pack.
  void Explain(const Step& step, int64_t directory);

  // What is left: what a client was told, and no state explains.
  std::vector<std::string> Left() const;

 private:
  struct Open {
    const Request* request;
    const Refusal* refusal;
  };

  bool Explains(const Subject& state, int64_t directory, const Open& open) const;

  SecondDecider* const decider_;
  absl::btree_map<std::string, std::vector<Open>> open_;  // by subject
};

}  // namespace tierline::promises
