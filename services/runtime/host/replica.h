#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/service.h"
#include "runtime/log/event_log.h"
#include "runtime/partition/partitions.h"
#include "runtime/rpc/server.h"

namespace tierline::host {

// Serves tierline.base.v1.ReplicaService. `services` makes those of this process, to fold the log
// from scratch with. All must outlive the server's handlers.
void BindReplica(rpc::Server* server, partition::Partitions* partitions, log::EventLog* log,
                 std::function<std::vector<std::unique_ptr<Service>>()> services);

}  // namespace tierline::host
