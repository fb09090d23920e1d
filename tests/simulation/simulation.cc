#include "tests/simulation/simulation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "tests/simulation/checker.h"

namespace tierline::simulation {
namespace {

constexpr int64_t kFaultyMs = 2000;  // while things go wrong
constexpr int64_t kCalmMs = 20000;   // until when everything must have ended

NodeOptions DrawOptions(Cluster* cluster, const RunOptions& options) {
  using testing::kEcho;
  using testing::kNotes;
  using testing::kReports;
  static const std::vector<std::vector<base::v1::Service>> kMixes = {
      {kNotes}, {kReports}, {kNotes, kReports}, {kNotes, kEcho}, {kNotes, kReports, kEcho}};
  NodeOptions node;
  node.services = kMixes[cluster->Draw(static_cast<int64_t>(kMixes.size()))];
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
        node_options_(DrawOptions(&cluster_, options)) {
    cluster_.DrawFaults();
    const int64_t nodes = 2 + cluster_.Draw(2);
    for (int64_t i = 0; i < nodes; ++i) {
      nodes_.push_back(std::make_unique<Node>(&cluster_, node_options_,
                                              std::string(1, static_cast<char>('a' + i))));
    }
    const Load load{.subjects = 1 + cluster_.Draw(3),
                    .pause_ms = cluster_.Chance(50) ? 30 : 4,
                    .guess = static_cast<int>(cluster_.Draw(60))};
    const int64_t clients = 2 + cluster_.Draw(5);
    for (int64_t i = 0; i < clients; ++i) {
      clients_.push_back(
          std::make_unique<Client>(&cluster_, &nodes_, node_options_.services, load, i + 1));
    }
    Reassign(true);
    PlanReassign();
  }

  RunResult Run() {
    cluster_.RunUntil(cluster_.now_ms() + kFaultyMs);
    Calm();
    const int64_t end = cluster_.now_ms() + kCalmMs;
    while (cluster_.now_ms() < end && !Ended()) cluster_.RunUntil(cluster_.now_ms() + 200);
    cluster_.RunUntil(cluster_.now_ms() + 500);  // for obligations and the last reads
    return Result();
  }

 private:
  // Draws new owners for all partitions at the start, later for some; the old one may go on
  // believing it is.
  void Reassign(bool all) {
    for (const auto service : node_options_.services) {
      for (int32_t partition = 0; partition < cluster_.partitions(); ++partition) {
        if (!all && !cluster_.Strikes(Fault::kReassign)) continue;
        const int64_t owner = cluster_.Draw(static_cast<int64_t>(nodes_.size()));
        for (size_t i = 0; i < nodes_.size(); ++i) {
          const bool chosen = static_cast<int64_t>(i) == owner;
          if (chosen || cluster_.Chance(70)) nodes_[i]->Assign(service, partition, chosen);
        }
      }
    }
  }
  void PlanReassign() {
    cluster_.At(cluster_.now_ms() + 20 + cluster_.Draw(100), [this] {
      if (calm_) return;
      Reassign(false);
      PlanReassign();
    });
  }

  // Everything heals, and each partition has one owner.
  void Calm() {
    calm_ = true;
    cluster_.EndFaults();
    for (auto& client : clients_) client->Stop();
    for (size_t i = 0; i < nodes_.size(); ++i) {
      nodes_[i]->Recover();
      for (const auto service : node_options_.services) {
        for (int32_t partition = 0; partition < cluster_.partitions(); ++partition) {
          nodes_[i]->Assign(service, partition, i == 0);
        }
      }
    }
  }
  bool Ended() const {
    return std::all_of(clients_.begin(), clients_.end(),
                       [](const auto& client) { return client->idle(); }) &&
           std::all_of(nodes_.begin(), nodes_.end(),
                       [](const auto& node) { return node->waiting() == 0; });
  }

  RunResult Result() {
    RunResult result;
    std::vector<std::shared_ptr<Operation>> operations;
    for (const auto& client : clients_) {
      operations.insert(operations.end(), client->operations().begin(), client->operations().end());
      if (!client->idle())
        result.stuck.push_back("a client waits for '" + operations.back()->text + "'");
    }
    std::vector<Capture> captures;
    for (auto& node : nodes_) {
      if (node->waiting() > 0) result.stuck.push_back("a replica still has commands");
      node->TakeCapture();
      captures.insert(captures.end(), node->captures().begin(), node->captures().end());
      if (captures.back().offset !=
          static_cast<Offset>(cluster_.frames(captures.back().partition).size())) {
        result.stuck.push_back("a replica has not read to the end");
      }
      result.conflicts += node->counts().conflicts;
      result.claims += node->counts().claims;
      result.repeated += node->counts().repeated;
    }
    Checker checker(cluster_, node_options_);
    result.violations = checker.Check(operations, captures);
    if (checker.open_obligations() > 0) result.stuck.push_back("an obligation was never acted on");
    result.operations = static_cast<int64_t>(operations.size());
    for (const auto& operation : operations) result.acknowledged += !operation->receipts.empty();
    result.counts = cluster_.counts();
    result.refused_but_valid = checker.refused_but_valid();
    result.valid = checker.valid();
    result.voided = checker.voided();
    Sha256 sha;
    for (int32_t i = 0; i < cluster_.partitions(); ++i) {
      for (const std::string& frame : cluster_.frames(i)) sha.AddFramed(frame);
    }
    result.fingerprint = HexOf(Bytes(sha.Finish()));
    return result;
  }

  Cluster cluster_;
  const NodeOptions node_options_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::unique_ptr<Client>> clients_;
  bool calm_ = false;
};

}  // namespace

RunResult Simulate(const RunOptions& options) { return Simulation(options).Run(); }

}  // namespace tierline::simulation
