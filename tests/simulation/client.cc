#include "tests/simulation/client.h"

namespace tierline::simulation {

Client::Client(Cluster* cluster, Network* network, Workload* workload,
               std::vector<std::unique_ptr<Node>>* nodes, const Load& load, uint64_t name)
    : cluster_(cluster),
      network_(network),
      workload_(workload),
      nodes_(nodes),
      load_(load),
      name_(name) {
  cluster_->At(cluster_->now_ms() + cluster_->Draw(100), [this] { Begin(); });
}

void Client::Begin() {
  if (stopped_) return;
  auto operation = std::make_shared<Operation>();
  operation->request = workload_->DrawRequest();
  Request& request = operation->request;
  request.request_id = MakeUuidV7(1, 0, name_ * 10000 + operations_.size());
  request.etag = DrawEtag(request);
  if (cluster_->Chance(20)) request.principal.set_role(base::v1::ROLE_OPERATOR);
  operation->invoked = cluster_->now_ms();
  operations_.push_back(operation);
  Send(operation);
}

std::string Client::DrawEtag(const Request& request) {
  const std::string& known = etags_[{request.service, request.subject}];
  if (!known.empty() && cluster_->Chance(load_.guess))
    return EtagOf(std::stoll(known.substr(1)) + 1 + cluster_->Draw(3));
  return cluster_->Chance(30) ? known : "";
}

const std::string& Client::ChooseReplica(const Request& request) {
  // Half of them go where somebody believes himself to be the owner.
  const auto count = static_cast<int64_t>(nodes_->size());
  int64_t to = cluster_->Draw(count);
  const bool owner = cluster_->Chance(50);
  for (int64_t i = 0; i < 2 * count; ++i, to = (to + 1) % count) {
    const Node& node = *(*nodes_)[to];
    if (!node.Hosts(request.service)) continue;
    const int32_t partition = cluster_->PartitionOf(request.subject);
    if (!owner || i >= count || node.Owns(request.service, partition)) break;
  }
  return (*nodes_)[to]->name();
}

void Client::Send(const std::shared_ptr<Operation>& operation) {
  if (operation->returned != 0) return;
  const int attempt = ++operation->attempts;
  const Request& request = operation->request;
  network_->Send(
      {operation, &request}, ChooseReplica(request),
      [this, operation, attempt](const Answer& answer) { OnAnswer(operation, attempt, answer); });
  SendAgainAt(cluster_->now_ms() + kPatienceMs + cluster_->Draw(50), operation, attempt);
}

void Client::SendAgainAt(int64_t at_ms, const std::shared_ptr<Operation>& operation, int attempt) {
  cluster_->At(at_ms, [this, operation, attempt] {
    if (operation->attempts == attempt) Send(operation);
  });
}

void Client::OnAnswer(const std::shared_ptr<Operation>& operation, int attempt,
                      const Answer& answer) {
  if (!answer.status.ok())
    return SendAgainAt(cluster_->now_ms() + cluster_->Draw(20), operation, attempt);
  const Request& request = operation->request;
  if (answer.rejection) {
    const auto& frames = cluster_->frames(cluster_->PartitionOf(request.subject));
    operation->refusals.push_back({.reason = answer.rejection->reason,
                                   .at_ms = cluster_->wall_ms(),
                                   .end = static_cast<Offset>(frames.size())});
  } else {
    operation->acceptances.push_back({answer.receipt, answer.shown});
    if (operation->accepted == 0) operation->accepted = cluster_->now_ms();
    etags_[{request.service, request.subject}] = answer.receipt.etag();
    workload_->OnAccepted(request, answer.receipt.event_id());
  }
  Finish(operation);
}

void Client::Finish(const std::shared_ptr<Operation>& operation) {
  if (operation->returned != 0) return;
  operation->returned = cluster_->now_ms();
  cluster_->At(cluster_->now_ms() + cluster_->Draw(load_.pause_ms), [this] { Begin(); });
}

}  // namespace tierline::simulation
