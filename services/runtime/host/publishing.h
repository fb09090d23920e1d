#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "runtime/config/config.h"
#include "runtime/log/event_log.h"
#include "runtime/log/membership.h"
#include "runtime/log/public_topic.h"
#include "runtime/observe/metrics.h"
#include "runtime/partition/partitions.h"
#include "runtime/partition/republisher.h"

namespace tierline::host {

// tierline.public.v1, as far as this process publishes it: on Apache Kafka, replicas of reporting
// share the partitions as the group "<prefix>tierline.reporting".
class Publishing {
 public:
  // Null when this process publishes nothing: another engine, or not reporting. Errors name the
  // topic, and what to do.
  static absl::StatusOr<std::unique_ptr<Publishing>> Open(const config::Config& config,
                                                          partition::Partitions* partitions,
                                                          log::EventLog* log,
                                                          observe::Metrics* metrics);

  // After each round of the partitions; waits for nothing. True when there is more to do at once.
  bool Step(absl::Time now);

 private:
  Publishing(std::unique_ptr<log::PublicTopic> topic, std::unique_ptr<log::Membership> membership,
             partition::Partitions* partitions, log::EventLog* log, observe::Metrics* metrics);
  void UpdateMetrics();

  const std::unique_ptr<log::PublicTopic> topic_;
  const std::unique_ptr<log::Membership> membership_;
  partition::Republisher republisher_;
  observe::Counter& published_;
  observe::Gauge& lag_;
  observe::Gauge& partitions_;
  absl::Time next_membership_ = absl::InfinitePast();
  absl::Time next_metrics_ = absl::InfinitePast();
};

}  // namespace tierline::host
