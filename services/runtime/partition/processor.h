#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "base/service.h"
#include "runtime/log/event_log.h"
#include "runtime/partition/fold.h"
#include "runtime/ports.h"

namespace tierline::partition {

// Keys for new subjects, and the fingerprint of a command's content; keys::Vault in a server.
class KeySource {
 public:
  virtual ~KeySource() = default;
  // A durable data key that nobody else has. kUnavailable when none is ready.
  virtual absl::StatusOr<std::string> Take() = 0;
  virtual void GiveBack(std::string key_id) = 0;
  // The same 16 bytes for the same content on every replica.
  virtual Uuid Fingerprint(std::string_view content) = 0;
};

// The directory as a decider sees it.
struct DirectoryAt {
  const directory::Directory* directory = nullptr;
  int64_t position = 0;
  absl::TimeZone zone = absl::UTCTimeZone();  // of the hotline
  // Another one whenever what is in force may be another; what stands owed is then looked at again.
  uint64_t edition = 0;
};

// What a processor uses of the world.
struct Ports {
  log::EventLog* log = nullptr;
  Clock* clock = nullptr;
  Random* random = nullptr;
  Sealer* sealer = nullptr;
  KeySource* keys = nullptr;
  std::function<DirectoryAt()> directory;
};

struct ProcessorOptions {
  std::string instance;
  std::string endpoint;       // where this replica is called, for others to read in its claims
  bool succeeds = true;       // claims what a leaving owner has released
  size_t queue_max = 4096;    // commands not yet decided
  size_t pending_max = 1024;  // events not yet read back
  int decide_attempts = 8;    // after a prev conflict
  // Both for the simulator, to prove that it would notice.
  bool answer_before_read_back = false;
  bool decide_before_own_claim = false;
};

// Of an accepted command.
struct Receipt {
  Uuid event_id;
  int64_t version = 0;
  int32_t partition = 0;
  Offset history = 0;  // how far both logs were read
  Offset directory = 0;
};
// As clients get it, into a message that may have been used before.
void FillReceipt(const Receipt& receipt, base::v1::Receipt* out);

// How a command ended: refused by the business, failed in the world, or accepted.
struct CommandResult {
  absl::Status status;  // of the world
  bool accepted() const { return status.ok() && !rejection; }
  // Set when this replica may not decide because another one owns the partition: where that one is.
  // Nothing was done; `status` is kUnavailable.
  std::string owner_endpoint;
  std::optional<Rejection> rejection;
  Receipt receipt;              // when accepted
  std::string_view subject_id;  // this and the state after it die with the call
  const Subject* subject = nullptr;
};
using Reply = absl::AnyInvocable<void(const CommandResult&)>;

struct ProcessorCounts {
  int64_t accepted = 0, rejected = 0, repeated = 0, conflicts = 0, claims = 0, doubts = 0,
          reactions = 0;
};

// One partition, one thread at a time: queue -> Decide on the fold and what is pending -> append ->
// read back -> Evolve -> reply. Commands are pipelined: group commit comes from appending together
// all that was decided since the last append.
//
//   Submit(…) …; Decide(); log->Poll(); ReadBack(); …; Flush()
//
// It writes for a service only as the owner: after it has read its own claim back. Any doubt about
// an append (an error, a void record) is settled in one way: claim again, read to the claim; what
// is not in the fold by then never will be.
class Processor {
 public:
  Processor(log::TopicPartition partition, std::unique_ptr<Fold> fold, Ports ports,
            ProcessorOptions options);

  // Checks that the stored state belongs to this log, else rebuilds it; folds to the current end
  // and stores on the way. Touches nothing that another partition's processor touches but the log
  // and the store, so several may start at a time.
  absl::Status Start();

  // Before anything is assigned.
  void set_endpoint(std::string endpoint) { options_.endpoint = std::move(endpoint); }

  // Whether this replica should own `service` here; an owner-to-be claims at once. One that is not
  // assigned goes on as the owner until it reads a later claim, and claims what a leaving owner has
  // released if nobody else does: so a hand-over waits for no group.
  void SetAssigned(base::v1::Service service, bool assigned);
  bool Owns(base::v1::Service service) const;
  // Neither owns nor is about to claim: it refuses commands with the owner's endpoint.
  bool Follows(base::v1::Service service) const;

  // Answers a command for what another replica owns, with its endpoint; false when this one owns it
  // or soon will, or does not serve it.
  bool RefuseAsFollower(base::v1::Service service, Reply* reply);

  // Queues the command; `reply` is called exactly once: from Decide, ReadBack, FailAll or the log's
  // Poll.
  void Submit(Command command, Reply reply);

  // Decides what is queued and what is due, and hands it to the log as one append. True when
  // something was appended.
  bool Decide();
  // Applies what the log has beyond the fold; answers. True when something was read. Errors: of the
  // log or the store.
  absl::StatusOr<bool> ReadBack();

  // When Decide has something to do next; the infinite past when now.
  absl::Time NextWork() const;
  // Appends OwnerReleased for what is owned or being claimed, so that a successor claims at once.
  // Call when nothing is pending.
  void Release();
  // Whether a release has not been read back yet.
  bool releasing() const;
  // Answers everything that waits with `status`; what waits for the log's Refresh is answered by
  // it.
  void FailAll(const absl::Status& status);

  absl::Status Flush() { return fold_->Flush(); }
  Fold& fold() { return *fold_; }
  const Fold& fold() const { return *fold_; }
  log::TopicPartition partition() const { return partition_; }
  const ProcessorCounts& counts() const { return counts_; }
  size_t waiting() const { return queue_.size() + pending_.size() + refreshing_; }
  size_t pending() const { return pending_.size(); }
  base::v1::Position Position() const;
  DirectoryAt directory_at() const { return ports_.directory(); }
  absl::Time Now() const { return ports_.clock->Now(); }

