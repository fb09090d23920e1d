#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "runtime/config/config.h"
#include "runtime/keys/master_key.h"
#include "runtime/log/event_log.h"
#include "runtime/log/kafka_connection.h"
#include "runtime/log/membership.h"
#include "runtime/store/state_store.h"

namespace tierline::host {

// What a process stands on, by `config.engine`: the log, the store of its state, and who should own
// what. Everything else is the same for all engines.
struct Engine {
  std::unique_ptr<log::EventLog> log;
  std::unique_ptr<store::StateStore> store;
  absl::flat_hash_map<base::v1::Service, std::unique_ptr<log::Membership>> memberships;  // by role

  // Whether this process should own `of` for `service`.
  bool Assigned(base::v1::Service service, log::TopicPartition of) const;
  // Whether all groups have answered.
  bool joined() const;
};

// How this process reaches Apache Kafka.
log::KafkaConnection ConnectionOf(const config::Config& config);

// Joins the group of `role` on Apache Kafka, for the partitions of `topics`.
absl::StatusOr<std::unique_ptr<log::Membership>> JoinGroup(const config::Config& config,
                                                           base::v1::Service role,
                                                           std::vector<log::Topic> topics);

// Errors name the setting, the file or the topic, and what to do.
absl::StatusOr<Engine> OpenEngine(const config::Config& config);

// The master key of `config`. A process with a log of its own makes one with it; on a shared log
// all replicas need the same, so none is made.
absl::StatusOr<keys::MasterKey> OpenMasterKey(const config::Config& config);

}  // namespace tierline::host
