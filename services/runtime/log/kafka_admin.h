#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "runtime/log/kafka_connection.h"
#include "runtime/log/kafka_topics.h"

namespace tierline::log {

// Looks at the topics of a cluster and makes them as they were planned (kafka_topics.h).
//
//   auto admin = KafkaAdmin::Connect(connection);
//   auto found = (*admin)->Describe(specs, deadline);
//   (*admin)->Create(missing, deadline);
class KafkaAdmin {
 public:
  using Found = std::map<std::string, std::optional<TopicFound>>;

  // Does not wait for a broker. Errors: those of MakeKafkaClient.
  static absl::StatusOr<std::unique_ptr<KafkaAdmin>> Connect(const KafkaConnection& connection);
  ~KafkaAdmin();

  // What is there under the names of `specs`. Waits for partitions that have no leader yet. Errors:
  // kUnavailable when no broker answers by `deadline`; kPermissionDenied.
  absl::StatusOr<Found> Describe(const std::vector<TopicSpec>& specs, absl::Time deadline);

  // A topic that another made in the meantime is no error. Waits until the brokers know them.
  absl::Status Create(const std::vector<TopicSpec>& specs, absl::Time deadline);

  // Sets the settings in which the topic differs from `spec`; leaves its others alone. Waits until
  // the brokers say so. Errors also: kFailedPrecondition unless CanMend.
  absl::Status Mend(const TopicSpec& spec, absl::Time deadline);

 private:
  struct Client;
  absl::Status Await(
      const std::vector<TopicSpec>& specs, absl::Time deadline,
      absl::FunctionRef<bool(const TopicSpec& spec, const std::optional<TopicFound>& is)> done);
  explicit KafkaAdmin(std::unique_ptr<Client> client);
  std::unique_ptr<Client> client_;
};

// Makes those of `specs` that are missing if it may, and checks the rest. Errors: those of Describe
// and CheckTopics; kNotFound when one is missing and must not be made.
absl::Status PrepareTopics(const KafkaConnection& connection, const std::vector<TopicSpec>& specs,
                           bool create, absl::Time deadline);

}  // namespace tierline::log
