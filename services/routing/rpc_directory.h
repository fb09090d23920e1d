#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/service.h"
#include "directory/directory_service.h"
#include "routing/rpc.h"
#include "runtime/partition/partitions.h"
#include "runtime/rpc/bind.h"
#include "runtime/rpc/server.h"

// What the files that serve tierline.directory.v1.DirectoryService share.

namespace tierline::routing {

inline constexpr std::string_view kDirectoryRpc = "tierline.directory.v1.DirectoryService";
inline constexpr std::string_view kDirectorySubject = "directory";  // of all its events

// What every query of the directory is asked of.
struct DirectoryQueries {
  partition::Partitions* partitions;
  directory::DirectoryService* service;

  // `at_ms`, or now where it is 0.
  absl::Time TimeOf(int64_t at_ms) const;
  // What is in force then; null before the first pack.
  const directory::Directory* At(int64_t at_ms) const;
  // Of what was read so far.
  base::v1::Position Position() const;
};

Rejection NoOffice(std::string field, const std::string& code);

// The page tokens of lists of offices are the code of the first office of the next page: they hold
// when offices come and go.
std::optional<Rejection> CheckOfficePage(int32_t page_size, const std::string& token);

// Lines and publications.
void BindLines(rpc::Server* server, const DirectoryQueries& queries);
void BindFees(rpc::Server* server, const DirectoryQueries& queries);
// The information directory and acceptance rules.
void BindInfo(rpc::Server* server, const DirectoryQueries& queries);

// Binds a command that answers with a receipt alone.
template <typename Response, typename Arm>
void BindDirectoryCommand(rpc::Server* server, partition::Partitions* partitions,
                          std::string_view method, Arm* (directory::v1::Command::*arm)()) {
  rpc::HandleCommand(
      server, partitions, {kDirectoryRpc, method, base::v1::SERVICE_ROUTING, /*directory=*/true},
      arm, [](const Arm&, const Uuid&) { return std::string(kDirectorySubject); },
      static_cast<Response*>(nullptr), [](const partition::CommandResult&, Response*) {});
}

// Binds a query: `answer(request, queries, call)` runs when its `min_position` was read.
template <typename Request, typename Answer>
void HandleDirectoryQuery(rpc::Server* server, const DirectoryQueries& queries,
                          std::string_view method, Answer answer) {
  server->Handle(kDirectoryRpc, method, [queries, answer](rpc::Call call) {
    Request request;
    if (!call.Parse(&request)) return;
    const base::v1::Position min = request.min_position();
    WhenDirectoryRead(queries.partitions, min, std::move(call),
                      [queries, answer, request = std::move(request)](rpc::Call ready) {
                        answer(request, queries, std::move(ready));
                      });
  });
}

}  // namespace tierline::routing
