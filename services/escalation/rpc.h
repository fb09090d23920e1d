#pragma once

#include "runtime/partition/partitions.h"
#include "runtime/rpc/server.h"

namespace tierline::escalation {

// Serves tierline.escalation.v1.EscalationService. Both must outlive the server's handlers.
void Bind(rpc::Server* server, partition::Partitions* partitions);

}  // namespace tierline::escalation