 private:
  struct Waiting {
    Command command;
    Uuid content;  // fingerprint
    Reply reply;
    int attempts = 0;
    bool refreshed = false;  // was refused before, and everything was read since
  };
  // An event that was decided and not yet answered.
  struct Pending {
    base::v1::Service service = base::v1::SERVICE_UNSPECIFIED;
    uint64_t append = 0;  // number of the append that it was part of
    std::string subject;
    std::string prev;
    Event event;
    std::string value;
    RecordView record;  // views into this struct and static strings
    Known known;
    std::unique_ptr<Waiting> command;            // else a reaction
    std::vector<std::unique_ptr<Waiting>> also;  // retries that came while it was pending
    bool rests_on_pending = false;  // without what was pending it would be another event
    bool delivered = false;
    Receipt receipt;  // once read back as valid
  };
  // A subject with pending events.
  struct Hot {
    int pending = 0;
    Hash head{};
    std::optional<Subject>
        state;  // the fold with what is pending applied; built, with `head`, when it is needed
  };
  enum class Role { kFollower, kClaiming, kOwner };
  struct Ownership {
    base::v1::Service service = base::v1::SERVICE_UNSPECIFIED;
    Service* decider = nullptr;
    bool assigned = false;
    Role role = Role::kFollower;
    bool releasing = false;  // its release was not read back yet
    bool vacant = false;     // the last owner, another replica, has released it
    bool ready = false;      // may decide, as of the last Decide
    Uuid claim;              // its epoch
    int64_t next_seq = 0;
    absl::Time claim_after = absl::InfinitePast();
    int failures = 0;
  };

  Ownership* Find(base::v1::Service service);
  bool WantsToClaim(const Ownership& owner) const;
  bool MayDecide(const Ownership& owner) const;
  void Claim(Ownership* owner);
  // False when the command has to wait; it is then back in the queue.
  bool DecideCommand(std::unique_ptr<Waiting> waiting);
  // Decides it again when all that is in the log by now was read.
  void Refresh(std::unique_ptr<Waiting> waiting);
  // Whether `event`, decided on the fold and what is pending, would be another one on the fold
  // alone. What is pending may turn out void, and a type that bears no prev would count all the
  // same.
  bool RestsOnPending(const Service& decider, const Command& command, const Context& context,
                      const Event& event);
  bool AnswerRepeated(const Subject& state, Waiting* waiting);
  void DecideDue(int64_t now_ms);
  void LookAgainIfReady();
  void FollowDirectory();
  void DecideObligations(const std::string& subject, int64_t due_ms);
  Pending* FindPending(const Uuid& command, std::string_view subject);
  absl::StatusOr<const Subject*> StateOf(std::string_view subject);
  absl::Time EventTime() const;
  // What is decided in one round is decided at one instant, by one directory.
  const Context& RoundContext();
  Receipt MakeReceipt(const Uuid& event_id, int64_t version) const;
  // Decided on `state` in `context`.
  void Enqueue(Ownership* owner, const Subject& state, const Context& context,
               std::unique_ptr<Pending> pending);
  void Hand();
  // Applies up to `max` records beyond the fold; how many there were.
  absl::StatusOr<int64_t> ReadOn(int64_t max);
  absl::Status CatchUp();
  void OnDelivered(uint64_t append, const absl::Status& status);
  void Doubt(Ownership* owner);
  // Owner no more; claims again after the backoff of so many failures.
  void Retreat(Ownership* owner, int failures, absl::Duration jitter);
  void OnRecord(Offset offset, const RecordView& record);
  void OnClaim(const RecordView& record);
  void OnRelease(const RecordView& record);
  // Claims what has no owner, unless somebody else does first.
  void BecomeCandidate(Ownership* owner);
  // Another replica owns the service now: what was read back and not yet reported as delivered
  // never may be.
  void GiveUpReadBack(base::v1::Service service);
  void Settle(std::unique_ptr<Pending> pending, Verdict verdict, const Applied& applied);
  void VoidAllBut(const Uuid& epoch, base::v1::Service service);
  void Requeue(std::unique_ptr<Pending> pending);
  void Cool(const std::string& subject, bool valid);
  // `subject`: the state after it.
  void Answer(Pending* pending, const Subject& subject);
  void AnswerDelivered();
  void Expire(absl::Time now);
  void Refuse(Waiting* waiting, absl::Status status);
  void Refuse(Waiting* waiting, Rejection rejection);

  const log::TopicPartition partition_;
  const std::unique_ptr<Fold> fold_;
  const Ports ports_;
  ProcessorOptions options_;
  std::vector<Ownership> owners_;
  std::deque<std::unique_ptr<Waiting>> queue_;
  std::deque<std::unique_ptr<Pending>>
      pending_;  // not yet read back, in the order of their appends
  std::deque<std::unique_ptr<Pending>> read_back_;  // valid, but not yet reported as delivered
  std::vector<Pending*> to_append_;
  absl::flat_hash_map<std::string, Hot> hot_;
  absl::btree_set<std::string>
      not_ours_;  // subjects that owe something on which this replica may not decide yet
  uint64_t append_no_ = 0;
  int64_t last_event_ms_ = 0;
  std::optional<Context> round_;  // of the Decide under way, once it is needed
  std::string content_;           // reused
  uint64_t round_edition_ = 0;    // of its directory
  uint64_t edition_ = 0;          // whose standing obligations were looked at
  size_t refreshing_ = 0;         // commands that wait for Refresh
  bool stalled_ = false;
  ProcessorCounts counts_;
  std::shared_ptr<Processor*> self_;  // callbacks of the log find out that the processor is gone
};

}  // namespace tierline::partition
