#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/ids.h"
#include "base/record.h"

namespace tierline::log {

enum class Topic : uint8_t { kHistory = 0, kDirectory = 1, kKeys = 2 };

// "tierline.history.v1", …
std::string_view TopicName(Topic topic);

struct TopicPartition {
  Topic topic = Topic::kHistory;
  int32_t partition = 0;
  friend bool operator==(const TopicPartition&, const TopicPartition&) = default;
};

// Ready when the records are durable (OK: on the in-sync replicas, or fsynced), or when that is in
// doubt. kUnavailable: the outcome is unknown, claim again and read back. kResourceExhausted:
// nothing was or will be appended.
using Delivered = absl::AnyInvocable<void(absl::Status)>;

// Called for each record in order. The views die with the call. Return false to stop after this
// record. A visitor may append, but must not poll.
using RecordVisitor = absl::FunctionRef<bool(Offset offset, const RecordView& record)>;

// The log: topics of partitions of records, in one total order per partition, that only grow. The
// engines (memory, RocksDB, Kafka) behave alike: tests/contract holds them to this page. One thread
// uses a log at a time; as long as none appends or polls, several may read. ReadAside is for all
// other threads.
//
//   log->Append({Topic::kHistory, 3}, records, [](absl::Status s) { … });   // queues
//   log->Poll(absl::ZeroDuration());                                        // commits, calls back
//   log->Read({Topic::kHistory, 3}, from, 1000,
//             [&](Offset offset, const RecordView& record) { …; return true; });
class EventLog {
 public:
  virtual ~EventLog() = default;

  // Queues `records` to be appended after the tail of the partition, in order, all or none; copies
  // them. `delivered` is called from Poll, in the order of the appends of a partition.
  // Errors (nothing was queued, `delivered` is not called): kResourceExhausted when the queue is
  // full; kInvalidArgument for an unknown partition or a record of over 1 MiB.
  virtual absl::Status Append(TopicPartition to, std::span<const RecordView> records,
                              Delivered delivered) = 0;

  // Makes progress: commits what is queued and calls back. Waits up to `wait` for something to do.
  virtual void Poll(absl::Duration wait) = 0;

  // Visits up to `max` durable records from offset `from` on; returns the next offset to read. At
  // the end it visits nothing and returns `from`. Errors: kOutOfRange when `from` is beyond the
  // end; kDataLoss.
  virtual absl::StatusOr<Offset> Read(TopicPartition of, Offset from, int64_t max,
                                      RecordVisitor visitor) = 0;

  // Visits the records [from, to) from any thread, whatever the log's own one does meanwhile; may
  // wait for a disk or a broker. `to` must not be beyond what Read has reached. Returns the next
  // offset, which is `to` unless the visitor said stop. Errors: kUnavailable; kDataLoss.
  virtual absl::StatusOr<Offset> ReadAside(TopicPartition of, Offset from, Offset to,
                                           RecordVisitor visitor) = 0;

  // Number of durable records.
  virtual absl::StatusOr<Offset> End(TopicPartition of) = 0;

  // Calls `ready` with OK, now or from a Poll, when everything can be read that was durable at the
  // time of this call, appended by whomever; with kUnavailable when that is not known in time.
  // An engine that only this process appends to knows it at once.
  virtual void Refresh(TopicPartition /*of*/, Delivered ready) { ready(absl::OkStatus()); }

  // Number of partitions of a topic; fixed for ever.
  virtual int32_t Partitions(Topic topic) const = 0;

  // `waker` is called, from any thread and at any time, when Poll may have something to do that
  // this thread did not cause: a record of another replica, a delivery report. For a loop that
  // waits elsewhere than in Poll. It may be called for nothing; it must be quick and must not use
  // the log. After SetWaker returns, the one before is not called any more; {} takes it away.
  // Engines that only do what their own thread asks for never call it.
  virtual void SetWaker(std::function<void()> /*waker*/) {}
};

// Partition of `subject`: murmur2 of the key as Kafka's own clients compute it, so that any
// producer agrees.
int32_t PartitionOf(std::string_view subject, int32_t partitions);

}  // namespace tierline::log
