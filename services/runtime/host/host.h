#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/service.h"
#include "runtime/config/config.h"
#include "runtime/host/listener.h"
#include "runtime/log/event_log.h"
#include "runtime/observe/metrics.h"
#include "runtime/partition/partitions.h"
#include "runtime/rpc/server.h"

namespace tierline::host {

// What the host does not know: which services there are, and how they are served.
struct Wiring {
  // Fresh services of one history partition, those of this process's roles.
  std::function<std::vector<std::unique_ptr<Service>>()> services;
  // The service of tierline.directory.v1, called once.
  std::function<std::unique_ptr<Service>()> directory_service;
  // What that service has in force at `now`; null before a pack is. The position is filled in here.
  std::function<partition::DirectoryAt(absl::Time now)> directory;
  std::function<void(rpc::Server*, partition::Partitions*, log::EventLog*)> bind;
  // What else takes calls; opened when this process owns what it should. Empty or null: nothing.
  std::function<absl::StatusOr<std::unique_ptr<Listener>>(rpc::Server*, partition::Partitions*,
                                                          observe::Metrics*)>
      listen;
};

// One process: opens its engine, follows every partition, owns those that it should, serves, and
// drains on request. One thread does it all:
//
//   drain the calls that are ready -> decide -> one commit for all -> read back -> answer
//
// so that the commits grow with the load while the previous one lasts. Errors of opening name the
// file and what to do.
class Host {
 public:
  // Listens when it returns, but has claimed nothing yet.
  static absl::StatusOr<std::unique_ptr<Host>> Open(const config::Config& config, Wiring wiring);
  ~Host();

  // Becomes the owner of what it should, serves until `stop` is set, then drains. Errors: the log
  // takes no claims in time; the log or the store failed for good.
  absl::Status Run(const std::atomic<bool>& stop);

 private:
  struct Core;
  explicit Host(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace tierline::host
