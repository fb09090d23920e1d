#include "runtime/host/publishing.h"

#include <string>
#include <utility>

#include "runtime/host/engine.h"
#include "runtime/log/kafka_public_topic.h"

namespace tierline::host {
namespace {

constexpr absl::Duration kMembershipInterval = absl::Milliseconds(20);
constexpr absl::Duration kMetricsInterval = absl::Seconds(1);

}  // namespace

absl::StatusOr<std::unique_ptr<Publishing>> Publishing::Open(const config::Config& config,
                                                             partition::Partitions* partitions,
                                                             log::EventLog* log,
                                                             observe::Metrics* metrics) {
  if (!config.kafka() || !config.Serves(base::v1::SERVICE_REPORTING))
    return std::unique_ptr<Publishing>();
  auto topic = log::KafkaPublicTopic::Open({.connection = ConnectionOf(config),
                                            .topic_prefix = config.kafka_topic_prefix,
                                            .partitions = config.PartitionCount(),
                                            .replication = config.kafka_replication});
  if (!topic.ok()) return topic.status();
  auto membership = JoinGroup(config, base::v1::SERVICE_REPORTING, {log::Topic::kHistory});
  if (!membership.ok()) return membership.status();
  return std::unique_ptr<Publishing>(
      new Publishing(*std::move(topic), *std::move(membership), partitions, log, metrics));
}

Publishing::Publishing(std::unique_ptr<log::PublicTopic> topic,
                       std::unique_ptr<log::Membership> membership,
                       partition::Partitions* partitions, log::EventLog* log,
                       observe::Metrics* metrics)
    : topic_(std::move(topic)),
      membership_(std::move(membership)),
      republisher_({partitions, log, topic_.get(), membership_.get()}),
      published_(metrics->AddCounter("tierline_public_records_total",
                                     "Events handed to tierline.public.v1 since the start.")),
      lag_(metrics->AddGauge("tierline_public_lag_records",
                             "Records of this replica's partitions that are not known to be "
                             "published yet.")),
      partitions_(metrics->AddGauge("tierline_public_partitions",
                                    "Partitions that this replica publishes.")) {}

bool Publishing::Step(absl::Time now) {
  if (now >= next_membership_) {
    next_membership_ = now + kMembershipInterval;
    republisher_.FollowMembership(now);
  }
  const bool more = republisher_.Step(now);
  if (now >= next_metrics_) {
    next_metrics_ = now + kMetricsInterval;
    UpdateMetrics();
  }
  return more;
}

void Publishing::UpdateMetrics() {
  const partition::RepublisherCounts counts = republisher_.Counts();
  published_.Increment(static_cast<uint64_t>(counts.published) - published_.value());
  lag_.Set(static_cast<double>(counts.lag));
  partitions_.Set(counts.partitions);
}

}  // namespace tierline::host
