#include "sip/agent.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/text.h"
#include "runtime/observe/log.h"
#include "sip/sofia.h"

namespace tierline::sip {
namespace {

constexpr char kAllow[] = "INVITE, ACK, CANCEL, OPTIONS, MESSAGE";
constexpr char kAccept[] = "application/sdp, text/plain";
constexpr absl::Duration kTryAgainAfter = absl::Milliseconds(200);
constexpr int kBindTries = 20;
constexpr unsigned kIdleMs = 300'000;    // after which a TCP connection is closed
constexpr unsigned kMessageMs = 30'000;  // for the rest of a message of which a part came

// Only what this server knows: a counter is made for each.
std::string_view NameOf(sip_method_t method) {
  switch (method) {
    case sip_method_invite:
      return "INVITE";
    case sip_method_cancel:
      return "CANCEL";
    case sip_method_options:
      return "OPTIONS";
    case sip_method_message:
      return "MESSAGE";
    default:
      return "other";
  }
}

const char* OrNull(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

// The headers of an answer, as texts; those that it does not have are null, which Sofia skips.
struct Headers {
  explicit Headers(const Answer& answer)
      : contact(answer.contact),
        reason(answer.reason),
        unsupported(answer.unsupported),
        retry_after(answer.retry_after_s > 0 ? absl::StrCat(answer.retry_after_s) : ""),
        inquiry(answer.inquiry_id.empty() ? "" : "Tierline-Inquiry: " + answer.inquiry_id),
        allow(answer.status == 405 || answer.status == 200 ? kAllow : nullptr),
        accept(answer.status == 415 ? kAccept : nullptr) {}

  std::string contact, reason, unsupported, retry_after, inquiry;
  const char* allow;
  const char* accept;
};

// Of a server transaction, or of none: then `reply` is nta_msg_treply.
template <typename Reply>
void Send(const Answer& answer, Reply reply) {
  const Headers headers(answer);
  reply(answer.status, answer.phrase, SIPTAG_CONTACT_STR(OrNull(headers.contact)),
        SIPTAG_REASON_STR(OrNull(headers.reason)),
        SIPTAG_UNSUPPORTED_STR(OrNull(headers.unsupported)),
        SIPTAG_RETRY_AFTER_STR(OrNull(headers.retry_after)),
        SIPTAG_HEADER_STR(OrNull(headers.inquiry)), SIPTAG_ALLOW_STR(headers.allow),
        SIPTAG_ACCEPT_STR(headers.accept), TAG_END());
}

void ReplyTo(nta_incoming_t* incoming, const Answer& answer) {
  Send(answer, [&](int status, const char* phrase, auto... tags) {
    nta_incoming_treply(incoming, status, phrase, tags...);
  });
  nta_incoming_destroy(incoming);  // ours; Sofia keeps its own until the timers end
}

std::pair<std::string, std::string> HostAndPort(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  const std::string port = listen.substr(colon + 1);
  return {listen.substr(0, colon), port == "0" ? "*" : port};
}

Answer NoSuchCall() {
  return Refuse(481, "Call/Transaction Does Not Exist", kWrongState, "there are no dialogs here");
}

// An answer goes where Via says; a name there would have the loop wait for a name server.
bool NamesNoAddress(const sip_via_t& via) {
  return via.v_maddr != nullptr && !host_is_ip_address(via.v_maddr);
}

}  // namespace

struct Callbacks {
  static int OnRequest(Agent* agent, nta_agent_t*, msg_t* message, sip_t* sip) {
    agent->OnRequest(message, sip);
    return 0;
  }
  static int OnAckOrCancel(Transaction* transaction, nta_incoming_t*, sip_t const* sip) {
    if (sip != nullptr && sip->sip_request != nullptr &&
        sip->sip_request->rq_method == sip_method_cancel) {
      transaction->agent->OnCancel(transaction);
    }
    return 0;
  }
};

absl::StatusOr<std::unique_ptr<Agent>> Agent::Start(su_root_s* root, Loop* loop,
                                                    const AgentOptions& options, Handover handover,
                                                    Counts* counts) {
  std::unique_ptr<Agent> agent(new Agent(loop, options, std::move(handover), counts));
  absl::Status status = agent->Listen(root);
  if (!status.ok()) return status;
  return agent;
}

Agent::~Agent() {
  for (auto& [id, transaction] : transactions_) {
    if (transaction->incoming != nullptr) ReplyTo(transaction->incoming, ComeBackLater(1, "ends"));
  }
  if (nta_ != nullptr) nta_agent_destroy(nta_);
}

absl::Status Agent::Listen(su_root_s* root) {
  static msg_mclass_t* const messages = sip_extend_mclass(nullptr);
  auto* const nowhere = reinterpret_cast<url_string_t*>(-1);  // its word for: no address yet
  nta_ = nta_agent_create(root, nowhere, &Callbacks::OnRequest, this, NTATAG_MCLASS(messages),
                          NTATAG_MAXSIZE(static_cast<usize_t>(options_.message_bytes_max)),
                          NTATAG_UA(1), NTATAG_MERGE_482(1), NTATAG_EXTRA_100(1), TAG_END());
  if (nta_ == nullptr) return absl::ResourceExhaustedError("SIP: no agent");
  const auto [host, port] = HostAndPort(options_.listen);
  absl::Status status;
  // Any free port is one for UDP; for TCP somebody else may have it.
  for (int i = 0; i < (port == "*" ? kBindTries : 1); ++i) {
    status = Bind(host, port);
    if (status.ok()) break;
    nta_agent_close_tports(nta_);
  }
  return status;
}

absl::Status Agent::Bind(const std::string& host, const std::string& port) {
  const auto add = [&](const std::string& at, const char* transport) {
    const std::string url = absl::StrCat("sip:", host, ":", at, ";transport=", transport);
    return nta_agent_add_tport(nta_, URL_STRING_MAKE(url.c_str()), TPTAG_LOG(0),
                               TPTAG_IDLE(kIdleMs), TPTAG_TIMEOUT(kMessageMs), TAG_END()) == 0;
  };
  const auto unavailable = [&] {
    return absl::UnavailableError(absl::StrCat("SIP can not listen on ", options_.listen));
  };
  if (!add(port, "udp")) return unavailable();
  const sip_via_t* via = nta_agent_via(nta_);
  if (via == nullptr) return unavailable();
  const std::string bound = via->v_port == nullptr ? "5060" : via->v_port;
  if (!add(bound, "tcp")) return unavailable();
  address_ = absl::StrCat(host, ":", bound);
  return absl::OkStatus();
}

void Agent::OnRequest(msg_s* message, sip_s* sip) {
  const sip_method_t method = sip->sip_request->rq_method;
  if (method == sip_method_ack || NamesNoAddress(*sip->sip_via)) {
    return nta_msg_discard(nta_, message);
  }
  std::variant<Request, Answer> read =
      Refuse(405, "Method Not Allowed", kNotAvailable, "see Allow");
  if (const auto refusal = Refusal(*sip)) {
    read = *refusal;
  } else if (method == sip_method_options) {
    read = Answer{.status = 200, .phrase = "OK"};
  } else if (method == sip_method_cancel) {
    read = NoSuchCall();
  } else if (method == sip_method_invite) {
    std::visit([&](auto&& one) { read = std::move(one); }, ReadInvite(*sip, options_.settings));
  } else if (method == sip_method_message) {
    std::visit([&](auto&& one) { read = std::move(one); }, ReadReport(*sip, options_.settings));
  }
  if (auto* request = std::get_if<Request>(&read)) {
    return Take(message, sip, std::move(*request),
                InquiryIdOf(options_.settings, sip->sip_call_id->i_id));
  }
  const Answer& answer = std::get<Answer>(read);
  counts_->Answered(NameOf(method), answer.status);
  Send(answer, [&](int status, const char* phrase, auto... tags) {
    nta_msg_treply(nta_, message, status, phrase, tags...);
  });
}

std::optional<Answer> Agent::Refusal(const sip_s& sip) const {
  const sip_method_t method = sip.sip_request->rq_method;
  if (method != sip_method_invite && method != sip_method_message) return {};
  // No dialog was ever begun here.
  if (sip.sip_to->a_tag != nullptr) return NoSuchCall();
  if (sip.sip_require != nullptr && sip.sip_require->k_items != nullptr) {
    Answer answer = Refuse(420, "Bad Extension", kInterworking, "see Unsupported");
    for (const msg_param_t* one = sip.sip_require->k_items; *one != nullptr; ++one) {
      absl::StrAppend(&answer.unsupported, answer.unsupported.empty() ? "" : ", ", *one);
    }
    return answer;
  }
  if (refusing_) return ComeBackLater(5, "this server is about to end");
  if (std::ssize(transactions_) >= options_.in_flight_max) {
    return ComeBackLater(1, "too many calls at once");
  }
  return {};
}

void Agent::Take(msg_s* message, sip_s* sip, Request request, std::string inquiry_id) {
  nta_incoming_t* incoming = nta_incoming_create(nta_, nullptr, message, sip, TAG_END());
  if (incoming == nullptr) return;  // no memory, and the message is gone
  const uint64_t id = next_id_++;
  auto& transaction = transactions_[id];
  transaction = std::make_unique<Transaction>(Transaction{.agent = this,
                                                          .id = id,
                                                          .incoming = incoming,
                                                          .request = std::move(request),
                                                          .inquiry_id = std::move(inquiry_id),
                                                          .begun = absl::Now()});
  nta_incoming_bind(incoming, &Callbacks::OnAckOrCancel, transaction.get());
  nta_incoming_set_params(incoming, NTATAG_EXTRA_100(1), TAG_END());
  in_flight_.store(static_cast<int>(transactions_.size()), std::memory_order_relaxed);
  counts_->SetInFlight(transactions_.size());
  Hand(id);
}

void Agent::Hand(uint64_t id) {
  const auto found = transactions_.find(id);
  if (found == transactions_.end()) return;
  const Transaction& transaction = *found->second;
  if (const auto* call = std::get_if<routing::v1::ReceiveCallRequest>(&transaction.request)) {
    return handover_.receive(
        *call, transaction.inquiry_id,
        [this, id](const auto& status, const auto& received) { OnReceived(id, status, received); });
  }
  handover_.report(std::get<routing::v1::ReportCallRequest>(transaction.request),
                   [this, id](const auto& status) { OnReported(id, status); });
}

bool Agent::TryAgain(uint64_t id, const rpc::RpcStatus& status) {
  const absl::Time again = absl::Now() + kTryAgainAfter;
  const absl::Time give_up = transactions_.at(id)->begun + options_.patience;
  if (!MayPass(status) || refusing_ || again > give_up) return false;
  loop_->PostAt(again, [this, id] { Hand(id); });
  return true;
}

void Agent::OnReceived(uint64_t id, const rpc::RpcStatus& status,
                       const routing::v1::ReceiveCallResponse& received) {
  if (TryAgain(id, status)) return;
  Transaction* transaction = transactions_.at(id).get();
  if (transaction->incoming != nullptr) {
    return Finish(id, status.ok() ? AnswerTo(received, options_.settings) : AnswerTo(status));
  }
  const bool open = status.ok() && received.outcome() == base::v1::OUTCOME_UNSPECIFIED &&
                    received.decision().action() != events::v1::ROUTE_ACTION_REJECT;
  if (!open) return Forget(id);
  HangUp(transaction);
}

void Agent::OnReported(uint64_t id, const rpc::RpcStatus& status) {
  if (TryAgain(id, status)) return;
  Finish(id, AnswerTo(status));
}

// Sofia has answered the CANCEL and awaits our answer to the INVITE.
void Agent::OnCancel(Transaction* transaction) {
  if (transaction->incoming == nullptr) return;
  Answer answer = Refuse(487, "Request Terminated", kNormalClearing, "the caller hung up");
  answer.inquiry_id = transaction->inquiry_id;
  counts_->Answered("CANCEL", 200);
  counts_->Answered("INVITE", answer.status);
  ReplyTo(std::exchange(transaction->incoming, nullptr), answer);
}

// The caller is gone, and nobody else will say so. No switch saw it: it has no switch time.
void Agent::HangUp(Transaction* transaction) {
  routing::v1::ReportCallRequest report;
  report.set_inquiry_id(transaction->inquiry_id);
  report.set_sequence(1);
  report.set_kind(events::v1::CALL_REPORT_KIND_ENDED);
  report.set_cause(events::v1::CALL_END_CAUSE_CALLER_HUNG_UP);
  transaction->request = std::move(report);
  transaction->begun = absl::Now();
  Hand(transaction->id);
}

void Agent::Finish(uint64_t id, const Answer& answer) {
  Transaction* transaction = transactions_.at(id).get();
  if (transaction->incoming != nullptr) {
    const sip_method_t method = nta_incoming_method(transaction->incoming);
    counts_->Answered(NameOf(method), answer.status);
    if (method == sip_method_invite) counts_->Took(absl::Now() - transaction->begun);
    ReplyTo(transaction->incoming, answer);
  }
  Forget(id);
}

void Agent::Forget(uint64_t id) {
  transactions_.erase(id);
  in_flight_.store(static_cast<int>(transactions_.size()), std::memory_order_relaxed);
  counts_->SetInFlight(transactions_.size());
}

}  // namespace tierline::sip
