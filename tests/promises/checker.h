#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "runtime/log/event_log.h"
#include "tests/promises/model.h"

namespace tierline::promises {

// Compares what clients were told with one reading of the log, from the start, in its order. Each
// of these is one promise:
//
//   every acknowledged command is valid once, each command at most once
//   what it was told (event, version, position, state) is what the log says, and its etag held
//   each event is what its service decides on the state that the log has before it
//   each refusal is what its service says to some state that the log had until then
//   an event that names its predecessor follows it, in time too
//   the directory that a service decides on never runs back in a partition
//   an operation that began after another on its subject had returned comes later in the log
//   each obligation was acted on once, not before it was due, and in time when nothing goes wrong;
//   what was due is not left open; what stands owed may be, and was acted on with reason
//
//   Checker checker(world, operations, {});
//   for (…) checker.Read(log, partition);
//   const Findings findings = checker.Finish();
//
// Linear in the log and in the operations; only a refusal is held against one state of its subject
// after the other until one explains it.
class Checker {
 public:
  // `world` and `operations` outlive it.
  Checker(const World& world, std::vector<const Operation*> operations,
          const CheckOptions& options);

  // Reads `partition` to its end; each once. Returns the offset of its last valid event, -1 when it
  // has none. Errors: of the log.
  absl::StatusOr<Offset> Read(log::EventLog* log, int32_t partition);
  // The same, of the records that `visit_all` hands over, from offset 0 on.
  using VisitAll = absl::FunctionRef<absl::Status(log::RecordVisitor visitor)>;
  absl::StatusOr<Offset> Read(int32_t partition, VisitAll visit_all);

  // After all partitions.
  Findings Finish();

 private:
  void CheckOperation(const Operation& operation);
  void CheckAcceptance(const Request& request, const Acceptance& acceptance, const Place& place);
  void CheckRealTime();
  void Violation(std::string what) { account_.findings.violations.push_back(std::move(what)); }

  const World& world_;
  const std::vector<const Operation*> operations_;
  const CheckOptions options_;
  Account account_;
};

}  // namespace tierline::promises
