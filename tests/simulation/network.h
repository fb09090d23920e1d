#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "runtime/partition/processor.h"
#include "tests/promises/operation.h"
#include "tests/simulation/cluster.h"

namespace tierline::simulation {

class Node;

using promises::Request;

// What a reply tells; it outlives the call.
struct Answer {
  absl::Status status;
  std::string owner_endpoint;
  std::optional<Rejection> rejection;
  base::v1::Receipt receipt;
  std::string shown;  // the head of the state that came with it
};

// Carries requests and replies between clients and replicas, and between replicas: late, twice, or
// never. A replica that does not own the partition passes a command on to the one that does, once:
//
//   client --> replica --(owner_endpoint)--> owner      one hop: an owner of yesterday refuses
//          <--         <--------------------
class Network {
 public:
  using OnAnswer = std::function<void(const Answer&)>;

  explicit Network(Cluster* cluster) : cluster_(cluster) {}
  void Join(const std::string& endpoint, Node* node) { nodes_[endpoint] = node; }

  // `answer` is called once for each reply that arrives: any number of times.
  void Send(std::shared_ptr<const Request> request, const std::string& endpoint, OnAnswer answer);

  // Deliveries that were answered more than once by the replica that they reached.
  int64_t answered_twice() const { return answered_twice_; }

 private:
  enum class Sender { kClient, kReplica };
  // Runs `arrive` later: as a rule once.
  void Carry(Fault lost, Fault late, Fault duplicate, std::function<void()> arrive);
  void Pass(std::shared_ptr<const Request> request, const std::string& endpoint, Sender sender,
            OnAnswer answer);
  void Deliver(const std::shared_ptr<const Request>& request, Node* node, Sender sender,
               const OnAnswer& answer);
  void OnReply(const std::shared_ptr<const Request>& request, Node* node, int incarnation,
               Sender sender, const Answer& said, const OnAnswer& answer);

  Cluster* const cluster_;
  std::map<std::string, Node*> nodes_;
  int64_t answered_twice_ = 0;
};

}  // namespace tierline::simulation
