#include "tests/simulation/network.h"

#include "tests/simulation/node.h"

namespace tierline::simulation {
namespace {

Answer AnswerOf(const partition::CommandResult& result) {
  Answer answer{.status = result.status,
                .owner_endpoint = result.owner_endpoint,
                .rejection = result.rejection};
  if (result.accepted()) FillReceipt(result.receipt, &answer.receipt);
  if (result.subject != nullptr) answer.shown = result.subject->head();
  return answer;
}

}  // namespace

void Network::Carry(Fault lost, Fault late, Fault duplicate, std::function<void()> arrive) {
  Cluster& c = *cluster_;
  if (c.Strikes(lost)) return;
  const int64_t at = c.now_ms() + 1 + c.Draw(c.Strikes(late) ? 200 : 5);
  if (c.Strikes(duplicate)) c.At(at + c.Draw(300), arrive);
  c.At(at, std::move(arrive));
}

void Network::Send(std::shared_ptr<const Request> request, const std::string& endpoint,
                   OnAnswer answer) {
  Pass(std::move(request), endpoint, Sender::kClient, std::move(answer));
}

void Network::Pass(std::shared_ptr<const Request> request, const std::string& endpoint,
                   Sender sender, OnAnswer answer) {
  Carry(Fault::kLostRequest, Fault::kLateRequest, Fault::kDuplicateRequest,
        [this, request = std::move(request), node = nodes_.at(endpoint), sender,
         answer = std::move(answer)] { Deliver(request, node, sender, answer); });
}

void Network::Deliver(const std::shared_ptr<const Request>& request, Node* node, Sender sender,
                      const OnAnswer& answer) {
  node->Deliver(cluster_->PartitionOf(request->subject), request->MakeCommand(),
                [this, request, node, incarnation = node->incarnation(), sender, answer,
                 replies = 0](const partition::CommandResult& result) mutable {
                  if (++replies > 1) ++answered_twice_;
                  OnReply(request, node, incarnation, sender, AnswerOf(result), answer);
                });
}

void Network::OnReply(const std::shared_ptr<const Request>& request, Node* node, int incarnation,
                      Sender sender, const Answer& said, const OnAnswer& answer) {
  const auto reply = [this, answer](const Answer& what) {
    Carry(Fault::kLostReply, Fault::kLateReply, Fault::kDuplicateReply,
          [answer, what] { answer(what); });
  };
  const bool elsewhere = !said.owner_endpoint.empty();
  if (elsewhere && sender == Sender::kReplica) cluster_->Count("passed on in vain");
  if (!elsewhere || sender == Sender::kReplica) return reply(said);
  cluster_->Count("passed on to the owner");
  Pass(request, said.owner_endpoint, Sender::kReplica,
       [node, incarnation, reply](const Answer& what) {
         // A process that has died since passes nothing back.
         if (node->up() && node->incarnation() == incarnation) reply(what);
       });
}

}  // namespace tierline::simulation
