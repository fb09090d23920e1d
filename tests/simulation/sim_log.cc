#include "tests/simulation/sim_log.h"

#include <algorithm>
#include <utility>

namespace tierline::simulation {

absl::Status SimLog::Append(log::TopicPartition to, std::span<const RecordView> records,
                            log::Delivered delivered) {
  Cluster& c = *cluster_;
  if (c.Strikes(Fault::kQueueFull)) return absl::ResourceExhaustedError("the queue is full");
  std::vector<std::string> frames;
  for (const RecordView& record : records) EncodeRecord(record, &frames.emplace_back());
  const int32_t partition = to.partition;
  const auto arrive = [cluster = cluster_, partition](std::vector<std::string> what) {
    return [cluster, partition, what = std::move(what)] { cluster->Arrive(partition, what); };
  };
  const int64_t delay = 1 + c.Draw(c.Strikes(Fault::kSlowAppend) ? 300 : 3);
  int64_t at = std::max(c.now_ms() + delay, last_arrival_[partition]);
  Report report{at + 1 + c.Draw(3), absl::OkStatus(), std::move(delivered)};
  const absl::Status doubt = absl::UnavailableError("the outcome is unknown");
  if (c.Strikes(Fault::kErrorBeforeArrival)) {
    // The producer gave up, its request did not: it arrives out of order, as a part, or never.
    report = {c.now_ms() + c.Draw(5), doubt, std::move(report.delivered)};
    if (c.Chance(30)) frames.resize(c.Draw(static_cast<int64_t>(frames.size())) + 1);
    if (c.Chance(80)) c.At(c.now_ms() + c.Draw(400), arrive(std::move(frames)));
  } else if (c.Strikes(Fault::kLostAppend)) {
    report.status = doubt;
  } else if (c.Strikes(Fault::kOvertaken)) {
    at += 5 + c.Draw(100);
    report.at_ms = at + 1 + c.Draw(3);
    if (c.Chance(50)) c.At(at + 1 + c.Draw(20), arrive(frames));
    c.At(at, arrive(std::move(frames)));
  } else {
    if (c.Strikes(Fault::kLostAcknowledgement)) report.status = doubt;
    if (c.Strikes(Fault::kLateDuplicate)) c.At(at + 1 + c.Draw(200), arrive(frames));
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
  if (from + 1 < end && cluster_->Strikes(Fault::kStaleRead))
    end = from + cluster_->Draw(end - from);
  max = std::min(max, DrawReadsMax());
  for (; from < end && max > 0; --max) {
    absl::StatusOr<RecordView> record = DecodeRecord(frames[from]);
    if (!record.ok()) return record.status();
    if (!visitor(from++, *record)) break;
  }
  return from;
}

int64_t SimLog::DrawReadsMax() {
  Cluster& c = *cluster_;
  if (c.now_ms() < slow_until_ms_) return slow_reads_max_;
  const bool stopped = c.Strikes(Fault::kStoppedReader);
  if (!stopped && !c.Strikes(Fault::kSlowReader)) return INT64_MAX;
  slow_until_ms_ = c.now_ms() + 20 + c.Draw(300);
  slow_reads_max_ = stopped ? 0 : 1 + c.Draw(3);
  return slow_reads_max_;
}

absl::StatusOr<Offset> SimLog::End(log::TopicPartition of) {
  return static_cast<Offset>(cluster_->frames(of.partition).size());
}

}  // namespace tierline::simulation
