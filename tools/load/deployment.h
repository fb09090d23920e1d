#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/load/brokers.h"
#include "tools/load/server_process.h"

namespace tierline::load {

struct DeploymentOptions {
  ServerOptions server;  // as every process is started; data_dir and work_dir are for all of them
  // Of a deployment on Kafka.
  int partitions = 8;
  std::vector<std::string>
      listen;  // addresses, in the order of the replicas; empty: any that are free
};

// One process, and the services that it plays.
struct Replica {
  std::string name;  // "the server", "intake-1"
  std::string role;  // "all", "intake"
  std::unique_ptr<ServerProcess> process;

  // Whether it answers calls of the rpc service `rpc_service`.
  bool Answers(std::string_view rpc_service) const;
};

// The processes that serve a hotline: what is started, killed, started again, and asked for
// addresses. There are two forms of it, and nobody else need know which one it is.
class Deployment {
 public:
  // One process with all services, on the embedded log.
  static absl::StatusOr<std::unique_ptr<Deployment>> Alone(const DeploymentOptions& options);
  // Two replicas of each service, on `brokers`.
  static absl::StatusOr<std::unique_ptr<Deployment>> OnKafka(const DeploymentOptions& options,
                                                             std::unique_ptr<Brokers> brokers);

  std::vector<Replica>& replicas() { return replicas_; }
  const std::vector<Replica>& replicas() const { return replicas_; }
  Brokers* brokers() { return brokers_.get(); }  // null: the log is embedded

  // Those whose death is felt by whoever calls in: the only process, or one owner of routing and
  // one of intake.
  std::vector<Replica*> Victims();
  // SIGKILL, all at once, and a start on what they left behind; does not wait.
  absl::Status KillAndLaunch(const std::vector<Replica*>& victims);
  // Whether all processes serve. Errors: as ServerProcess::Serves.
  absl::StatusOr<bool> Serves();
  absl::Status WaitUntilServes();

  // One line for each process.
  std::vector<std::string> Describe() const;
  // Everything goes on when this process ends.
  void Leave();
  // What stops it then, line by line.
  std::vector<std::string> StopCommands() const;

 private:
  Deployment() = default;
  absl::Status LaunchAll();

  std::unique_ptr<Brokers> brokers_;  // outlives the replicas
  std::vector<Replica> replicas_;
};

}  // namespace tierline::load
