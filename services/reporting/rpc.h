#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "runtime/partition/partitions.h"
#include "runtime/rpc/server.h"

namespace tierline::reporting {

// What reporting needs besides the folds: the log to replay, and fresh services to fold it from
// scratch with.
struct Sources {
  log::EventLog* log = nullptr;
  std::function<std::vector<std::unique_ptr<Service>>()> services;
};

// Serves tierline.reporting.v1.ReportingService. All must outlive the server's handlers.
void Bind(rpc::Server* server, partition::Partitions* partitions, Sources sources);

}  // namespace tierline::reporting
