#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tests/promises/operation.h"
#include "tools/load/dice.h"
#include "tools/load/switchboard.h"

namespace tierline::chaos {

struct ClientsOptions {
  uint64_t seed = 1;
  int clients = 24;
  int64_t pause_max_ms = 100;                   // between two commands of a client
  absl::Duration attempt = absl::Seconds(2);    // deadline of one attempt
  absl::Duration patience = absl::Seconds(90);  // for the answers that are due at the end
};

// Operators and switches: each sends one command after the other, to inquiries that all of them
// work on. What has no answer is sent again under its request id, through any replica, until it has
// one; a few give up, and nobody ever learns what became of their command.
class Clients {
 public:
  // Of the deployment's replicas, whose addresses do not change.
  Clients(const load::Deployment& deployment, const ClientsOptions& options);

  // Plays until `stop` is set, and then until everything has an answer. Errors: kDeadlineExceeded
  // when something has none although `patience` is over.
  absl::Status Play(const std::atomic<bool>& stop);

  // Their clock counts microseconds.
  const std::vector<std::unique_ptr<promises::Operation>>& operations() const {
    return operations_;
  }
  // Any thread.
  int64_t acknowledged() const { return acknowledged_; }

 private:
  using Operation = promises::Operation;
  struct Inquiry {
    std::string id;
    std::string etag;  // the last that was seen, of the service that it is for
    bool is_call = false;
    int reports = 0;
  };
  struct Client {
    Operation* under_way = nullptr;
    std::string_view method;                 // of its rpc
    std::string bytes;                       // the rpc's request, the same for every attempt
    absl::Time next = absl::InfinitePast();  // when it sends (again)
    int inquiry = -1;                        // number in all that there ever were
  };

  void Begin(Client* client);
  void Draw(Client* client);
  void DrawNew(Client* client);
  void DrawCall(Client* client);
  void DrawOpening(Client* client);
  void DrawReport(Inquiry* inquiry, Client* client);
  void DrawIntake(const Inquiry& inquiry, Client* client);
  // `request` becomes what the client sends, and the arm `arm` of what a processor gets of it.
  template <typename Body, typename Request>
  static void Fill(std::string_view method, Request* (Body::*arm)(), Request request,
                   Client* client);
  void Send(Client* client);
  void OnAnswer(Client* client, const rpc::RpcStatus& status, std::string_view response);
  void Accept(Client* client, std::string_view response);
  void End(Client* client);
  Uuid DrawId();

  const ClientsOptions options_;
  load::Dice dice_;
  std::vector<Client> clients_;
  std::deque<Inquiry> inquiries_;
  std::vector<std::unique_ptr<Operation>> operations_;
  std::atomic<int64_t> acknowledged_{0};
  load::Switchboard replicas_{false};  // goes first: it calls back with what it cancels
};

}  // namespace tierline::chaos
