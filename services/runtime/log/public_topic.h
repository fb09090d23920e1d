#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "base/ids.h"
#include "base/record.h"

namespace tierline::log {

inline constexpr std::string_view kPublicTopicName = "tierline.public.v1";

// How far a partition of the history has been published.
struct PublicPlace {
  Offset next = 0;  // in the history
  Uuid last;        // id of the event that is furthest; absent: there is none
  friend bool operator==(const PublicPlace&, const PublicPlace&) = default;
};

// The topic for readers that know nothing of claims: the valid events of the history, each at least
// once, in the order of their partition, in the partition of the same number.
//
//   key      the subject, as in the history
//   headers  those of a record (cloud_events.h), and ce_historyoffset, the event's place in the
//            history, decimal
//
// The topic itself says how far it is. Whoever begins to publish a partition reads its last records
// and goes on behind the event that is furthest. Nothing keeps two from publishing the same
// partition at a time: events are then there twice, under the same ce_id, but none is missing. For
// what is before an event that is there is there, too: every publisher goes on behind such an event
// and leaves nothing out.
//
//   topic.Follow(3, true);
//   for (;;) {
//     topic.Poll();
//     if (auto place = topic.Place(3)) topic.Publish(3, place->next, record);
//   }
//
// One thread uses it. Nothing waits.
class PublicTopic {
 public:
  virtual ~PublicTopic() = default;

  // Whether to publish the partition. Whoever begins anew looks its place up anew.
  virtual void Follow(int32_t partition, bool follows) = 0;

  // Null while the partition is not followed, or its place is being looked up: at first, and again
  // when something was lost on the way.
  virtual std::optional<PublicPlace> Place(int32_t partition) const = 0;

  // Publishes `record`, made of that at `place->next` of the history. Errors (nothing was queued):
  // kResourceExhausted when the queue is full.
  virtual absl::Status Publish(int32_t partition, const RecordView& record) = 0;

  // Goes on behind a record of which nothing is published.
  virtual void Pass(int32_t partition) = 0;

  // Takes note of what has happened.
  virtual void Poll() = 0;

  // Events that were queued and are not known to be in the topic.
  virtual size_t in_flight() const = 0;
};

}  // namespace tierline::log
