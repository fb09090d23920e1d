#include "runtime/log/kafka_admin.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/text.h"
#include "runtime/log/kafka_client.h"

namespace tierline::log {
namespace {

constexpr absl::Duration kRetryInterval = absl::Milliseconds(20);

int Remaining(absl::Time deadline) {
  return static_cast<int>(
      std::clamp<int64_t>(absl::ToInt64Milliseconds(deadline - absl::Now()), 1, 60'000));
}

// For kUnavailable only: what waiting may mend.
bool Again(const absl::Status& status, absl::Time deadline) {
  if (!absl::IsUnavailable(status) || absl::Now() + kRetryInterval >= deadline) return false;
  absl::SleepFor(kRetryInterval);
  return true;
}

absl::Status TopicError(rd_kafka_resp_err_t error, const std::string& topic, const char* text) {
  return KafkaError(error,
                    absl::StrCat(topic, text == nullptr ? "" : ": ", text == nullptr ? "" : text));
}

void ReadSettings(const rd_kafka_ConfigResource_t* resource, TopicFound* found) {
  size_t count = 0;
  const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(resource, &count);
  for (size_t i = 0; i < count; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    if (value == nullptr) continue;
    const char* name = rd_kafka_ConfigEntry_name(entries[i]);
    found->settings[name] = value;
    if (rd_kafka_ConfigEntry_source(entries[i]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG)
      found->own[name] = value;
  }
}

}  // namespace

struct KafkaAdmin::Client {
  KafkaPtr<rd_kafka_t> client;
  KafkaPtr<rd_kafka_queue_t> results;

  absl::StatusOr<KafkaPtr<rd_kafka_AdminOptions_t>> Options(rd_kafka_admin_op_t operation,
                                                            absl::Time deadline) {
    KafkaPtr<rd_kafka_AdminOptions_t> options(rd_kafka_AdminOptions_new(client.get(), operation));
    char error[256];
    if (rd_kafka_AdminOptions_set_request_timeout(options.get(), Remaining(deadline), error,
                                                  sizeof error) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return absl::InvalidArgumentError(absl::StrCat("kafka: ", error));
    }
    return options;
  }

  absl::StatusOr<KafkaPtr<rd_kafka_event_t>> Result(const char* doing, absl::Time deadline) {
    KafkaPtr<rd_kafka_event_t> event(
        rd_kafka_queue_poll(results.get(), Remaining(deadline + absl::Seconds(1))));
    if (event == nullptr) return KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, doing);
    if (const rd_kafka_resp_err_t error = rd_kafka_event_error(event.get()))
      return KafkaError(error, doing);
    return event;
  }

  // Partitions and copies. Null when there is no such topic.
  absl::StatusOr<std::optional<TopicFound>> Shape(const std::string& topic, absl::Time deadline) {
    absl::StatusOr<KafkaPtr<rd_kafka_topic_t>> handle =
        MakeKafkaTopic(client.get(), topic, nullptr);
    if (!handle.ok()) return handle.status();
    const rd_kafka_metadata_t* raw = nullptr;
    const rd_kafka_resp_err_t error =
        rd_kafka_metadata(client.get(), 0, handle->get(), &raw, Remaining(deadline));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return TopicError(error, topic, "metadata");
    const KafkaPtr<const rd_kafka_metadata_t> metadata(raw);
    if (metadata->topic_cnt != 1) return std::nullopt;
    const rd_kafka_metadata_topic_t& is = metadata->topics[0];
    if (is.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return std::nullopt;
    if (is.err != RD_KAFKA_RESP_ERR_NO_ERROR) return TopicError(is.err, topic, nullptr);
    TopicFound found;
    found.partitions = is.partition_cnt;
    for (int i = 0; i < is.partition_cnt; ++i) {
      const rd_kafka_metadata_partition_t& partition = is.partitions[i];
      if (partition.err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return TopicError(partition.err, absl::StrCat(topic, "/", partition.id), nullptr);
      found.replication = i == 0 ? partition.replica_cnt
                                 : std::min<int32_t>(found.replication, partition.replica_cnt);
    }
    return found;
  }

  absl::Status Settings(Found* found, absl::Time deadline) {
    std::vector<rd_kafka_ConfigResource_t*> resources;
    for (const auto& [topic, is] : *found) {
      if (is) {
        resources.push_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
      }
    }
    if (resources.empty()) return absl::OkStatus();
    auto options = Options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, deadline);
    if (options.ok()) {
      rd_kafka_DescribeConfigs(client.get(), resources.data(), resources.size(), options->get(),
                               results.get());
    }
    rd_kafka_ConfigResource_destroy_array(resources.data(), resources.size());
    if (!options.ok()) return options.status();
    auto event = Result("describe the topics", deadline);
    if (!event.ok()) return event.status();
    size_t count = 0;
    const rd_kafka_ConfigResource_t** described = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event->get()), &count);
    for (size_t i = 0; i < count; ++i) {
      const std::string topic = rd_kafka_ConfigResource_name(described[i]);
      if (const rd_kafka_resp_err_t error = rd_kafka_ConfigResource_error(described[i]))
        return TopicError(error, topic, rd_kafka_ConfigResource_error_string(described[i]));
      if (auto& is = (*found)[topic]) ReadSettings(described[i], &*is);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Found> Look(const std::vector<TopicSpec>& specs, absl::Time deadline) {
    Found found;
    for (const TopicSpec& spec : specs) {
      auto shape = Shape(spec.name, deadline);
      if (!shape.ok()) return shape.status();
      found[spec.name] = *std::move(shape);
    }
    if (absl::Status status = Settings(&found, deadline); !status.ok()) return status;
    return found;
  }
};

KafkaAdmin::KafkaAdmin(std::unique_ptr<Client> client) : client_(std::move(client)) {}
KafkaAdmin::~KafkaAdmin() = default;

absl::StatusOr<std::unique_ptr<KafkaAdmin>> KafkaAdmin::Connect(const KafkaConnection& connection) {
  // A consumer: asking for the metadata of a topic then never creates it.
  absl::StatusOr<KafkaPtr<rd_kafka_t>> client = MakeKafkaClient(connection, {});
  if (!client.ok()) return client.status();
  auto parts = std::make_unique<Client>();
  parts->client = *std::move(client);
  parts->results.reset(rd_kafka_queue_new(parts->client.get()));
  return std::unique_ptr<KafkaAdmin>(new KafkaAdmin(std::move(parts)));
}

absl::StatusOr<KafkaAdmin::Found> KafkaAdmin::Describe(const std::vector<TopicSpec>& specs,
                                                       absl::Time deadline) {
  for (;;) {
    absl::StatusOr<Found> found = client_->Look(specs, deadline);
    if (found.ok() || !Again(found.status(), deadline)) return found;
  }
}

absl::Status KafkaAdmin::Create(const std::vector<TopicSpec>& specs, absl::Time deadline) {
  if (specs.empty()) return absl::OkStatus();
  std::vector<KafkaPtr<rd_kafka_NewTopic_t>> topics;
  std::vector<rd_kafka_NewTopic_t*> all;
  for (const TopicSpec& spec : specs) {
    char error[256];
    topics.emplace_back(rd_kafka_NewTopic_new(spec.name.c_str(), spec.partitions, spec.replication,
                                              error, sizeof error));
    if (topics.back() == nullptr)
      return absl::InvalidArgumentError(absl::StrCat("kafka: ", spec.name, ": ", error));
    for (const TopicSetting& setting : spec.settings) {
      rd_kafka_NewTopic_set_config(topics.back().get(), setting.name.c_str(),
                                   setting.value.c_str());
    }
    all.push_back(topics.back().get());
  }
  auto options = client_->Options(RD_KAFKA_ADMIN_OP_CREATETOPICS, deadline);
  if (!options.ok()) return options.status();
  rd_kafka_CreateTopics(client_->client.get(), all.data(), all.size(), options->get(),
                        client_->results.get());
  auto event = client_->Result("create the topics", deadline);
  if (!event.ok()) return event.status();
  size_t count = 0;
  const rd_kafka_topic_result_t** created =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(created[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
      continue;
    return TopicError(error, rd_kafka_topic_result_name(created[i]),
                      rd_kafka_topic_result_error_string(created[i]));
  }
  return Await(specs, deadline, [](const TopicSpec&, const std::optional<TopicFound>& is) {
    return is.has_value();
  });
}

absl::Status KafkaAdmin::Mend(const TopicSpec& spec, absl::Time deadline) {
  absl::StatusOr<Found> found = Describe({spec}, deadline);
  if (!found.ok()) return found.status();
  const std::optional<TopicFound>& is = (*found)[spec.name];
  if (!is) return absl::NotFoundError(absl::StrCat("there is no topic ", spec.name));
  const std::vector<TopicDifference> differences = DiffTopic(spec, is);
  if (!CanMend(differences)) {
    return absl::FailedPreconditionError(
        absl::StrCat(spec.name, " has other partitions or too few copies; mend these first"));
  }
  // The request replaces all that is set on the topic: what stays is sent again.
  std::map<std::string, std::string> settings = is->own;
  for (const TopicDifference& difference : differences) {
    for (const TopicSetting& setting : spec.settings) {
      if (setting.name == difference.name) settings[setting.name] = setting.value;
    }
  }
  KafkaPtr<rd_kafka_ConfigResource_t> resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, spec.name.c_str()));
  for (const auto& [name, value] : settings)
    rd_kafka_ConfigResource_set_config(resource.get(), name.c_str(), value.c_str());
  auto options = client_->Options(RD_KAFKA_ADMIN_OP_ALTERCONFIGS, deadline);
  if (!options.ok()) return options.status();
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  rd_kafka_AlterConfigs(client_->client.get(), resources, 1, options->get(),
                        client_->results.get());
  auto event = client_->Result("alter the topic", deadline);
  if (!event.ok()) return event.status();
  size_t count = 0;
  const rd_kafka_ConfigResource_t** altered = rd_kafka_AlterConfigs_result_resources(
      rd_kafka_event_AlterConfigs_result(event->get()), &count);
  for (size_t i = 0; i < count; ++i) {
    if (const rd_kafka_resp_err_t error = rd_kafka_ConfigResource_error(altered[i]))
      return TopicError(error, spec.name, rd_kafka_ConfigResource_error_string(altered[i]));
  }
  return Await({spec}, deadline, [](const TopicSpec& one, const std::optional<TopicFound>& is) {
    return DiffTopic(one, is).empty();
  });
}

// The controller has answered; the brokers follow.
absl::Status KafkaAdmin::Await(
    const std::vector<TopicSpec>& specs, absl::Time deadline,
    absl::FunctionRef<bool(const TopicSpec& spec, const std::optional<TopicFound>& is)> done) {
  for (;;) {
    absl::StatusOr<Found> found = Describe(specs, deadline);
    if (!found.ok()) return found.status();
    const auto waits = std::find_if(specs.begin(), specs.end(), [&](const TopicSpec& spec) {
      return !done(spec, (*found)[spec.name]);
    });
    if (waits == specs.end()) return absl::OkStatus();
    const absl::Status later = absl::UnavailableError(
        absl::StrCat("kafka: ", waits->name, " was changed, but the brokers do not say so yet"));
    if (!Again(later, deadline)) return later;
  }
}

absl::Status PrepareTopics(const KafkaConnection& connection, const std::vector<TopicSpec>& specs,
                           bool create, absl::Time deadline) {
  auto admin = KafkaAdmin::Connect(connection);
  if (!admin.ok()) return admin.status();
  for (;;) {
    auto found = (*admin)->Describe(specs, deadline);
    if (!found.ok()) return found.status();
    std::vector<TopicSpec> missing;
    for (const TopicSpec& spec : specs) {
      if (!(*found)[spec.name]) missing.push_back(spec);
    }
    if (missing.empty()) return CheckTopics(specs, *found, connection.bootstrap_servers);
    if (!create) return absl::NotFoundError(absl::StrCat("no topic ", missing[0].name));
    if (absl::Now() > deadline)
      return absl::UnavailableError(absl::StrCat("no topic ", missing[0].name, " appears"));
    if (absl::Status status = (*admin)->Create(missing, deadline); !status.ok()) return status;
  }
}

}  // namespace tierline::log
