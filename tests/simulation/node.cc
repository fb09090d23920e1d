#include "tests/simulation/node.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/hash.h"

namespace tierline::simulation {
namespace {

constexpr int64_t kDirectoryMs = 100;  // from one position of the directory to the next

}  // namespace

std::string Describe(partition::Fold* fold) {
  int64_t subjects = 0;
  const auto digest = fold->Digest(&subjects);
  state::v1::Partition head = fold->partition();
  head.clear_fold_version();
  return HexOf(Bytes(*digest)) + "/" + HexOf(Bytes(Sha256Of(head.SerializeAsString())));
}

Node::Node(Cluster* cluster, const Workload* workload, const NodeOptions& options, Roles roles,
           std::string name)
    : cluster_(cluster),
      workload_(workload),
      options_(options),
      roles_(std::move(roles)),
      name_(std::move(name)),
      clock_(cluster) {
  clock_.skew_ms = cluster_->Draw(41) - 20;
  Start();
  cluster_->At(cluster_->now_ms() + 1, [this] { Round(); });
}

void Node::Start() {
  if (up() || away_ms_ < 0) return;
  ++incarnation_;
  directory_position_ = leaves_at_ms_ = 0;
  unanswered_ = std::make_shared<int64_t>(0);
  store_ = std::make_unique<store::MemoryStore>();
  if (!snapshots_.empty()) store_->Restore(snapshots_.back());
  keys_ = std::make_unique<testing::FakeKeys>(name_ + std::to_string(incarnation_));
  log_ = std::make_unique<SimLog>(cluster_);
  for (int32_t i = 0; i < cluster_->partitions(); ++i) {
    processors_.push_back(MakeProcessor(i));
    EXPECT_TRUE(processors_.back()->Start().ok());
  }
}

std::unique_ptr<partition::Processor> Node::MakeProcessor(int32_t partition) {
  auto options = options_.processor;
  options.instance = options.endpoint = name_;
  partition::Ports ports{
      .log = log_.get(),
      .clock = &clock_,
      .random = &cluster_->random(),
      .sealer = &sealer_,
      .keys = keys_.get(),
      .directory = [this] { return workload_->DirectoryAt(directory_position_); }};
  return std::make_unique<partition::Processor>(
      log::TopicPartition{log::Topic::kHistory, partition},
      std::make_unique<partition::Fold>(std::to_string(partition), workload_->MakeAll(roles_),
                                        store_.get(), options_.fold),
      std::move(ports), options);
}

bool Node::Hosts(base::v1::Service service) const {
  return std::find(roles_.begin(), roles_.end(), service) != roles_.end();
}

void Node::Deliver(int32_t partition, Command command, partition::Reply reply) {
  if (!up()) return;
  if (leaves_at_ms_ != 0) return reply({.status = absl::UnavailableError("it is shutting down")});
  command.deadline = clock_.Now() + absl::Milliseconds(kPatienceMs);
  ++*unanswered_;
  inbox_.push_back({partition, std::move(command),
                    [unanswered = unanswered_,
                     reply = std::move(reply)](const partition::CommandResult& result) mutable {
                      --*unanswered;
                      reply(result);
                    }});
}

void Node::Round() {
  Cluster& c = *cluster_;
  c.At(c.now_ms() + 1 + c.Draw(3), [this] { Round(); });
  if (!up() || c.now_ms() < paused_until_ms_) return;
  Follow();
  Work();
  if (c.Chance(10)) Flush();
  if (c.Draw(400) == 0) TakeCapture();
  const bool done = waiting() == 0 || c.now_ms() >= leaves_at_ms_;
  if (leaves_at_ms_ != 0 && done) return Depart();
  if (faulty_) SufferFaults();
}

void Node::Follow() {
  Cluster& c = *cluster_;
  if (c.now_ms() >= directory_stops_until_ms_ && c.Chance(50)) {
    directory_position_ =
        std::max(directory_position_, c.now_ms() / kDirectoryMs - (faulty_ ? c.Draw(3) : 0));
  }
  for (const auto& processor : processors_) {
    const bool behind = directory_position_ < processor->fold().partition().directory();
    for (const auto service : roles_) {
      if (behind && processor->Owns(service)) c.Count("an owner that waits for the directory");
    }
  }
}

void Node::Work() {
  Cluster& c = *cluster_;
  for (Inbound& inbound : std::exchange(inbox_, {})) {
    processors_[inbound.partition]->Submit(std::move(inbound.command), std::move(inbound.reply));
  }
  for (const auto& [key, assigned] : assigned_)
    processors_[key.second]->SetAssigned(key.first, assigned);
  for (auto& processor : processors_) {
    if (!faulty_ || !c.Chance(15)) processor->Decide();
  }
  log_->Poll(absl::ZeroDuration());
  for (auto& processor : processors_) {
    if (faulty_ && c.Chance(15)) continue;
    EXPECT_TRUE(processor->ReadBack().ok());
    if (faulty_ && leaves_at_ms_ == 0) ReleaseIfUnassigned(processor.get());
  }
}

void Node::Flush() {
  for (auto& processor : processors_) {
    EXPECT_TRUE(processor->Flush().ok());
    snapshots_.push_back(store_->Snapshot());
  }
  while (snapshots_.size() > 8) snapshots_.pop_front();
}

void Node::TakeCapture() {
  for (auto& processor : processors_) {
    captures_.push_back({name_, roles_, processor->partition().partition,
                         processor->fold().offset(), Describe(&processor->fold())});
  }
  // Describe wrote the state too.
  if (up()) snapshots_.push_back(store_->Snapshot());
}

partition::ProcessorCounts Node::counts() const {
  partition::ProcessorCounts sum = counts_;
  for (const auto& processor : processors_) {
    sum.conflicts += processor->counts().conflicts;
    sum.claims += processor->counts().claims;
    sum.repeated += processor->counts().repeated;
  }
  return sum;
}

size_t Node::waiting() const {
  size_t waiting = inbox_.size();
  for (const auto& processor : processors_) waiting += processor->waiting();
  return waiting;
}

int64_t Node::NextDueMs() const {
  int64_t next = INT64_MAX;
  for (const auto& processor : processors_) next = std::min(next, processor->fold().NextDueMs());
  return next;
}

}  // namespace tierline::simulation
