#include "runtime/host/engine.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/record.h"
#include "runtime/log/kafka_log.h"
#include "runtime/log/kafka_membership.h"
#include "runtime/log/memory_log.h"
#include "runtime/log/rocks_log.h"
#include "runtime/observe/log.h"
#include "runtime/ports.h"
#include "runtime/store/memory_store.h"
#include "runtime/store/rocks_store.h"

namespace tierline::host {
namespace {

constexpr char kLogger[] = "host";

// A read of old records blocks the loop: well below the age at which its heartbeat is missed.
constexpr absl::Duration kReadTimeout = absl::Seconds(5);

// Reporting decides nothing, and so owns nothing in the history.
bool Decides(base::v1::Service role) { return role != base::v1::SERVICE_REPORTING; }

absl::StatusOr<std::unique_ptr<store::StateStore>> OpenStore(const config::Config& config) {
  std::string moved_aside;
  auto opened = store::RocksStore::Open(config.data_dir + "/state", &moved_aside);
  if (!opened.ok()) return opened.status();
  if (!moved_aside.empty()) {
    observe::log::Warning(kLogger, "the state was damaged and is rebuilt from the log",
                          {{"why", moved_aside}});
  }
  return std::unique_ptr<store::StateStore>(*std::move(opened));
}

absl::Status OpenKafka(const config::Config& config, Engine* engine) {
  auto opened = log::KafkaLog::Open({.connection = ConnectionOf(config),
                                     .partitions = config.PartitionCount(),
                                     .replication = config.kafka_replication,
                                     .topic_prefix = config.kafka_topic_prefix,
                                     .read_timeout = kReadTimeout});
  if (!opened.ok()) return opened.status();
  engine->log = *std::move(opened);
  for (const base::v1::Service role : config.roles) {
    if (!Decides(role)) continue;
    std::vector<log::Topic> topics = {log::Topic::kHistory};
    if (role == base::v1::SERVICE_ROUTING) topics.push_back(log::Topic::kDirectory);
    auto joined = JoinGroup(config, role, std::move(topics));
    if (!joined.ok()) return joined.status();
    engine->memberships[role] = *std::move(joined);
  }
  return absl::OkStatus();
}

absl::Status OpenAlone(const config::Config& config, Engine* engine) {
  for (const base::v1::Service role : config.roles) {
    if (Decides(role)) engine->memberships[role] = std::make_unique<log::SoleMember>();
  }
  if (config.engine == "memory") {
    engine->log = std::make_unique<log::MemoryLog>(config.PartitionCount(), SystemRandom());
    return absl::OkStatus();
  }
  auto opened =
      log::RocksLog::Open(config.data_dir + "/log", {.partitions = config.PartitionCount()});
  if (!opened.ok()) return opened.status();
  engine->log = *std::move(opened);
  return absl::OkStatus();
}

}  // namespace

log::KafkaConnection ConnectionOf(const config::Config& config) {
  return {.bootstrap_servers = config.kafka_brokers,
          .client_id = config.instance,
          .security_protocol = config.kafka_security_protocol,
          .ssl_ca = config.kafka_ssl_ca,
          .ssl_certificate = config.kafka_ssl_certificate,
          .ssl_key = config.kafka_ssl_key,
          .sasl_mechanism = config.kafka_sasl_mechanism,
          .sasl_username = config.kafka_sasl_username,
          .sasl_password_file = config.kafka_sasl_password_file,
          .properties = config.kafka_properties};
}

absl::StatusOr<std::unique_ptr<log::Membership>> JoinGroup(const config::Config& config,
                                                           base::v1::Service role,
                                                           std::vector<log::Topic> topics) {
  auto joined = log::KafkaMembership::Join({.connection = ConnectionOf(config),
                                            .topic_prefix = config.kafka_topic_prefix,
                                            .service = std::string(ServiceName(role)),
                                            .instance = config.instance,
                                            .topics = std::move(topics),
                                            .session_timeout = config.kafka_session_timeout});
  if (!joined.ok()) return joined.status();
  return std::unique_ptr<log::Membership>(*std::move(joined));
}

bool Engine::Assigned(base::v1::Service service, log::TopicPartition of) const {
  const auto membership = memberships.find(service);
  return membership != memberships.end() && membership->second->Assigned(of);
}

bool Engine::joined() const {
  return std::all_of(memberships.begin(), memberships.end(),
                     [](const auto& one) { return one.second->joined(); });
}

absl::StatusOr<Engine> OpenEngine(const config::Config& config) {
  Engine engine;
  absl::Status status = config.kafka() ? OpenKafka(config, &engine) : OpenAlone(config, &engine);
  if (!status.ok()) return status;
  if (config.engine == "memory") {
    engine.store = std::make_unique<store::MemoryStore>();
    return engine;
  }
  auto store = OpenStore(config);
  if (!store.ok()) return store.status();
  engine.store = *std::move(store);
  return engine;
}

absl::StatusOr<keys::MasterKey> OpenMasterKey(const config::Config& config) {
  const std::string path = config.MasterKeyFile();
  auto key = keys::LoadMasterKey(path);
  if (!config.master_key_file.empty() || !absl::IsNotFound(key.status())) return key;
  // A new key beside an old log could open nothing that is sealed in it.
  if (std::filesystem::exists(config.data_dir + "/log")) {
    return absl::FailedPreconditionError(
        path +
        " is gone but the log beside it is not: restore the key from its backup, "
        "what is sealed in the log can not be read without it");
  }
  observe::log::Warning(kLogger, "made a master key; back it up apart from the log",
                        {{"file", path}});
  return keys::CreateMasterKey(path);
}

}  // namespace tierline::host
