#pragma once

#include "runtime/log/event_log.h"

namespace tierline::log {

// Who should try to own which partition for one service. Only a hint: claims in the log decide, and
// nothing is unsafe when two replicas are told the same, or none.
class Membership {
 public:
  virtual ~Membership() = default;
  // Takes up what has changed; does not wait.
  virtual void Poll() = 0;
  // Whether this replica should own `of`.
  virtual bool Assigned(TopicPartition of) const = 0;
  // Whether an answer, be it "nothing", has come since the start.
  virtual bool joined() const = 0;
};

// The only replica there is, as on an embedded log.
class SoleMember : public Membership {
 public:
  void Poll() override {}
  bool Assigned(TopicPartition) const override { return true; }
  bool joined() const override { return true; }
};

}  // namespace tierline::log
