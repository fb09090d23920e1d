#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "runtime/config/config.h"
#include "runtime/host/listener.h"
#include "runtime/observe/metrics.h"
#include "runtime/partition/partitions.h"
#include "runtime/rpc/server.h"

namespace tierline::sip {

// Listens for calls by SIP, as the settings sip_* say; null when sip_listen is empty.
//
//     SIP thread (Loop, Agent)                  the host's thread (Desk)
//       INVITE -- rpc::Server::Post ----------> Receive: decided, recorded, read back
//       302    <- Loop::Post ------------------
//
// The two share nothing else. All arguments must outlive the result.
absl::StatusOr<std::unique_ptr<host::Listener>> Open(const config::Config& config,
                                                     rpc::Server* server,
                                                     partition::Partitions* partitions,
                                                     observe::Metrics* metrics);

}  // namespace tierline::sip
