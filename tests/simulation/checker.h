#pragma once

#include <string>
#include <vector>

#include "tests/simulation/client.h"

namespace tierline::simulation {

// Compares what clients were told and what replicas hold with one reading of the log, from the
// start, in its order: each line is one promise that was broken.
//
//   every acknowledged command is valid once, each command at most once
//   what it was told (event, version) is what the log says, and its etag held
//   each event's decider saw the subject exactly as the log has it
//   an operation that began after another on its subject had returned comes later in the log
//   every replica's state at an offset is that of a fold from the start
//   each obligation was acted on once, not before it was due
class Checker {
 public:
  Checker(const Cluster& cluster, const NodeOptions& options)
      : cluster_(cluster), options_(options) {}

  std::vector<std::string> Check(const std::vector<std::shared_ptr<Operation>>& operations,
                                 const std::vector<Capture>& captures);

  int64_t valid() const { return valid_; }
  int64_t voided() const { return voided_; }
  // Obligations that nobody acted on: fine in the middle of a run, not at the end.
  int64_t open_obligations() const { return open_obligations_; }
  // Commands that a client was told were refused although an earlier attempt counts. A replica that
  // does not know that it lost the ownership may refuse on old state: refusals are not in the log.
  int64_t refused_but_valid() const { return refused_but_valid_; }

 private:
  // Where a command ended up.
  struct Place {
    Offset offset = 0;
    std::string event_id;
    std::string subject;
    int64_t version = 0;
  };
  struct PartitionModel;

  void Walk(int32_t partition, const std::vector<Capture>& captures);
  void CheckEvent(const RecordView& record, const Event& event, Offset offset,
                  PartitionModel* model);
  void CheckReaction(const RecordView& record, const Event& event, PartitionModel* model);
  void CheckOperation(const Operation& operation);
  void CheckRealTime(const std::vector<std::shared_ptr<Operation>>& operations);
  void Violation(std::string what) { violations_.push_back(std::move(what)); }

  const Cluster& cluster_;
  const NodeOptions options_;
  std::map<Uuid, Place> places_;  // by request id
  std::vector<std::string> violations_;
  int64_t valid_ = 0, voided_ = 0, open_obligations_ = 0, refused_but_valid_ = 0;
};

}  // namespace tierline::simulation
