#include "runtime/log/kafka_client.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/text.h"
#include "runtime/observe/log.h"

namespace tierline::log {
namespace {

constexpr char kLogger[] = "kafka";

// The log's promises rest on these; by all the names that librdkafka knows for them.
constexpr std::array<std::string_view, 21> kFixed = {"acks",
                                                     "request.required.acks",
                                                     "enable.idempotence",
                                                     "transactional.id",
                                                     "message.timeout.ms",
                                                     "delivery.timeout.ms",
                                                     "message.send.max.retries",
                                                     "retries",
                                                     "queue.buffering.max.messages",
                                                     "queue.buffering.max.kbytes",
                                                     "message.max.bytes",
                                                     "auto.offset.reset",
                                                     "enable.partition.eof",
                                                     "isolation.level",
                                                     "check.crcs",
                                                     "delivery.report.only.error",
                                                     "enabled_events",
                                                     "group.id",
                                                     "log.queue",
                                                     "queued.min.messages",
                                                     "queued.max.messages.kbytes"};

void LogLine(const rd_kafka_t*, int level, const char* facility, const char* line) {
  constexpr int kWarning = 4;  // of syslog
  constexpr int kNotice = 5;
  // Chosen knowingly (kafka_public_topic.cc).
  const bool known = std::string_view(facility) == "CONFWARN" &&
                     absl::StrContains(line, "enable.gapless.guarantee is experimental");
  // Its errors are what it recovers from by itself; what it does not comes as a status.
  const auto to = known               ? observe::log::Level::kDebug
                  : level <= kWarning ? observe::log::Level::kWarning
                  : level <= kNotice  ? observe::log::Level::kInfo
                                      : observe::log::Level::kDebug;
  if (observe::log::Enabled(to)) {
    observe::log::Write(to, kLogger, "librdkafka says", {{"facility", facility}, {"line", line}});
  }
}

absl::Status Set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  char error[512];
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error, sizeof error) == RD_KAFKA_CONF_OK)
    return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("kafka: ", error));
}

absl::StatusOr<std::string> ReadSecret(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string secret(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad())
    return absl::FailedPreconditionError(absl::StrCat("kafka: can not read ", path));
  if (!secret.empty() && secret.back() == '\n') secret.pop_back();
  return secret;
}

absl::StatusOr<KafkaSettings> SettingsOf(const KafkaConnection& connection) {
  KafkaSettings settings = {
      {"bootstrap.servers", connection.bootstrap_servers},
      {"client.id", connection.client_id.empty() ? "tierline" : connection.client_id},
      {"socket.nagle.disable", "true"},
      {"socket.keepalive.enable", "true"},
      {"reconnect.backoff.ms", "20"},
      {"reconnect.backoff.max.ms", "1000"},
      {"topic.metadata.refresh.fast.interval.ms", "50"},
  };
  const auto add = [&settings](const char* name, const std::string& value) {
    if (!value.empty()) settings.emplace_back(name, value);
  };
  add("security.protocol", connection.security_protocol);
  add("ssl.ca.location", connection.ssl_ca);
  add("ssl.certificate.location", connection.ssl_certificate);
  add("ssl.key.location", connection.ssl_key);
  add("sasl.mechanism", connection.sasl_mechanism);
  add("sasl.username", connection.sasl_username);
  if (!connection.sasl_password_file.empty()) {
    absl::StatusOr<std::string> secret = ReadSecret(connection.sasl_password_file);
    if (!secret.ok()) return secret.status();
    add("sasl.password", *secret);
  }
  return settings;
}

absl::Status CheckProperties(const KafkaConnection& connection) {
  for (const auto& [name, value] : connection.properties) {
    if (std::find(kFixed.begin(), kFixed.end(), name) == kFixed.end()) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("kafka: ", name, " is not for choice, the log's promises rest on it"));
  }
  return absl::OkStatus();
}

// confluentinc/librdkafka#4895: brokers of Kafka 4 refuse its SCRAM as a wrong password.
void WarnOfScram(const KafkaConnection& connection) {
  constexpr int kMended = 0x020601ff;
  if (connection.sasl_mechanism.rfind("SCRAM", 0) != 0 || rd_kafka_version() >= kMended) return;
  observe::log::Warning(
      kLogger,
      "this librdkafka can not sign in with SCRAM to Kafka 4: use PLAIN over TLS, a client "
      "certificate, or librdkafka 2.6.1",
      {{"librdkafka", rd_kafka_version_str()}});
}

}  // namespace

KafkaSettings ReaderSettings(KafkaSettings more) {
  KafkaSettings settings = {
      {"auto.offset.reset", "error"},
      {"enable.partition.eof", "true"},
      {"isolation.level", "read_uncommitted"},
      {"check.crcs", "true"},
      {"fetch.min.bytes", "1"},
      {"fetch.error.backoff.ms", "50"},
  };
  settings.insert(settings.end(), more.begin(), more.end());
  return settings;
}

