#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "directory/info_book.h"
#include "routing/checks.h"
#include "routing/rpc_directory.h"
#include "runtime/rpc/principal.h"

// What the files that serve the information directory share.

namespace tierline::routing {

// Who asks, and of what.
struct InfoReader {
  const directory::Directory* directory;  // in force now
  directory::InfoViewer viewer;
};

// The part of a list or a search that is asked for; nothing: it is one.
std::optional<Rejection> CheckInfoScope(const std::string& office, int section,
                                        const directory::Directory& directory);

// The newest version as lists show it.
directory::v1::InfoEntry WithoutBody(const directory::StoredEntry& entry);

// Binds a query: `answer(request, queries, reader, call)` runs when its `min_position` was read.
template <typename Request, typename Answer>
void HandleInfoQuery(rpc::Server* server, const DirectoryQueries& queries, std::string_view method,
                     Answer answer) {
  HandleDirectoryQuery<Request>(
      server, queries, method,
      [answer](const Request& request, const DirectoryQueries& asked, rpc::Call call) {
        const auto principal = rpc::PrincipalOf(call);
        if (const auto* bad = std::get_if<Rejection>(&principal)) return call.Fail(*bad);
        const directory::Directory* directory = asked.At(0);
        if (directory == nullptr) return call.Fail(NoDirectory());
        const InfoReader reader{directory,
                                directory::InfoViewer::Of(std::get<base::v1::Principal>(principal),
                                                          directory->offices())};
        answer(request, asked, reader, std::move(call));
      });
}

// SearchEntries alone.
void BindInfoSearch(rpc::Server* server, const DirectoryQueries& queries);

}  // namespace tierline::routing
