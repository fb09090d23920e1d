#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/public_event.h"
#include "runtime/log/event_log.h"
#include "runtime/log/membership.h"
#include "runtime/log/public_topic.h"
#include "runtime/partition/partitions.h"

namespace tierline::partition {

struct RepublisherCounts {
  int64_t published = 0;   // since the start
  int64_t lag = 0;         // records that are judged and not known to be published
  int64_t partitions = 0;  // that this replica publishes
};

// Publishes what leaves the house of the valid events of the history: reads the log behind the
// folds, which know what is valid, and hands it to the public topic. On the thread of the
// partitions, a little at a time.
//
//   for (…) { partitions->Step(…); republisher.Step(now); }
//
// Partitions that are nearly up to date come first, since the log has their records in memory; of
// the others, one is brought up to date after the other.
class Republisher {
 public:
  struct Ports {
    Partitions* partitions = nullptr;
    log::EventLog* log = nullptr;
    log::PublicTopic* topic = nullptr;
    log::Membership* membership = nullptr;  // who should publish what; only a hint
  };
  explicit Republisher(const Ports& ports);

  // Follows what the membership says. Every few milliseconds.
  void FollowMembership(absl::Time now);
  // True when there is more to do at once.
  bool Step(absl::Time now);
  RepublisherCounts Counts() const;

 private:
  struct Partition {
    bool follows = false;
    bool checked = false;  // the topic's last event is one of this log
    bool stuck = false;    // it is not, or the next event is of an unknown type; it was said
    Offset next = 0;       // as far as was ever known
    absl::Time ahead_since = absl::InfiniteFuture();  // the topic is ahead of the fold
  };

  // Records that are judged and not published; all of them while nobody knows how far the topic is.
  Offset Behind(int32_t partition) const;
  void WatchAhead(int32_t partition, absl::Time now);
  // Publishes up to `max` records; how many it went past.
  int64_t Advance(int32_t partition, int64_t max, absl::Time now);
  absl::Status Publish(int32_t partition, Offset from, int64_t max);
  // False: not now.
  absl::StatusOr<bool> PublishOne(int32_t partition, Offset offset, const RecordView& record);
  // Whether the topic ends with an event of this log.
  absl::StatusOr<bool> Check(int32_t partition, const log::PublicPlace& place);
  void Pause(int32_t partition, absl::Time now, const absl::Status& why);
  void Stick(int32_t partition, std::string_view why);

  const Ports ports_;
  std::vector<Partition> partitions_;
  PublicEvents events_;
  int64_t published_ = 0;
  int32_t far_ = 0;  // the partition that is brought up to date
  absl::Time read_after_ = absl::InfinitePast();
};

}  // namespace tierline::partition
