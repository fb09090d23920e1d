#pragma once

#include <deque>
#include <map>
#include <vector>

#include "runtime/log/event_log.h"
#include "tests/simulation/cluster.h"

namespace tierline::simulation {

// The log as one process of one replica sees it. Dies with the process; what it sent may still
// arrive.
//
//   append --> [in flight: delayed, duplicated, lost] --> partition --> [visible later] --> read
//          <-- reported from Poll in the order of the appends: OK, or in doubt whatever became
//              of it
class SimLog : public log::EventLog {
 public:
  explicit SimLog(Cluster* cluster) : cluster_(cluster), last_arrival_(cluster->partitions()) {}

  absl::Status Append(log::TopicPartition to, std::span<const RecordView> records,
                      log::Delivered delivered) override;
  void Poll(absl::Duration wait) override;
  absl::StatusOr<Offset> Read(log::TopicPartition of, Offset from, int64_t max,
                              log::RecordVisitor visitor) override;
  absl::StatusOr<Offset> ReadAside(log::TopicPartition, Offset, Offset,
                                   log::RecordVisitor) override {
    return absl::UnimplementedError("there is one thread");
  }
  absl::StatusOr<Offset> End(log::TopicPartition of) override;
  int32_t Partitions(log::Topic topic) const override {
    return topic == log::Topic::kHistory ? cluster_->partitions() : 1;
  }

 private:
  struct Report {
    int64_t at_ms;
    absl::Status status;
    log::Delivered delivered;
  };

  // How many records a read may see now.
  int64_t DrawReadsMax();

  Cluster* const cluster_;
  int64_t slow_until_ms_ = 0;
  int64_t slow_reads_max_ = 0;
  std::vector<int64_t> last_arrival_;  // a producer's own order holds, unless it retries
  std::map<int32_t, std::deque<Report>> reports_;
};

}  // namespace tierline::simulation
