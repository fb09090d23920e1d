#include "tests/simulation/simulation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "tests/promises/checker.h"
#include "tests/simulation/captures.h"
#include "tests/simulation/client.h"
#include "tests/simulation/group.h"

namespace tierline::simulation {
namespace {

constexpr int64_t kFaultyMs = 2000;   // while things go wrong
constexpr int64_t kCalmMs = 20000;    // until when everything must have ended
constexpr int64_t kSettledMs = 4000;  // after the last fault every partition has an owner again
constexpr int64_t kLateMs = 1000;     // how late a timer may be acted on then
constexpr int64_t kLastReadsMs = 500;
constexpr int64_t kSuccessionMs = 3000;
constexpr int kTimersMax = 500;

NodeOptions DrawOptions(Cluster* cluster, const RunOptions& options) {
  NodeOptions node;
  node.fold.rules = options.rules;
  if (cluster->Chance(50)) node.fold.cached_subjects = 2;
  if (cluster->Chance(30)) node.processor.pending_max = 3;
  node.processor.answer_before_read_back = options.answer_before_read_back;
  node.processor.decide_before_own_claim = options.decide_before_own_claim;
  return node;
}

class Simulation {
 public:
  explicit Simulation(const RunOptions& options)
      : cluster_(options.seed, 1 + static_cast<int32_t>(options.seed % 2)),
        network_(&cluster_),
        workload_(options.services == Services::kToys ? DrawToys(&cluster_)
                                                      : DrawHotline(&cluster_)),
        node_options_(DrawOptions(&cluster_, options)),
        group_(&cluster_, workload_.get(), &nodes_) {
    cluster_.DrawFaults();
    for (const Roles& roles : DrawRoles(&cluster_, *workload_)) {
      const std::string name(1, static_cast<char>('a' + nodes_.size()));
      nodes_.push_back(
          std::make_unique<Node>(&cluster_, workload_.get(), node_options_, roles, name));
      network_.Join(name, nodes_.back().get());
    }
    const Load load{.pause_ms = cluster_.Chance(50) ? 30 : 4,
                    .guess = static_cast<int>(cluster_.Draw(60))};
    const int64_t clients = 2 + cluster_.Draw(5);
    for (int64_t i = 0; i < clients; ++i) {
      clients_.push_back(
          std::make_unique<Client>(&cluster_, &network_, workload_.get(), &nodes_, load, i + 1));
    }
    group_.AssignAll();
    PlanReassign();
    PlanJump();
  }

  RunResult Run() {
    cluster_.RunUntil(cluster_.now_ms() + kFaultyMs);
    Calm();
    const int64_t end = cluster_.now_ms() + kCalmMs;
    while (cluster_.now_ms() < end && !Ended()) cluster_.RunUntil(cluster_.now_ms() + 200);
    ActOnTimers();
    cluster_.RunUntil(cluster_.now_ms() + kLastReadsMs);
    FinishHandOver();
    CheckEnded();
    for (auto& node : nodes_) node->TakeCapture();
    LeaveAndSucceed();
    return Result();
  }

 private:
  void PlanReassign() {
    cluster_.At(cluster_.now_ms() + 20 + cluster_.Draw(100), [this] {
      if (calm_) return;
      group_.Reassign();
      PlanReassign();
    });
  }

  // Hours pass at once, with whatever is under way.
  void PlanJump() {
    if (workload_->jump_ms_max() == 0) return;
    cluster_.At(cluster_.now_ms() + 20 + cluster_.Draw(100), [this] {
      if (calm_) return;
      cluster_.Jump(cluster_.Draw(workload_->jump_ms_max()));
      PlanJump();
    });
  }

  // Everything heals, and each partition has one owner.
  void Calm() {
    calm_ = true;
    calm_from_ms_ = cluster_.wall_ms();
    cluster_.EndFaults();
    for (auto& client : clients_) client->Stop();
    for (auto& node : nodes_) node->Recover();
    group_.Settle();
  }
  bool Ended() {
    return std::all_of(clients_.begin(), clients_.end(),
                       [](const auto& client) { return client->idle(); }) &&
           std::all_of(nodes_.begin(), nodes_.end(),
                       [](const auto& node) { return node->up() && node->unanswered() == 0; }) &&
           group_.Unowned() == 0;
  }

  // Time passes from one timer to the next until none is left.
  void ActOnTimers() {
    for (int i = 0; i < kTimersMax; ++i) {
      cluster_.RunUntil(cluster_.now_ms() + 300);
      FinishWork();
      int64_t next_ms = INT64_MAX;
      for (const auto& node : nodes_) next_ms = std::min(next_ms, node->NextDueMs());
      if (next_ms == INT64_MAX) return;
      if (next_ms > cluster_.wall_ms()) cluster_.Jump(next_ms - cluster_.wall_ms());
    }
    result_.stuck.push_back("timers without end");
  }

  // What was decided just now, because of the directory, may owe what is due before the next timer.
  void FinishWork() {
    const int64_t end = cluster_.now_ms() + kSettledMs;
    const auto works = [](const auto& node) { return node->waiting() > 0; };
    while (cluster_.now_ms() < end && std::any_of(nodes_.begin(), nodes_.end(), works))
      cluster_.RunUntil(cluster_.now_ms() + 5);
  }

  // Whoever is assigned may just be taking over from a replica that is not.
  void FinishHandOver() {
    const int64_t end = cluster_.now_ms() + kSettledMs;
    while (cluster_.now_ms() < end && group_.Unowned() > 0)
      cluster_.RunUntil(cluster_.now_ms() + 10);
  }

