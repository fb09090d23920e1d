#pragma once

#include "absl/functional/any_invocable.h"
#include "directory/directory_service.h"
#include "runtime/log/event_log.h"
#include "runtime/partition/partitions.h"
#include "runtime/rpc/server.h"
#include "tierline/state/v1/state.pb.h"

namespace tierline::routing {

// Serves tierline.routing.v1.RoutingService and tierline.directory.v1.DirectoryService. All must
// outlive the server's handlers.
void Bind(rpc::Server* server, partition::Partitions* partitions,
          directory::DirectoryService* directory, log::EventLog* log);

// What a replay of the past needs.
struct Sources {
  partition::Partitions* partitions;
  directory::DirectoryService* directory;
  log::EventLog* log;
};
void BindStaffing(rpc::Server* server, partition::Partitions* partitions);
void BindWhatIf(rpc::Server* server, const Sources& sources);

// DecideRoute alone.
void BindDryRun(rpc::Server* server, partition::Partitions* partitions);

// ReportCalls alone, the stream of reports.
void BindReports(rpc::Server* server, partition::Partitions* partitions);

// The latter service alone.
void BindDirectory(rpc::Server* server, partition::Partitions* partitions,
                   directory::DirectoryService* directory);

// The directory that was in force when the call arrived; null when this replica has read none.
const directory::Directory* DirectoryOf(const state::v1::CallState& call,
                                        partition::Partitions* partitions);

// Whether this replica has read the directory as far as `min` names.
bool DirectoryRead(partition::Partitions* partitions, const base::v1::Position& min);

// Calls `ready` when it has; else answers UNAVAILABLE.
void WhenDirectoryRead(partition::Partitions* partitions, const base::v1::Position& min,
                       rpc::Call call, absl::AnyInvocable<void(rpc::Call)> ready);

}  // namespace tierline::routing
