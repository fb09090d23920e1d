#include "tests/simulation/node.h"

#include <gtest/gtest.h>

#include "base/hash.h"

namespace tierline::simulation {

std::vector<std::unique_ptr<Service>> MakeServices(const std::vector<base::v1::Service>& services) {
  std::vector<std::unique_ptr<Service>> made;
  for (const auto service : services) {
    if (service == testing::kNotes) made.push_back(testing::MakeNotes());
    if (service == testing::kReports) made.push_back(testing::MakeReports());
    if (service == testing::kEcho) made.push_back(testing::MakeEcho());
  }
  made.push_back(testing::MakeTally());
  return made;
}

std::string Describe(partition::Fold* fold) {
  int64_t subjects = 0;
  const auto digest = fold->Digest(&subjects);
  state::v1::Partition head = fold->partition();
  head.clear_fold_version();
  return HexOf(Bytes(*digest)) + "/" + HexOf(Bytes(Sha256Of(head.SerializeAsString())));
}

Node::Node(Cluster* cluster, const NodeOptions& options, std::string name)
    : cluster_(cluster), options_(options), name_(std::move(name)), clock_(cluster) {
  clock_.skew_ms = cluster_->Draw(41) - 20;
  Start();
  cluster_->At(cluster_->now_ms() + 1, [this] { Round(); });
}

void Node::Start() {
  if (up()) return;
  ++incarnation_;
  directory_position_ = 0;
  store_ = std::make_unique<store::MemoryStore>();
  if (!snapshots_.empty()) store_->Restore(snapshots_.back());
  keys_ = std::make_unique<testing::FakeKeys>(name_ + std::to_string(incarnation_));
  log_ = std::make_unique<SimLog>(cluster_);
  auto options = options_.processor;
  options.instance = options.endpoint = name_;
  for (int32_t i = 0; i < cluster_->partitions(); ++i) {
    partition::Ports ports{.log = log_.get(),
                           .clock = &clock_,
                           .random = &cluster_->random(),
                           .sealer = &sealer_,
                           .keys = keys_.get()};
    ports.directory = [this] { return partition::DirectoryAt{.position = directory_position_}; };
    auto fold = std::make_unique<partition::Fold>(
        std::to_string(i), MakeServices(options_.services), store_.get(), options_.fold);
    processors_.push_back(std::make_unique<partition::Processor>(
        log::TopicPartition{log::Topic::kHistory, i}, std::move(fold), ports, options));
    EXPECT_TRUE(processors_.back()->Start().ok());
  }
}

void Node::Crash(int64_t down_ms) {
  if (!up()) return;
  counts_ = counts();
  processors_.clear();
  log_.reset();
  inbox_.clear();
  // The operating system had not written the latest batches.
  while (!snapshots_.empty() && cluster_->Chance(40)) snapshots_.pop_back();
  cluster_->At(cluster_->now_ms() + down_ms, [this] { Start(); });
}

void Node::Recover() {
  faulty_ = false;
  paused_until_ms_ = 0;
  Start();
}

void Node::Deliver(int32_t partition, Command command, partition::Reply reply) {
  if (up()) inbox_.push_back({partition, std::move(command), std::move(reply)});
}

void Node::Round() {
  Cluster& c = *cluster_;
  c.At(c.now_ms() + 1 + c.Draw(3), [this] { Round(); });
  if (!up() || c.now_ms() < paused_until_ms_) return;
  if (c.Chance(50))
    directory_position_ = std::max(directory_position_, c.now_ms() / 100 - c.Draw(3));
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
    ReleaseIfUnassigned(processor.get());
  }
  if (c.Chance(10)) Flush();
  if (c.Draw(400) == 0) TakeCapture();
  if (!faulty_) return;
  if (c.Strikes(Fault::kPause)) Pause(20 + c.Draw(400));
  if (c.Strikes(Fault::kCrash)) Crash(1 + c.Draw(200));
}

void Node::ReleaseIfUnassigned(partition::Processor* processor) {
  if (processor->waiting() > 0 || !cluster_->Chance(2)) return;
  bool owns = false;
  for (const auto service : options_.services) {
    const auto assigned = assigned_.find({service, processor->partition().partition});
    if (assigned != assigned_.end() && assigned->second) return;
    owns = owns || processor->Owns(service);
  }
  if (owns) processor->Release();
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
    captures_.push_back({name_, processor->partition().partition, processor->fold().offset(),
                         Describe(&processor->fold())});
  }
  // Describe wrote the state too.
  snapshots_.push_back(store_->Snapshot());
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

}  // namespace tierline::simulation
