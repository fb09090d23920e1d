#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "runtime/log/event_log.h"
#include "tests/kit/ports.h"

// The log of a simulated cluster: one set of partitions that all replicas share, and for each
// replica an EventLog that treats its appends as badly as a network and a broker can.

namespace tierline::simulation {

// How often what goes wrong, in percent; a seed draws its own mix.
struct Faults {
  int error_before_arrival = 0;  // reported in doubt, arrives later or never: a zombie's append
  int lost_acknowledgement = 0;  // arrives, reported in doubt
  int lost = 0;  // never arrives, reported in doubt; what the producer sent after it arrives
  int late_duplicate = 0;  // arrives, and once more later
  int overtaken = 0;   // sent again by the producer itself: arrives after what was appended later
  int queue_full = 0;  // refused at once
  int slow = 0;        // takes up to 100 times as long
  int stale_read = 0;  // a read that sees less than there is
  int crash = 0;       // per replica and 1000 rounds, as are the following
  int pause = 0;
  int reassign = 0;
  int lost_reply = 0;
  int lost_request = 0;
};

// Virtual time, the shared partitions, and what is under way to them.
class Cluster {
 public:
  Cluster(uint64_t seed, int32_t partitions);

  int64_t now_ms() const { return now_ms_; }
  // A number below `below`; the only source of chance in a run.
  int64_t Draw(int64_t below) {
    return static_cast<int64_t>(random_.Next() % static_cast<uint64_t>(below));
  }
  bool Chance(int percent) { return Draw(100) < percent; }
  Random& random() { return random_; }

  // Runs `what` at `at_ms`, after everything that was scheduled before for the same time.
  void At(int64_t at_ms, std::function<void()> what);
  // Runs what is due, in order, until `until_ms`.
  void RunUntil(int64_t until_ms);

  // Appends `frames` now.
  void Arrive(int32_t partition, const std::vector<std::string>& frames);
  const std::vector<std::string>& frames(int32_t partition) const { return frames_[partition]; }
  int32_t partitions() const { return static_cast<int32_t>(frames_.size()); }

  Faults faults;

 private:
  testing::SeededRandom random_;
  int64_t now_ms_ = 1'780'000'000'000;
  uint64_t order_ = 0;
  std::map<std::pair<int64_t, uint64_t>, std::function<void()>> events_;
  std::vector<std::vector<std::string>> frames_;
};

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

  Cluster* const cluster_;
  std::vector<int64_t> last_arrival_;  // a producer's own order holds, unless it retries
  std::map<int32_t, std::deque<Report>> reports_;
};

}  // namespace tierline::simulation
