#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "runtime/log/kafka_connection.h"
#include "runtime/log/membership.h"

namespace tierline::log {

struct KafkaMembershipOptions {
  KafkaConnection connection;
  std::string topic_prefix;
  std::string service;        // "intake": the group is "<prefix>tierline.intake"
  std::string instance;       // the group.instance.id: unique, and the same after a restart
  std::vector<Topic> topics;  // whose partitions the service owns
  // Silence after which the group gives a member's partitions to others. A member that restarts
  // sooner keeps its own.
  absl::Duration session_timeout = absl::Seconds(10);
};

// Membership in a consumer group of Kafka that consumes nothing: static members, and the eager
// round-robin assignor. A rebalance takes everything from everybody for a moment; that is harmless,
// since an owner goes on until it reads another's claim. Leaving is not told to the group: who goes
// releases its claims in the log, and is mostly back before its session ends.
class KafkaMembership : public Membership {
 public:
  // Does not wait for the group. Errors: those of MakeKafkaClient.
  static absl::StatusOr<std::unique_ptr<KafkaMembership>> Join(
      const KafkaMembershipOptions& options);
  ~KafkaMembership() override;

  void Poll() override;
  bool Assigned(TopicPartition of) const override;
  bool joined() const override;

 private:
  struct Core;
  explicit KafkaMembership(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace tierline::log
