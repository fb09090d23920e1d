#include "tests/simulation/client.h"

#include "absl/strings/str_cat.h"

namespace tierline::simulation {
namespace {

constexpr int64_t kPatienceMs = 150;

}  // namespace

Client::Client(Cluster* cluster, std::vector<std::unique_ptr<Node>>* nodes,
               const std::vector<base::v1::Service>& services, const Load& load, uint64_t name)
    : cluster_(cluster), nodes_(nodes), services_(services), load_(load), name_(name) {
  cluster_->At(cluster_->now_ms() + cluster_->Draw(100), [this] { Begin(); });
}

std::string Client::DrawText(base::v1::Service service) {
  if (service == testing::kReports) return absl::StrCat("report ", cluster_->Draw(1000));
  const int64_t dice = cluster_->Draw(100);
  if (dice < 5) return "open";
  if (dice > 80) return "tick";
  if (dice < 15) return "close";
  if (dice < 35) return "reopen";
  if (dice < 55) return absl::StrCat("remind ", cluster_->Draw(4) * 40);
  return absl::StrCat("note ", cluster_->Draw(1000));
}

void Client::Begin() {
  if (stopped_) return;
  auto operation = std::make_shared<Operation>();
  operation->request_id = testing::RequestId(name_ * 10000 + operations_.size());
  do {
    operation->service = services_[cluster_->Draw(static_cast<int64_t>(services_.size()))];
  } while (operation->service == testing::kEcho);
  const int64_t subject = cluster_->Draw(load_.subjects);
  operation->subject = absl::StrCat("subject-", subject);
  operation->partition = static_cast<int32_t>(subject % cluster_->partitions());
  operation->text = DrawText(operation->service);
  if (cluster_->Chance(30)) operation->etag = etags_[{operation->service, operation->subject}];
  if (cluster_->Chance(load_.guess)) {
    const std::string& known = etags_[{operation->service, operation->subject}];
    if (!known.empty())
      operation->etag = EtagOf(std::stoll(known.substr(1)) + 1 + cluster_->Draw(3));
  }
  operation->invoked_ms = cluster_->now_ms();
  operations_.push_back(operation);
  Send(operation);
}

void Client::Send(const std::shared_ptr<Operation>& operation) {
  if (operation->returned_ms != 0) return;
  Cluster& c = *cluster_;
  const int attempt = ++operation->attempts;
  size_t to = c.Draw(static_cast<int64_t>(nodes_->size()));
  // Usually some replica that believes itself to be the owner.
  for (size_t i = 0; i < nodes_->size() && c.Chance(80); ++i) {
    if ((*nodes_)[to]->Owns(operation->service, operation->partition)) break;
    to = (to + 1) % nodes_->size();
  }
  Command command = testing::MakeCommand(operation->service, operation->subject,
                                         operation->request_id, operation->text);
  command.etag = operation->etag;
  command.deadline = absl::FromUnixMillis(c.now_ms() + kPatienceMs);
  partition::Reply reply = [this, operation, attempt,
                            replies = 0](const partition::CommandResult& result) mutable {
    if (++replies > 1) ++operation->surplus_replies;
    OnReply(operation, attempt, result);
  };
  if (!c.Strikes(Fault::kLostRequest)) {
    auto parcel = std::make_shared<std::pair<Command, partition::Reply>>(std::move(command),
                                                                         std::move(reply));
    c.At(c.now_ms() + 1 + c.Draw(5),
         [node = (*nodes_)[to].get(), parcel, partition = operation->partition] {
           node->Deliver(partition, std::move(parcel->first), std::move(parcel->second));
         });
  }
  c.At(c.now_ms() + kPatienceMs + c.Draw(50), [this, operation, attempt] {
    if (operation->attempts == attempt) Send(operation);
  });
}

void Client::OnReply(const std::shared_ptr<Operation>& operation, int attempt,
                     const partition::CommandResult& result) {
  Cluster& c = *cluster_;
  if (c.Strikes(Fault::kLostReply)) return;
  const int64_t arrival = c.now_ms() + 1 + c.Draw(5);
  if (!result.status.ok()) {
    c.At(arrival + c.Draw(20), [this, operation, attempt] {
      if (operation->attempts == attempt) Send(operation);
    });
    return;
  }
  const std::string rejection = result.rejection ? result.rejection->reason : "";
  c.At(arrival, [this, operation, rejection, receipt = result.receipt] {
    if (!rejection.empty()) {
      if (operation->rejection.empty()) operation->rejection = rejection;
    } else {
      operation->receipts.push_back(receipt);
      etags_[{operation->service, operation->subject}] = receipt.etag();
    }
    Finish(operation);
  });
}

void Client::Finish(const std::shared_ptr<Operation>& operation) {
  if (operation->returned_ms != 0) return;
  operation->returned_ms = cluster_->now_ms();
  cluster_->At(cluster_->now_ms() + cluster_->Draw(load_.pause_ms), [this] { Begin(); });
}

}  // namespace tierline::simulation
