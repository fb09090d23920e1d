#pragma once

#include <vector>

#include "tests/simulation/model.h"

namespace tierline::simulation {

// Compares what clients were told and what replicas hold with one reading of the log, from the
// start, in its order: each line is one promise.
//
//   every acknowledged command is valid once, each command at most once
//   what it was told (event, version, state) is what the log says, and its etag held
//   each event is what its service decides on the state that the log has before it
//   each refusal is what its service says to some state that the log had until then
//   an operation that began after another on its subject had returned comes later in the log
//   every replica's state at an offset is that of a fold from the start with the same services
//   each obligation was acted on once, not before it was due, and in time when nothing goes wrong
class Checker {
 public:
  Checker(const Cluster& cluster, const Workload& workload, const partition::FoldOptions& options,
          int64_t calm_from_ms)
      : cluster_(cluster), workload_(workload), options_(options), calm_from_ms_(calm_from_ms) {}

  Findings Check(const std::vector<std::shared_ptr<Operation>>& operations,
                 const std::vector<Capture>& captures);

  // Commands that a client was told were refused although an earlier attempt counts. A replica that
  // does not know that it lost the ownership may refuse on old state: refusals are not in the log.
  int64_t refused_but_valid() const { return refused_but_valid_; }

 private:
  void ReadPartition(int32_t partition, const std::vector<std::shared_ptr<Operation>>& operations);
  void CompareCaptures(int32_t partition, const Roles& roles, const std::vector<Capture>& captures);
  void CheckOperation(const Operation& operation);
  void CheckRealTime(const std::vector<std::shared_ptr<Operation>>& operations);
  void Violation(std::string what) { findings_.violations.push_back(std::move(what)); }

  const Cluster& cluster_;
  const Workload& workload_;
  const partition::FoldOptions options_;
  const int64_t calm_from_ms_;
  Findings findings_;
  int64_t refused_but_valid_ = 0;
};

}  // namespace tierline::simulation
