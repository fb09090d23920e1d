#pragma once

#include "runtime/partition/partitions.h"
#include "runtime/rpc/server.h"

namespace tierline::intake {

// Serves tierline.intake.v1.IntakeService. Both must outlive the server's handlers.
void Bind(rpc::Server* server, partition::Partitions* partitions);

}  // namespace tierline::intake
