#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/service.h"
#include "runtime/log/event_log.h"
#include "runtime/partition/fold.h"
#include "tests/chaos/operation.h"

namespace tierline::chaos {

// Compares what clients were told with one reading of the log, from the start, in its order; linear
// in both. Each violation is one promise that was broken (as tests/simulation/checker.h has them):
//
//   every acknowledged command is valid once, each command at most once
//   what it was told (event, version, position) is what the log says, and its etag held
//   an event that names its predecessor follows it; in an inquiry, of these, time never runs back
//   the directory that a service decides on never runs back in a partition
//   an operation that began after another on its inquiry had returned comes later in the log
//   each obligation was acted on once, not before it was due, and what was due is not left open
//
// What the replicas hold is compared by state_check.h.
class Checker {
 public:
  // All services, as a fold has them.
  using MakeServices = std::function<std::vector<std::unique_ptr<Service>>()>;

  explicit Checker(MakeServices services) : services_(std::move(services)) {}

  // Reads `partition` to its end. Nothing due before `due_ms` may be left open there. Errors: of
  // the log.
  absl::Status Walk(log::EventLog* log, int32_t partition, int64_t due_ms);
  // After all partitions.
  void CheckOperations(const std::vector<std::unique_ptr<Operation>>& operations);

  const std::vector<std::string>& violations() const { return violations_; }
  int64_t valid() const { return valid_; }
  // Offset of the last valid event of the partition that was walked last; -1 when it has none.
  Offset last_event() const { return last_event_; }
  const std::map<std::string, int64_t>& voided() const { return voided_; }  // by reason
  int64_t reactions() const { return reactions_; }
  int64_t declined() const { return declined_; }  // of them
  int64_t timers() const { return timers_; }      // reactions that had to wait for their instant
  int64_t claims() const { return claims_; }
  // Commands of which a client was told that they were refused although an earlier attempt counts:
  // a replica that does not know that it lost the ownership may refuse on old state.
  int64_t refused_but_valid() const { return refused_but_valid_; }
  // Commands that count although nobody was ever told so.
  int64_t unknown_but_valid() const { return unknown_but_valid_; }

 private:
  struct Place {  // where a command ended up
    int32_t partition = 0;
    Offset offset = 0;
    std::string event_id, subject;
    int64_t version = 0;
  };
  struct PartitionModel;

  void CheckRecord(const RecordView& record, const partition::Applied& applied,
                   const Obligation* owed, Offset offset, PartitionModel* model);
  void CheckReaction(const RecordView& record, const Obligation* owed, const std::string& where);
  absl::Status CheckOpen(partition::Fold* fold, int64_t due_ms);
  void CheckOperation(const Operation& operation);
  void CheckRealTime(const std::vector<std::unique_ptr<Operation>>& operations);
  void Violation(std::string what) { violations_.push_back(std::move(what)); }

  const MakeServices services_;
  std::map<Uuid, Place> places_;  // by request id
  std::vector<std::string> violations_;
  std::map<std::string, int64_t> voided_;
  Offset last_event_ = -1;
  int64_t valid_ = 0, reactions_ = 0, declined_ = 0, timers_ = 0, claims_ = 0;
  int64_t refused_but_valid_ = 0, unknown_but_valid_ = 0;
};

}  // namespace tierline::chaos
