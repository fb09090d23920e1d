#pragma once

#include <string>

#include "runtime/keys/vault.h"
#include "runtime/observe/metrics.h"
#include "runtime/partition/partitions.h"

namespace tierline::host {

// tierline_*: what the partitions and the vault of this process do, summed over partitions. Updated
// by the main loop, read by the admin server's thread.
class DomainMetrics {
 public:
  explicit DomainMetrics(observe::Metrics* metrics);
  void Update(const partition::Partitions& partitions, const keys::Vault& vault);
  // One JSON object for /statusz. Any thread.
  std::string StatusJson(const std::string& instance, const std::string& version) const;

 private:
  observe::Gauge& valid_records_;
  observe::Gauge& void_records_;
  observe::Gauge& unknown_records_;
  observe::Gauge& accepted_;
  observe::Gauge& rejected_;
  observe::Gauge& repeated_;
  observe::Gauge& conflicts_;
  observe::Gauge& doubts_;
  observe::Gauge& reactions_;
  observe::Gauge& waiting_;
  observe::Gauge& owned_;
  observe::Gauge& directory_position_;
  observe::Gauge& keys_ready_;
};

}  // namespace tierline::host