void RaiseWhenFilled(rd_kafka_queue_t* queue, KafkaSignal* signal) {
  const auto raise = [](rd_kafka_t*, void* raised) { static_cast<KafkaSignal*>(raised)->Raise(); };
  rd_kafka_queue_cb_event_enable(queue, raise, signal);
}

void StopRaising(rd_kafka_queue_t* queue) {
  rd_kafka_queue_cb_event_enable(queue, nullptr, nullptr);
}

absl::StatusOr<KafkaPtr<rd_kafka_t>> MakeKafkaClient(const KafkaConnection& connection,
                                                     const KafkaClientOptions& options) {
  if (connection.bootstrap_servers.empty())
    return absl::InvalidArgumentError("kafka: no bootstrap servers are given");
  if (absl::Status status = CheckProperties(connection); !status.ok()) return status;
  WarnOfScram(connection);
  absl::StatusOr<KafkaSettings> settings = SettingsOf(connection);
  if (!settings.ok()) return settings.status();
  settings->insert(settings->end(), options.settings.begin(), options.settings.end());
  settings->insert(settings->end(), connection.properties.begin(), connection.properties.end());

  KafkaPtr<rd_kafka_conf_t> conf(rd_kafka_conf_new());
  for (const auto& [name, value] : *settings) {
    if (absl::Status status = Set(conf.get(), name, value); !status.ok()) return status;
  }
  rd_kafka_conf_set_log_cb(conf.get(), LogLine);
  rd_kafka_conf_set_opaque(conf.get(), options.opaque);
  if (options.delivered != nullptr) rd_kafka_conf_set_dr_msg_cb(conf.get(), options.delivered);
  if (options.rebalanced != nullptr) rd_kafka_conf_set_rebalance_cb(conf.get(), options.rebalanced);
  char error[512];
  rd_kafka_t* client = rd_kafka_new(options.type, conf.get(), error, sizeof error);
  if (client == nullptr) return absl::InvalidArgumentError(absl::StrCat("kafka: ", error));
  conf.release();  // the client's now
  return KafkaPtr<rd_kafka_t>(client);
}

absl::StatusOr<KafkaPtr<rd_kafka_topic_t>> MakeKafkaTopic(rd_kafka_t* client,
                                                          const std::string& name, void* opaque) {
  rd_kafka_topic_conf_t* conf = rd_kafka_default_topic_conf_dup(client);
  rd_kafka_topic_conf_set_opaque(conf, opaque);
  rd_kafka_topic_t* topic = rd_kafka_topic_new(client, name.c_str(), conf);
  if (topic == nullptr) return KafkaError(rd_kafka_last_error(), name);
  return KafkaPtr<rd_kafka_topic_t>(topic);
}

absl::Status LearnLeaders(rd_kafka_t* client, rd_kafka_topic_t* topic, absl::Time deadline) {
  const int64_t left_ms = absl::ToInt64Milliseconds(deadline - absl::Now());
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(
      client, 0, topic, &metadata, static_cast<int>(std::clamp<int64_t>(left_ms, 1, 60'000)));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return KafkaError(error, rd_kafka_topic_name(topic));
  rd_kafka_metadata_destroy(metadata);
  return absl::OkStatus();
}

absl::Status KafkaError(rd_kafka_resp_err_t error, std::string_view doing) {
  const std::string text = absl::StrCat("kafka: ", ToAbsl(doing), ": ", rd_kafka_err2str(error),
                                        " (", rd_kafka_err2name(error), ")");
  switch (error) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
      return absl::PermissionDeniedError(text);
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
      return absl::FailedPreconditionError(text);
    default:
      return absl::UnavailableError(text);
  }
}

RecordView ReadKafkaMessage(const rd_kafka_message_t& message, CloudEventDecoder* decoder) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    for (size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      decoder->Add(name, ViewOf(value, size));
    }
  }
  return decoder->Take(ViewOf(message.key, message.key_len), ViewOf(message.payload, message.len));
}

rd_kafka_headers_t* MakeKafkaHeaders(const RecordView& record) {
  const CloudEventHeaders encoded(record);
  rd_kafka_headers_t* headers = rd_kafka_headers_new(encoded.all().size());
  for (const Header& header : encoded.all()) {
    rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value.data(), static_cast<ssize_t>(header.value.size()));
  }
  return headers;
}

absl::Status KafkaFault(const rd_kafka_message_t& message) {
  const std::string at = message.rkt == nullptr
                             ? std::string("a partition")
                             : absl::StrCat(rd_kafka_topic_name(message.rkt), "/",
                                            message.partition, " offset ", message.offset);
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
      return KafkaError(message.err, absl::StrCat("read ", at));
    default:
      return absl::DataLossError(absl::StrCat(
          "the log is damaged at ", at, ": ", rd_kafka_message_errstr(&message),
          "; nothing was changed: see whether the topic was truncated, deleted or made anew"));
  }
}

}  // namespace tierline::log
