#include <charconv>
#include <memory>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "routing/rpc_info.h"
#include "runtime/rpc/page.h"
#include "runtime/search/index.h"
#include "tierline/directory/v1/directory.pb.h"

namespace tierline::routing {
namespace {

namespace dir = directory;

constexpr char kPublished[] = "published";
constexpr uint32_t kFirstMax = 10'000'000;  // of all entries that there could be

std::string LabelOf(const std::string& office) { return absl::StrCat("office/", office); }
std::string LabelOf(dir::v1::InfoSection section) { return absl::StrCat("section/", section); }

std::string BothOf(const base::v1::Text& text) { return absl::StrCat(text.zh(), "\n", text.en()); }

// What became of an entry.
struct Change {
  std::string id;
  std::optional<search::Document> document;  // none: it was withdrawn
};

Change ChangeOf(const dir::StoredEntry& entry) {
  if (entry.withdrawn) return {.id = entry.id};
  const dir::v1::InfoEntry& newest = entry.newest();
  search::Document document{.title = BothOf(newest.title()), .body = BothOf(newest.body())};
  document.labels = {LabelOf(entry.office), LabelOf(entry.section)};
  if (newest.published()) document.labels.emplace_back(kPublished);
  return {.id = entry.id, .document = std::move(document)};
}

// The words of what the book has. It follows the book by its changes, which are taken on the loop
// and come into the index beside it, in order: the first search after a start indexes everything,
// and would hold up the loop.
struct InfoIndex {
  size_t taken = 0;     // of the book's changes; on the loop
  search::Index words;  // beside it

  // Each entry once, as it is now.
  std::vector<Change> Since(const dir::InfoBook& book) const {
    std::vector<Change> changes;
    absl::flat_hash_set<const dir::StoredEntry*> seen;
    for (size_t i = taken; i < book.changes().size(); ++i) {
      if (seen.insert(book.changes()[i]).second) changes.push_back(ChangeOf(*book.changes()[i]));
    }
    return changes;
  }
  void Follow(const std::vector<Change>& changes) {
    for (const Change& change : changes) {
      if (change.document) words.Put(change.id, *change.document);
      if (!change.document) words.Remove(change.id);
    }
  }
};

search::Query QueryOf(const dir::v1::SearchEntriesRequest& request, const dir::InfoViewer& viewer) {
  search::Query query{.text = request.query(),
                      .max = static_cast<uint32_t>(rpc::PageSize(request.page_size()))};
  if (!viewer.everything) {
    query.any_of.emplace_back(kPublished);
    for (const std::string& office : viewer.offices) query.any_of.push_back(LabelOf(office));
  }
  if (!request.office().empty()) query.all_of.push_back(LabelOf(request.office()));
  if (request.section() != 0) query.all_of.push_back(LabelOf(request.section()));
  return query;
}

// The page token is how many hits came before.
bool ParseToken(std::string_view token, uint32_t* first) {
  if (token.empty()) return true;
  const auto [end, error] = std::from_chars(token.begin(), token.end(), *first);
  return error == std::errc() && end == token.end() && *first <= kFirstMax;
}

// An entry that was withdrawn or is no longer published since it was found is left out.
dir::v1::SearchEntriesResponse ResponseOf(const search::Found& found, uint32_t first,
                                          const dir::InfoViewer& viewer,
                                          const dir::InfoBook& book) {
  dir::v1::SearchEntriesResponse response;
  for (const search::Hit& hit : found.hits) {
    const dir::StoredEntry& entry = *book.Find(hit.id);
    if (!dir::Sees(viewer, entry)) continue;
    dir::v1::InfoHit* row = response.add_hits();
    *row->mutable_entry() = WithoutBody(entry);
    row->set_score(hit.score);
    row->set_snippet(hit.snippet);
  }
  response.set_total(static_cast<int32_t>(found.total));
  const size_t next = first + found.hits.size();
  if (!found.hits.empty() && next < found.total) response.set_next_page_token(absl::StrCat(next));
  return response;
}

void SearchEntries(const dir::v1::SearchEntriesRequest& request, const DirectoryQueries& queries,
                   const InfoReader& reader, const std::shared_ptr<InfoIndex>& index,
                   rpc::Call call) {
  if (auto bad = rpc::CheckPageSize(request.page_size())) return call.Fail(*bad);
  if (auto bad = CheckInfoScope(request.office(), request.section(), *reader.directory))
    return call.Fail(*bad);
  search::Query query = QueryOf(request, reader.viewer);
  if (!ParseToken(request.page_token(), &query.first)) return call.Fail(rpc::BadPageToken());
  const dir::InfoBook& book = queries.service->info();
  const size_t taken = book.changes().size();
  // Shared, so that the call can still be refused when there is no room.
  auto waiting = std::make_shared<rpc::Call>(std::move(call));
  const bool room = queries.partitions->aside().Run(
      [=, &book, changes = index->Since(book), viewer = reader.viewer,
       position = queries.Position()]() mutable -> partition::Aside::Then {
        index->Follow(changes);
        auto result = index->words.Find(query);
        return [&book, waiting = std::move(waiting), result = std::move(result), query, viewer,
                position] {
          if (const auto* bad = std::get_if<Rejection>(&result)) return waiting->Fail(*bad);
          auto response = ResponseOf(std::get<search::Found>(result), query.first, viewer, book);
          *response.mutable_position() = position;
          waiting->Reply(response);
        };
      });
  if (!room) return waiting->Fail(absl::ResourceExhaustedError("too many searches; retry later"));
  index->taken = taken;
}

}  // namespace

void BindInfoSearch(rpc::Server* server, const DirectoryQueries& queries) {
  HandleInfoQuery<dir::v1::SearchEntriesRequest>(
      server, queries, "SearchEntries",
      [index = std::make_shared<InfoIndex>()](const auto& request, const DirectoryQueries& asked,
                                              const InfoReader& reader, rpc::Call call) {
        SearchEntries(request, asked, reader, index, std::move(call));
      });
}

}  // namespace tierline::routing
