#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/node.h"

namespace tierline::simulation {

using promises::Operation;

// How the clients of a run behave.
struct Load {
  int64_t pause_ms = 30;  // at most, between two commands
  int guess = 0;          // percent of commands whose etag is a guess at what others have under way
};

// Sends one command after the other, each again to any replica until it is answered.
class Client {
 public:
  Client(Cluster* cluster, Network* network, Workload* workload,
         std::vector<std::unique_ptr<Node>>* nodes, const Load& load, uint64_t name);

  void Begin();
  // Finishes what it began and begins nothing more.
  void Stop() { stopped_ = true; }
  bool idle() const { return operations_.empty() || operations_.back()->returned != 0; }
  const std::vector<std::shared_ptr<Operation>>& operations() const { return operations_; }

 private:
  std::string DrawEtag(const Request& request);
  const std::string& ChooseReplica(const Request& request);
  void Send(const std::shared_ptr<Operation>& operation);
  void OnAnswer(const std::shared_ptr<Operation>& operation, int attempt, const Answer& answer);
  void SendAgainAt(int64_t at_ms, const std::shared_ptr<Operation>& operation, int attempt);
  void Finish(const std::shared_ptr<Operation>& operation);

  Cluster* const cluster_;
  Network* const network_;
  Workload* const workload_;
  std::vector<std::unique_ptr<Node>>* const nodes_;
  const Load load_;
  const uint64_t name_;
  bool stopped_ = false;
  std::vector<std::shared_ptr<Operation>> operations_;
  std::map<std::pair<base::v1::Service, std::string>, std::string> etags_;  // the last it saw
};

}  // namespace tierline::simulation
