#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/node.h"

namespace tierline::simulation {

// One command of a client, whatever number of times it was sent.
struct Operation {
  Uuid request_id;
  base::v1::Service service = base::v1::SERVICE_UNSPECIFIED;
  std::string subject;
  int32_t partition = 0;
  std::string text;
  std::string etag;
  int64_t invoked_ms = 0;
  int64_t returned_ms = 0;  // 0: not yet
  int attempts = 0;
  std::vector<base::v1::Receipt> receipts;  // every acceptance that reached the client
  std::string rejection;                    // the first
  int surplus_replies = 0;                  // beyond one for each time it was sent
};

// How the clients of a run behave.
struct Load {
  int64_t subjects = 3;
  int64_t pause_ms = 30;  // at most, between two commands
  int guess = 0;          // percent of commands whose etag is a guess at what others have under way
};

// Sends one command after the other, each again at any replica until it is answered.
class Client {
 public:
  Client(Cluster* cluster, std::vector<std::unique_ptr<Node>>* nodes,
         const std::vector<base::v1::Service>& services, const Load& load, uint64_t name);

  void Begin();
  // Finishes what it began and begins nothing more.
  void Stop() { stopped_ = true; }
  bool idle() const { return operations_.empty() || operations_.back()->returned_ms != 0; }
  const std::vector<std::shared_ptr<Operation>>& operations() const { return operations_; }

 private:
  std::string DrawText(base::v1::Service service);
  void Send(const std::shared_ptr<Operation>& operation);
  void OnReply(const std::shared_ptr<Operation>& operation, int attempt,
               const partition::CommandResult& result);
  void Finish(const std::shared_ptr<Operation>& operation);

  Cluster* const cluster_;
  std::vector<std::unique_ptr<Node>>* const nodes_;
  const std::vector<base::v1::Service> services_;
  const Load load_;
  const uint64_t name_;
  bool stopped_ = false;
  std::vector<std::shared_ptr<Operation>> operations_;
  std::map<std::pair<base::v1::Service, std::string>, std::string> etags_;  // the last it saw
};

}  // namespace tierline::simulation
