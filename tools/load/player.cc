#include "tools/load/player.h"

#include <algorithm>
#include <thread>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tools/load/virtual_clock.h"

namespace tierline::load {
namespace {

constexpr absl::Duration kIdleNap = absl::Milliseconds(2);
constexpr absl::Duration kBackoffMax = absl::Milliseconds(400);

}  // namespace

bool OutcomeUnknown(const rpc::RpcStatus& status) {
  switch (status.code) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
      return true;
    case absl::StatusCode::kUnknown:
      return status.reason.empty();  // a connection that broke
    case absl::StatusCode::kAborted:
      return status.reason != "ETAG_MISMATCH";
    default:
      return false;
  }
}

bool Player::Later::operator()(const Entry& a, const Entry& b) const {
  return std::tuple(a.first, a.second->plan().number) >
         std::tuple(b.first, b.second->plan().number);
}

Player::Player(const std::vector<CallPlan>* plans, const PlayerOptions& options, Journal* journal)
    : plans_(plans), options_(options), journal_(journal) {
  scripts_.reserve(plans->size());
}

Player::~Player() = default;

absl::Status Player::Connect(const Deployment& deployment) {
  // What was under way to those that have moved comes back as cancelled, and is sent again.
  const absl::Status status = replicas_.Connect(deployment);
  for (auto& attempt : to_resend_) attempt->not_before = absl::InfinitePast();
  return status;
}

bool Player::MayBegin(int64_t at_ms) const {
  return at_ms <= limit_ms_ &&
         (under_way_.empty() || at_ms - *under_way_.begin() <= options_.skew_max_ms);
}

bool Player::idle() const {
  if (unanswered_ > 0) return false;
  return NextCallMs() > limit_ms_ && (agenda_.empty() || agenda_.top().first > limit_ms_);
}

bool Player::BeginNext() {
  const int64_t next_call_ms = NextCallMs();
  if (next_call_ms != kNever && (agenda_.empty() || next_call_ms <= agenda_.top().first)) {
    scripts_.push_back(std::make_unique<Script>(&(*plans_)[begun_++], options_.seed));
    agenda_.emplace(next_call_ms, scripts_.back().get());
  }
  if (agenda_.empty() || !MayBegin(agenda_.top().first)) return false;
  Script* script = agenda_.top().second;
  agenda_.pop();
  auto attempt = std::make_unique<Attempt>(Attempt{.script = script, .step = script->Next()});
  ++unanswered_;
  under_way_.insert(attempt->step.at_ms);
  Send(std::move(attempt));
  return true;
}

void Player::Send(std::unique_ptr<Attempt> attempt) {
  now_ms_ = std::max(now_ms_, attempt->step.at_ms);
  const Step& step = attempt->step;
  rpc::CallOptions call{.deadline = absl::Now() + options_.rpc_timeout,
                        .metadata = VirtualCall(step.principal, now_ms_)};
  replicas_.Next(step.service)
      ->CallBytesAsync(step.service, step.method, step.request, call,
                       [this, attempt = std::move(attempt)](const rpc::RpcStatus& status,
                                                            std::string_view response) mutable {
                         OnAnswer(std::move(attempt), status, response);
                       });
}

void Player::Resend(absl::Time now) {
  std::vector<std::unique_ptr<Attempt>> later;
  for (auto& attempt : std::exchange(to_resend_, {})) {
    if (attempt->not_before <= now) {
      Send(std::move(attempt));
    } else {
      later.push_back(std::move(attempt));
    }
  }
  for (auto& attempt : later) to_resend_.push_back(std::move(attempt));
}

void Player::Play(absl::Time until) {
  Resend(absl::Now());
  while (unanswered_ < options_.in_flight_max && BeginNext()) continue;
  if (replicas_.in_flight() > 0) {
    replicas_.Poll(until);
  } else if (!idle()) {
    absl::SleepFor(std::min(kIdleNap, until - absl::Now()));  // until the next attempt
  }
}

void Player::OnAnswer(std::unique_ptr<Attempt> attempt, const rpc::RpcStatus& status,
                      std::string_view response) {
  if (!status.ok() && OutcomeUnknown(status)) {
    ++counts_.resent;
    const int shift = std::min(attempt->failures++, 4);
    const absl::Duration backoff = absl::Milliseconds(20) * (1 << shift);
    attempt->not_before =
        absl::Now() + std::max(status.retry_after, std::min(backoff, kBackoffMax));
    to_resend_.push_back(std::move(attempt));
    return;
  }
  --unanswered_;
  under_way_.erase(under_way_.find(attempt->step.at_ms));
  const std::string fault = attempt->script->Answered(attempt->step, status, response);
  if (fault.empty()) {
    Acknowledge(*attempt);
  } else {
    faults_.push_back(fault);
  }
  if (!attempt->script->done()) agenda_.emplace(attempt->script->at_ms(), attempt->script);
}

void Player::Acknowledge(const Attempt& attempt) {
  ++counts_.answers;
  switch (attempt.step.expect) {
    case Step::Expect::kSame:
      ++counts_.repeats;
      return;
    case Step::Expect::kRead:
      ++counts_.reads;
      return;
    case Step::Expect::kRefused:
      ++(attempt.step.refusal == absl::StatusCode::kAborted ? counts_.stale : counts_.invalid);
      return;
    case Step::Expect::kAccepted:
      break;
  }
  counts_.calls += attempt.step.method == "ReceiveCall";
  const base::v1::Position& position = attempt.script->receipt().position();
  int64_t& read = positions_[position.partition()];
  read = std::max(read, position.history());
  const auto request_id = Uuid::Parse(attempt.step.request_id);
  const auto event_id = Uuid::Parse(attempt.script->receipt().event_id());
  if (!request_id.ok() || !event_id.ok()) {
    faults_.push_back(
        absl::StrCat("a receipt names the event '", attempt.script->receipt().event_id(), "'"));
    return;
  }
  const absl::Status noted = journal_->Acknowledge(attempt.script->inquiry_id(),
                                                   {*request_id, *event_id, attempt.step.method});
  if (!noted.ok()) faults_.emplace_back(noted.message());
}

Player::Tally Player::Count() const {
  Tally tally;
  for (const auto& script : scripts_) {
    if (script->inquiry_id().empty()) continue;
    if (script->plan().purpose != events::v1::CALL_PURPOSE_PUBLIC) {
      ++tally.test_calls;
    } else {
      ++tally.by_outcome[script->outcome()];
    }
  }
  return tally;
}

}  // namespace tierline::load
