#include "tests/simulation/cluster.h"

#include <algorithm>
#include <utility>

#include "runtime/log/genesis.h"

namespace tierline::simulation {

Cluster::Cluster(uint64_t seed, int32_t partitions) : random_(seed) {
  const log::GenesisFacts facts{MakeUuidV7(0, random_.Next(), random_.Next()), partitions};
  for (int32_t i = 0; i < partitions; ++i)
    frames_.push_back({GenesisFrame(facts, {log::Topic::kHistory, i})});
}

void Cluster::At(int64_t at_ms, std::function<void()> what) {
  events_.emplace(std::pair(std::max(at_ms, now_ms_), ++order_), std::move(what));
}

void Cluster::RunUntil(int64_t until_ms) {
  while (!events_.empty() && events_.begin()->first.first <= until_ms) {
    auto next = events_.extract(events_.begin());
    now_ms_ = next.key().first;
    next.mapped()();
  }
  now_ms_ = until_ms;
}

void Cluster::Arrive(int32_t partition, const std::vector<std::string>& frames) {
  frames_[partition].insert(frames_[partition].end(), frames.begin(), frames.end());
}

absl::Status SimLog::Append(log::TopicPartition to, std::span<const RecordView> records,
                            log::Delivered delivered) {
  Cluster& c = *cluster_;
  if (c.Chance(c.faults.queue_full)) return absl::ResourceExhaustedError("the queue is full");
  std::vector<std::string> frames;
  for (const RecordView& record : records) EncodeRecord(record, &frames.emplace_back());
  const int32_t partition = to.partition;
  const auto arrive = [cluster = cluster_, partition](std::vector<std::string> what) {
    return [cluster, partition, what = std::move(what)] { cluster->Arrive(partition, what); };
  };
  const int64_t delay = 1 + c.Draw(c.Chance(c.faults.slow) ? 300 : 3);
  int64_t at = std::max(c.now_ms() + delay, last_arrival_[partition]);
  Report report{at + 1 + c.Draw(3), absl::OkStatus(), std::move(delivered)};
  const absl::Status doubt = absl::UnavailableError("the outcome is unknown");
  if (c.Chance(c.faults.error_before_arrival)) {
    // The producer gave up, its request did not: it arrives out of order, as a part, or never.
    report = {c.now_ms() + c.Draw(5), doubt, std::move(report.delivered)};
    if (c.Chance(30)) frames.resize(c.Draw(static_cast<int64_t>(frames.size())) + 1);
    if (c.Chance(80)) c.At(c.now_ms() + c.Draw(400), arrive(std::move(frames)));
  } else if (c.Chance(c.faults.lost)) {
    report.status = doubt;
  } else if (c.Chance(c.faults.overtaken)) {
    at += 5 + c.Draw(100);
    report.at_ms = at + 1 + c.Draw(3);
    if (c.Chance(50)) c.At(at + 1 + c.Draw(20), arrive(frames));
    c.At(at, arrive(std::move(frames)));
  } else {
    if (c.Chance(c.faults.lost_acknowledgement)) report.status = doubt;
    if (c.Chance(c.faults.late_duplicate)) c.At(at + 1 + c.Draw(200), arrive(frames));
    last_arrival_[partition] = at;
    c.At(at, arrive(std::move(frames)));
  }
  reports_[partition].push_back(std::move(report));
  return absl::OkStatus();
}

void SimLog::Poll(absl::Duration) {
  for (auto& [partition, reports] : reports_) {
    while (!reports.empty() && reports.front().at_ms <= cluster_->now_ms()) {
      Report report = std::move(reports.front());
      reports.pop_front();
      report.delivered(report.status);
    }
  }
}

absl::StatusOr<Offset> SimLog::Read(log::TopicPartition of, Offset from, int64_t max,
                                    log::RecordVisitor visitor) {
  const std::vector<std::string>& frames = cluster_->frames(of.partition);
  auto end = static_cast<Offset>(frames.size());
  if (from > end) return absl::OutOfRangeError("beyond the end");
  if (from + 1 < end && cluster_->Chance(cluster_->faults.stale_read))
    end = from + cluster_->Draw(end - from);
  for (; from < end && max > 0; --max) {
    absl::StatusOr<RecordView> record = DecodeRecord(frames[from]);
    if (!record.ok()) return record.status();
    if (!visitor(from++, *record)) break;
  }
  return from;
}

absl::StatusOr<Offset> SimLog::End(log::TopicPartition of) {
  return static_cast<Offset>(cluster_->frames(of.partition).size());
}

}  // namespace tierline::simulation
