#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tools/load/journal.h"
#include "tools/load/script.h"
#include "tools/load/switchboard.h"

namespace tierline::load {

// No answer, or one that says nothing about what became of the command.
bool OutcomeUnknown(const rpc::RpcStatus& status);

struct PlayerOptions {
  int in_flight_max = 32;
  uint64_t seed = 1;
  // How much virtual time may lie between the calls in flight.
  int64_t skew_max_ms = 300'000;
  absl::Duration rpc_timeout = absl::Seconds(10);
};

struct PlayerCounts {
  int64_t calls = 0;    // that the server has received
  int64_t answers = 0;  // right ones, of every kind
  int64_t resent = 0;   // attempts whose outcome was unknown
  int64_t repeats = 0;  // answered with the same event
  int64_t stale = 0;    // refused ABORTED
  int64_t invalid = 0;  // refused otherwise
  int64_t reads = 0;    // read what was written
};

// Plays plans in the order of virtual time with up to `in_flight_max` rpcs at once. Whatever has no
// answer is sent again with the same bytes until it has one, across restarts of the server.
//
//   Player player(&plans, {}, journal.get());
//   player.Connect(deployment);
//   while (!player.idle()) player.Play(absl::Now() + absl::Milliseconds(50));
//
// Every rpc carries the virtual time, so that the server's clock moves with the play.
class Player {
 public:
  // `plans` are by arrival; both must outlive the player.
  Player(const std::vector<CallPlan>* plans, const PlayerOptions& options, Journal* journal);
  ~Player();

  // New connections, after servers were started (again).
  absl::Status Connect(const Deployment& deployment);

  // Nothing that happens later than this is begun.
  void set_limit_ms(int64_t limit_ms) { limit_ms_ = limit_ms; }
  // No further call comes in; those that did are played to their end.
  void EndCalls() { ended_ = true; }
  // Sends what is due and takes answers, at most until `until`.
  void Play(absl::Time until);
  // Nothing is under way or due up to the limit.
  bool idle() const;
  // All plans are played to their end.
  bool done() const { return unanswered_ == 0 && agenda_.empty() && NextCallMs() == kNever; }

  int unanswered() const { return unanswered_; }
  int64_t now_ms() const { return now_ms_; }  // virtual
  const PlayerCounts& counts() const { return counts_; }
  // How far the log must have been read to know everything that was acknowledged: offsets by
  // partition.
  const std::map<int32_t, int64_t>& positions() const { return positions_; }
  // Wrong answers.
  const std::vector<std::string>& faults() const { return faults_; }
  // Calls by the outcome that they must end with, and whether they are test calls; see Tally.
  struct Tally {
    std::vector<int64_t> by_outcome = std::vector<int64_t>(base::v1::Outcome_ARRAYSIZE);
    int64_t test_calls = 0;
  };
  Tally Count() const;

 private:
  struct Attempt {
    Script* script;
    Step step;
    absl::Time not_before = absl::InfinitePast();
    int failures = 0;
  };

  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  int64_t NextCallMs() const {
    if (ended_ || begun_ == plans_->size()) return kNever;
    return (*plans_)[begun_].arrival.arrived_at_ms();
  }
  bool MayBegin(int64_t at_ms) const;
  bool BeginNext();
  void Resend(absl::Time now);
  void Send(std::unique_ptr<Attempt> attempt);
  void OnAnswer(std::unique_ptr<Attempt> attempt, const rpc::RpcStatus& status,
                std::string_view response);
  void Acknowledge(const Attempt& attempt);

  const std::vector<CallPlan>* plans_;
  const PlayerOptions options_;
  Journal* journal_;
  std::vector<std::unique_ptr<Script>> scripts_;
  size_t begun_ = 0;  // plans that have a script
  // Scripts that wait for their next step, by virtual time and number.
  using Entry = std::pair<int64_t, Script*>;
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const;
  };
  std::priority_queue<Entry, std::vector<Entry>, Later> agenda_;
  std::multiset<int64_t> under_way_;  // virtual times
  std::vector<std::unique_ptr<Attempt>> to_resend_;
  int unanswered_ = 0;  // in flight or to be sent again
  int64_t now_ms_ = 0;
  int64_t limit_ms_ = kNever - 1;
  bool ended_ = false;
  PlayerCounts counts_;
  std::map<int32_t, int64_t> positions_;
  std::vector<std::string> faults_;
  // The player sends again by itself, so that it can say how often. Goes first: it calls back with
  // what it cancels.
  Switchboard replicas_{false};
};

}  // namespace tierline::load