  void CheckEnded() {
    if (group_.Unowned() > 0) result_.stuck.push_back("a partition without an owner");
    for (const auto& client : clients_) {
      if (!client->idle())
        result_.stuck.push_back("a client waits for " +
                                client->operations().back()->request.Describe());
    }
    for (const auto& node : nodes_) {
      if (node->unanswered() > 0)
        result_.stuck.push_back(node->name() + " never answered a command");
    }
  }

  // One replica leaves in good order and nobody is assigned: what it owned is claimed by another.
  void LeaveAndSucceed() {
    group_.UnassignAll();
    Node* const leaver = nodes_[cluster_.Draw(static_cast<int64_t>(nodes_.size()))].get();
    leaver->Leave(-1);
    cluster_.RunUntil(cluster_.now_ms() + kSuccessionMs);
    if (leaver->up()) result_.stuck.push_back(leaver->name() + " does not leave");
    if (group_.Unowned() > 0)
      result_.stuck.push_back("a partition without an owner after " + leaver->name() + " left");
  }

  RunResult Result() {
    std::vector<std::shared_ptr<Operation>> operations;
    for (const auto& client : clients_)
      operations.insert(operations.end(), client->operations().begin(), client->operations().end());
    std::vector<Capture> captures;
    for (auto& node : nodes_) {
      node->TakeCapture();
      captures.insert(captures.end(), node->captures().begin(), node->captures().end());
      if (node->up()) CheckReadToTheEnd(*node);
      result_.conflicts += node->counts().conflicts;
      result_.claims += node->counts().claims;
      result_.repeated += node->counts().repeated;
    }
    AddViolations(cluster_.violations());
    if (network_.answered_twice() > 0) AddViolations({"a delivery was answered twice"});
    result_.counts = cluster_.counts();
    CheckLog(operations);
    AddViolations(CompareCaptures(cluster_, *workload_, node_options_.fold, captures));
    result_.operations = static_cast<int64_t>(operations.size());
    for (const auto& operation : operations)
      result_.acknowledged += !operation->acceptances.empty();
    result_.fingerprint = Fingerprint(operations);
    return std::move(result_);
  }
  void CheckLog(const std::vector<std::shared_ptr<Operation>>& operations) {
    std::vector<const Operation*> told;
    for (const auto& operation : operations) told.push_back(operation.get());
    promises::Checker checker(*workload_, std::move(told),
                              {.fold = node_options_.fold,
                               .timely_from_ms = calm_from_ms_ + kSettledMs,
                               .late_ms_max = kLateMs});
    for (int32_t partition = 0; partition < cluster_.partitions(); ++partition) {
      const auto read = checker.Read(partition, [&](log::RecordVisitor visitor) {
        Offset offset = 0;
        for (const std::string& frame : cluster_.frames(partition))
          visitor(offset++, *DecodeRecord(frame));
        return absl::OkStatus();
      });
      if (!read.ok()) AddViolations({read.status().ToString()});
    }
    Add(checker.Finish());
  }
  void Add(const promises::Findings& findings) {
    AddViolations(findings.violations);
    result_.stuck.insert(result_.stuck.end(), findings.left_open.begin(), findings.left_open.end());
    result_.refused_but_valid = findings.refused_but_valid;
    result_.valid = findings.valid;
    for (const auto& [type, count] : findings.valid_by_type)
      result_.counts["valid: " + type] += count;
    for (const auto& [reason, count] : findings.void_records) {
      result_.voided += count;
      result_.counts["void: " + reason] += count;
    }
    result_.counts["handed over by a release"] += findings.handed_over;
    result_.counts["timers acted on"] += findings.timers;
    result_.counts["timers due after the last fault"] += findings.timed;
  }
  void AddViolations(const std::vector<std::string>& violations) {
    result_.violations.insert(result_.violations.end(), violations.begin(), violations.end());
  }
  void CheckReadToTheEnd(const Node& node) {
    const auto& captures = node.captures();
    for (int32_t i = 0; i < cluster_.partitions(); ++i) {
      const Capture& last = captures[captures.size() - cluster_.partitions() + i];
      if (last.offset != static_cast<Offset>(cluster_.frames(i).size()))
        result_.stuck.push_back(node.name() + " has not read to the end");
    }
  }

  std::string Fingerprint(const std::vector<std::shared_ptr<Operation>>& operations) const {
    Sha256 sha;
    for (int32_t i = 0; i < cluster_.partitions(); ++i) {
      for (const std::string& frame : cluster_.frames(i)) sha.AddFramed(frame);
    }
    for (const auto& operation : operations) {
      sha.AddFramed(absl::StrCat(operation->invoked, "/", operation->returned));
      for (const auto& acceptance : operation->acceptances)
        sha.AddFramed(acceptance.receipt.SerializeAsString());
      for (const auto& refusal : operation->refusals) sha.AddFramed(refusal.reason);
    }
    return HexOf(Bytes(sha.Finish()));
  }

  Cluster cluster_;
  Network network_;
  const std::unique_ptr<Workload> workload_;
  const NodeOptions node_options_;
  std::vector<std::unique_ptr<Node>> nodes_;
  Group group_;
  std::vector<std::unique_ptr<Client>> clients_;
  bool calm_ = false;
  int64_t calm_from_ms_ = 0;
  RunResult result_;
};

}  // namespace

RunResult Simulate(const RunOptions& options) { return Simulation(options).Run(); }

}  // namespace tierline::simulation
