#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sip/counts.h"
#include "sip/desk.h"
#include "sip/loop.h"
#include "sip/request.h"
#include "sip/settings.h"

struct msg_s;
struct nta_agent_s;
struct nta_incoming_s;

namespace tierline::sip {

struct AgentOptions {
  std::string listen = "127.0.0.1:0";          // host:port, UDP and TCP; port 0: any free one
  int in_flight_max = 1024;                    // requests without an answer; more get 503
  int message_bytes_max = 16384;               // longer ones get 413, or nothing
  absl::Duration patience = absl::Seconds(5);  // with what can not be recorded for the moment
  Settings settings;
};

// Who decides and records; hands back on the loop's thread.
struct Handover {
  std::function<void(routing::v1::ReceiveCallRequest, std::string inquiry_id, Received)> receive;
  std::function<void(routing::v1::ReportCallRequest, Reported)> report;
};

class Agent;

// A request that was taken. Its Sofia transaction outlives it, to repeat the answer.
struct Transaction {
  using Request = std::variant<routing::v1::ReceiveCallRequest, routing::v1::ReportCallRequest>;

  Agent* agent;
  uint64_t id;
  nta_incoming_s* incoming;  // null: answered, and only its record is awaited
  Request request;
  std::string inquiry_id;
  absl::Time begun;  // the request, or the report that follows from its CANCEL
};

// A redirect server (RFC 3261 §8.3) on Sofia-SIP's transactions: it absorbs retransmissions, times
// answers out, and takes ACKs. On the loop's thread only, but for in_flight().
//
//   INVITE    handed over; answered when it is recorded, or 487 when it was cancelled before
//   CANCEL    200; the call, once it is recorded, is reported ended by the caller
//   MESSAGE   a report; 200 when it is recorded
//   OPTIONS   200 with Allow; any other: 405 with Allow
//
// What can not be recorded for the moment is tried again for some seconds, under its request id.
class Agent {
 public:
  // Errors: kUnavailable when the address can not be bound.
  static absl::StatusOr<std::unique_ptr<Agent>> Start(su_root_s* root, Loop* loop,
                                                      const AgentOptions& options,
                                                      Handover handover, Counts* counts);
  ~Agent();

  const std::string& address() const { return address_; }  // "127.0.0.1:5060"
  // Refuses what is new with 503.
  void BeginShutdown() { refusing_ = true; }
  // Requests without an answer. From any thread.
  int in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  friend struct Callbacks;
  using Request = Transaction::Request;

  Agent(Loop* loop, const AgentOptions& options, Handover handover, Counts* counts)
      : loop_(loop), options_(options), handover_(std::move(handover)), counts_(counts) {}

  absl::Status Listen(su_root_s* root);
  absl::Status Bind(const std::string& host, const std::string& port);

  void OnRequest(msg_s* message, sip_s* sip);
  // Why a request that begins a transaction is not taken, if it is not.
  std::optional<Answer> Refusal(const sip_s& sip) const;
  void Take(msg_s* message, sip_s* sip, Request request, std::string inquiry_id);
  void OnCancel(Transaction* transaction);

  void Hand(uint64_t id);
  bool TryAgain(uint64_t id, const rpc::RpcStatus& status);
  void OnReceived(uint64_t id, const rpc::RpcStatus& status,
                  const routing::v1::ReceiveCallResponse& received);
  void OnReported(uint64_t id, const rpc::RpcStatus& status);
  void HangUp(Transaction* transaction);
  void Finish(uint64_t id, const Answer& answer);
  void Forget(uint64_t id);

  Loop* const loop_;
  const AgentOptions options_;
  const Handover handover_;
  Counts* const counts_;
  nta_agent_s* nta_ = nullptr;
  std::string address_;
  bool refusing_ = false;
  uint64_t next_id_ = 0;
  absl::flat_hash_map<uint64_t, std::unique_ptr<Transaction>> transactions_;
  std::atomic<int> in_flight_{0};
};

}  // namespace tierline::sip
