#include <gtest/gtest.h>

#include "tests/simulation/node.h"
#include "tests/simulation/stale_state.h"

// How a replica ends, and what becomes of it.

namespace tierline::simulation {
namespace {

constexpr int64_t kGraceMs = 60;  // for what a leaving process has under way

}  // namespace

void Node::Crash(int64_t down_ms) {
  if (!up()) return;
  End();
  LoseState();
  cluster_->At(cluster_->now_ms() + down_ms, [this] { Start(); });
}

void Node::LoseState() {
  Cluster& c = *cluster_;
  // The operating system had not written the latest batches.
  while (!snapshots_.empty() && c.Strikes(Fault::kTornState)) snapshots_.pop_back();
  if (c.Strikes(Fault::kVanishedState)) snapshots_.clear();
  if (c.Strikes(Fault::kStateOfAnotherLog))
    snapshots_ = {StateOfAnotherLog(cluster_, *workload_, roles_)};
}

void Node::Leave(int64_t away_ms) {
  if (!up() || leaves_at_ms_ != 0) return;
  leaves_at_ms_ = cluster_->now_ms() + kGraceMs;
  away_ms_ = away_ms;
}

void Node::Depart() {
  for (auto& processor : processors_) {
    processor->FailAll(absl::UnavailableError("the server is shutting down"));
    if (processor->pending() == 0) processor->Release();
  }
  log_->Poll(absl::ZeroDuration());
  for (auto& processor : processors_) EXPECT_TRUE(processor->ReadBack().ok());
  Flush();
  if (*unanswered_ > 0) cluster_->Violation(name_ + " left without an answer to a command");
  End();
  // The group learns of it sooner or later.
  if (cluster_->Chance(50)) assigned_.clear();
  if (away_ms_ >= 0) cluster_->At(cluster_->now_ms() + away_ms_, [this] { Start(); });
}

void Node::End() {
  counts_ = counts();
  processors_.clear();
  log_.reset();
  inbox_.clear();
}

void Node::Recover() {
  faulty_ = false;
  paused_until_ms_ = directory_stops_until_ms_ = leaves_at_ms_ = 0;
  clock_.skew_ms = 0;
  Start();
}

void Node::SufferFaults() {
  Cluster& c = *cluster_;
  if (c.Strikes(Fault::kDirectoryLag)) directory_stops_until_ms_ = c.now_ms() + 100 + c.Draw(500);
  if (c.Strikes(Fault::kClockStep)) clock_.skew_ms = c.Draw(2001) - 1000;
  if (c.Strikes(Fault::kPause)) Pause(20 + c.Draw(400));
  if (c.Strikes(Fault::kLeave)) return Leave(1 + c.Draw(400));
  if (c.Strikes(Fault::kCrash)) Crash(1 + c.Draw(200));
}

void Node::ReleaseIfUnassigned(partition::Processor* processor) {
  if (processor->waiting() > 0 || !cluster_->Chance(2)) return;
  bool owns = false;
  for (const auto service : roles_) {
    const auto assigned = assigned_.find({service, processor->partition().partition});
    if (assigned != assigned_.end() && assigned->second) return;
    owns = owns || processor->Owns(service);
  }
  if (owns) processor->Release();
}

}  // namespace tierline::simulation
