#pragma once

#include "runtime/partition/partitions.h"
#include "runtime/rpc/server.h"

namespace tierline::reporting {

// Serves tierline.reporting.v1.ReportingService. All must outlive the server's handlers.
void Bind(rpc::Server* server, partition::Partitions* partitions, log::EventLog* log);

}  // namespace tierline::reporting
