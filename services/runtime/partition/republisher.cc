#include "runtime/partition/republisher.h"

#include <algorithm>
#include <utility>

#include "runtime/observe/log.h"

namespace tierline::partition {
namespace {

constexpr char kLogger[] = "public";
constexpr int64_t kNear = 256;     // records at the tail that every engine holds in memory
constexpr int64_t kFarStep = 512;  // records of old ones that are read at a time
constexpr absl::Duration kReadPause = absl::Seconds(5);
constexpr absl::Duration kAheadMax = absl::Seconds(60);
constexpr std::string_view kAnotherLog =
    "the public topic has events of another log: delete it, and it is made and filled again";

log::TopicPartition Source(int32_t partition) { return {log::Topic::kHistory, partition}; }

}  // namespace

Republisher::Republisher(const Ports& ports)
    : ports_(ports), partitions_(static_cast<size_t>(ports.partitions->count())) {}

void Republisher::FollowMembership(absl::Time now) {
  ports_.membership->Poll();
  for (int32_t i = 0; i < ports_.partitions->count(); ++i) {
    Partition& its = partitions_[static_cast<size_t>(i)];
    const bool follows = ports_.membership->Assigned(Source(i));
    if (follows != its.follows) its = {.follows = follows, .next = its.next};
    ports_.topic->Follow(i, follows);
    if (follows) WatchAhead(i, now);
  }
}

Offset Republisher::Behind(int32_t partition) const {
  const Partition& its = partitions_[static_cast<size_t>(partition)];
  if (!its.follows) return 0;
  const auto place = ports_.topic->Place(partition);
  const Offset judged = ports_.partitions->history(partition).fold().offset();
  return std::max<Offset>(judged - (place ? place->next : its.next), 0);
}

// Another replica may read the log a little earlier than this one, but not for long.
void Republisher::WatchAhead(int32_t partition, absl::Time now) {
  Partition& its = partitions_[static_cast<size_t>(partition)];
  const auto place = ports_.topic->Place(partition);
  const Offset judged = ports_.partitions->history(partition).fold().offset();
  if (!place || place->next <= judged) {
    its.ahead_since = absl::InfiniteFuture();
  } else {
    its.ahead_since = std::min(its.ahead_since, now);
  }
  if (now - its.ahead_since > kAheadMax) Stick(partition, kAnotherLog);
}

bool Republisher::Step(absl::Time now) {
  ports_.topic->Poll();
  int64_t done = 0;
  for (int32_t i = 0; i < ports_.partitions->count(); ++i) {
    const Offset behind = Behind(i);
    if (behind > 0 && behind <= kNear) done += Advance(i, behind, now);
  }
  // Of those that are far behind, the first that moves; it stays the first until it is near.
  for (int32_t tries = 0; tries < ports_.partitions->count(); ++tries) {
    const Offset behind = Behind(far_);
    const int64_t max = std::min<int64_t>(behind, kFarStep);
    const int64_t went = behind > kNear ? Advance(far_, max, now) : 0;
    if (went > 0) return true;
    far_ = (far_ + 1) % ports_.partitions->count();
  }
  return done > 0;
}

int64_t Republisher::Advance(int32_t partition, int64_t max, absl::Time now) {
  const auto place = ports_.topic->Place(partition);
  if (!place || now < read_after_) return 0;
  if (absl::Status status = Publish(partition, place->next, max); !status.ok())
    Pause(partition, now, status);
  const auto reached = ports_.topic->Place(partition);
  if (!reached) return 0;
  Partition& its = partitions_[static_cast<size_t>(partition)];
  its.next = reached->next;
  if (reached->next > place->next) its.stuck = false;
  return reached->next - place->next;
}

absl::Status Republisher::Publish(int32_t partition, Offset from, int64_t max) {
  Partition& its = partitions_[static_cast<size_t>(partition)];
  if (!its.checked) {
    const auto same = Check(partition, *ports_.topic->Place(partition));
    if (!same.ok()) return same.status();
    if (!*same) Stick(partition, kAnotherLog);
    its.checked = *same;
    if (!its.checked) return absl::OkStatus();
  }
  absl::Status failure;
  const auto visit = [&](Offset offset, const RecordView& record) {
    const auto went = PublishOne(partition, offset, record);
    failure = went.status();
    return went.ok() && *went;
  };
  const auto next = ports_.log->Read(Source(partition), from, max, visit);
  return failure.ok() ? next.status() : failure;
}

absl::StatusOr<bool> Republisher::PublishOne(int32_t partition, Offset offset,
                                             const RecordView& record) {
  const auto verdict = ports_.partitions->history(partition).fold().VerdictOf(offset);
  if (!verdict.ok()) return verdict.status();
  RecordView out;
  const Publicity publicity =
      *verdict == Verdict::kValid ? events_.Make(record, &out) : Publicity::kInternal;
  switch (publicity) {
    case Publicity::kInternal:
      ports_.topic->Pass(partition);
      return true;
    case Publicity::kUnknown:
      Stick(partition, "an event is of a type that this build does not know: upgrade it");
      return false;
    case Publicity::kPublic:
      break;
  }
  if (!ports_.topic->Publish(partition, out).ok()) return false;  // the queue is full
  ++published_;
  return true;
}

absl::StatusOr<bool> Republisher::Check(int32_t partition, const log::PublicPlace& place) {
  if (place.last.absent()) return true;
  bool same = false;
  // The last record of which something was published; what was passed since has no trace.
  const auto next =
      ports_.log->Read(Source(partition), place.next - 1, 1, [&](Offset, const RecordView& record) {
        same = record.id == place.last;
        return false;
      });
  if (!next.ok()) return next.status();
  return same;
}

// A read of old records waits for its brokers for a while. It is not tried again before the topic,
// which makes nobody wait, has found them.
void Republisher::Pause(int32_t partition, absl::Time now, const absl::Status& why) {
  read_after_ = now + kReadPause;
  for (int32_t i = 0; i < ports_.partitions->count(); ++i) ports_.topic->Follow(i, false);
  for (Partition& its : partitions_) its = {.next = its.next};
  observe::log::Warning(kLogger, "can not read what is to be published, will try again",
                        {{"partition", partition}, {"why", why.ToString()}});
}

void Republisher::Stick(int32_t partition, std::string_view why) {
  Partition& its = partitions_[static_cast<size_t>(partition)];
  if (std::exchange(its.stuck, true)) return;
  observe::log::Error(kLogger, "a partition is not published",
                      {{"partition", partition}, {"why", why}});
}

RepublisherCounts Republisher::Counts() const {
  RepublisherCounts counts;
  counts.published = published_;
  counts.lag = static_cast<int64_t>(ports_.topic->in_flight());
  for (int32_t i = 0; i < ports_.partitions->count(); ++i) {
    counts.lag += Behind(i);
    if (partitions_[static_cast<size_t>(i)].follows) ++counts.partitions;
  }
  return counts;
}

}  // namespace tierline::partition
