#include "runtime/log/kafka_membership.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "runtime/log/kafka_client.h"
#include "runtime/observe/log.h"

namespace tierline::log {
namespace {

constexpr char kLogger[] = "membership";

struct ListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;

std::string Millis(absl::Duration duration) {
  return absl::StrCat(absl::ToInt64Milliseconds(duration));
}

KafkaSettings SettingsOf(const KafkaMembershipOptions& options) {
  return {
      {"group.id", absl::StrCat(options.topic_prefix, "tierline.", options.service)},
      {"group.instance.id", options.instance},
      {"partition.assignment.strategy", "roundrobin"},
      {"session.timeout.ms", Millis(options.session_timeout)},
      {"heartbeat.interval.ms", Millis(options.session_timeout / 5)},
      {"max.poll.interval.ms", Millis(std::max(options.session_timeout, absl::Seconds(60)))},
      {"enable.auto.commit", "false"},
      {"auto.offset.reset", "latest"},
      {"queued.min.messages", "1"},
  };
}

}  // namespace

struct KafkaMembership::Core {
  KafkaMembershipOptions options;
  std::set<std::pair<Topic, int32_t>> assigned;
  bool joined = false;
  bool failed = false;
  rd_kafka_resp_err_t last_error = RD_KAFKA_RESP_ERR_NO_ERROR;
  KafkaPtr<rd_kafka_t> client;

  ~Core() {
    // Without leaving the group: see the class's comment. Nor can this wait for a broker.
    if (client) rd_kafka_destroy_flags(client.release(), RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }

  absl::Status Join();
  static void OnRebalance(rd_kafka_t* client, rd_kafka_resp_err_t error,
                          rd_kafka_topic_partition_list_t* partitions, void* opaque);
  std::string NameOf(Topic topic) const {
    return absl::StrCat(options.topic_prefix, ToAbsl(TopicName(topic)));
  }
  void Take(rd_kafka_topic_partition_list_t* partitions);
  void GiveBack();
  void Complain(const rd_kafka_message_t& message);
};

absl::Status KafkaMembership::Core::Join() {
  auto made = MakeKafkaClient(options.connection, {.type = RD_KAFKA_CONSUMER,
                                                   .settings = SettingsOf(options),
                                                   .rebalanced = OnRebalance,
                                                   .opaque = this});
  if (!made.ok()) return made.status();
  client = *std::move(made);
  rd_kafka_poll_set_consumer(client.get());
  const PartitionList topics(rd_kafka_topic_partition_list_new(2));
  for (const Topic topic : options.topics) {
    rd_kafka_topic_partition_list_add(topics.get(), NameOf(topic).c_str(), RD_KAFKA_PARTITION_UA);
  }
  const rd_kafka_resp_err_t error = rd_kafka_subscribe(client.get(), topics.get());
  return error == RD_KAFKA_RESP_ERR_NO_ERROR ? absl::OkStatus() : KafkaError(error, "join a group");
}

void KafkaMembership::Core::OnRebalance(rd_kafka_t*, rd_kafka_resp_err_t error,
                                        rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  auto* core = static_cast<Core*>(opaque);
  if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    core->Take(partitions);
  } else {
    core->GiveBack();
  }
}

void KafkaMembership::Core::Take(rd_kafka_topic_partition_list_t* partitions) {
  rd_kafka_assign(client.get(), partitions);
  rd_kafka_pause_partitions(client.get(), partitions);  // the log is read elsewhere
  assigned.clear();
  for (const Topic topic : options.topics) {
    const std::string name = NameOf(topic);
    for (int i = 0; i < partitions->cnt; ++i) {
      if (partitions->elems[i].topic == name)
        assigned.emplace(topic, partitions->elems[i].partition);
    }
  }
  joined = true;
  observe::log::Info(
      kLogger, "assigned",
      {{"service", options.service}, {"partitions", static_cast<int64_t>(assigned.size())}});
}

void KafkaMembership::Core::GiveBack() {
  rd_kafka_assign(client.get(), nullptr);
  assigned.clear();
}

// Each error once, until another comes: a missing right does not pass by itself.
void KafkaMembership::Core::Complain(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR || message.err == last_error) return;
  last_error = message.err;
  observe::log::Warning(kLogger, "the group answers with an error",
                        {{"service", options.service},
                         {"why", std::string_view(rd_kafka_err2name(message.err))},
                         {"text", std::string_view(rd_kafka_message_errstr(&message))}});
}

absl::StatusOr<std::unique_ptr<KafkaMembership>> KafkaMembership::Join(
    const KafkaMembershipOptions& options) {
  auto core = std::make_unique<Core>();
  core->options = options;
  if (absl::Status status = core->Join(); !status.ok()) return status;
  return std::unique_ptr<KafkaMembership>(new KafkaMembership(std::move(core)));
}

void KafkaMembership::Poll() {
  // Nothing is consumed: what comes are rebalances, handled inside, and errors.
  for (int i = 0; i < 16; ++i) {
    const KafkaPtr<rd_kafka_message_t> message(rd_kafka_consumer_poll(core_->client.get(), 0));
    if (message == nullptr) break;
    core_->Complain(*message);
  }
  char text[512];
  if (core_->failed || rd_kafka_fatal_error(core_->client.get(), text, sizeof text) == 0) return;
  core_->failed = true;
  core_->assigned.clear();
  observe::log::Error(kLogger, "the group excludes this replica: give each its own instance name",
                      {{"service", core_->options.service},
                       {"instance", core_->options.instance},
                       {"why", std::string_view(text)}});
}

bool KafkaMembership::Assigned(TopicPartition of) const {
  return core_->assigned.contains({of.topic, of.partition});
}

bool KafkaMembership::joined() const { return core_->joined; }

KafkaMembership::KafkaMembership(std::unique_ptr<Core> core) : core_(std::move(core)) {}
KafkaMembership::~KafkaMembership() = default;

}  // namespace tierline::log
