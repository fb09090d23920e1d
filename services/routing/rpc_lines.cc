#include <algorithm>

#include "directory/line_report.h"
#include "directory/line_steps.h"
#include "routing/checks.h"
#include "routing/rpc_directory.h"
#include "runtime/rpc/page.h"
#include "tierline/directory/v1/directory.pb.h"

namespace tierline::routing {
namespace {

namespace dir = directory;

void GetLine(const dir::v1::GetLineRequest& request, const DirectoryQueries& queries,
             rpc::Call call) {
  const dir::Directory* directory = queries.At(0);
  if (directory == nullptr) return call.Fail(NoDirectory());
  const dir::OfficeIndex office = directory->offices().Find(request.office());
  if (office == dir::kNoOffice) return call.Fail(NoOffice("office", request.office()));
  dir::v1::GetLineResponse response;
  *response.mutable_now() = dir::StatusOf(office, *directory, queries.TimeOf(0));
  for (auto& span : dir::SpansOf(request.office(), *directory))
    *response.add_spans() = std::move(span);
  if (directory->offices()[office].merged_into == dir::kNoOffice) {
    for (const auto step : dir::StepsFrom(response.now().state())) response.add_allowed(step);
  }
  *response.mutable_position() = queries.Position();
  call.Reply(response);
}

void ListLines(const dir::v1::ListLinesRequest& request, const DirectoryQueries& queries,
               rpc::Call call) {
  if (auto bad = CheckOfficePage(request.page_size(), request.page_token())) return call.Fail(*bad);
  const dir::Directory* directory = queries.At(request.at_ms());
  if (directory == nullptr) return call.Fail(NoDirectory());
  const auto& offices = directory->offices();
  const dir::OfficeIndex top =
      request.office().empty() ? offices.root() : offices.Find(request.office());
  if (top == dir::kNoOffice) return call.Fail(NoOffice("office", request.office()));
  const absl::Time at = queries.TimeOf(request.at_ms());
  dir::v1::ListLinesResponse response;
  dir::LineCounter counter;
  for (size_t i = 0; i < offices.size(); ++i) {
    const auto index = static_cast<dir::OfficeIndex>(i);
    const dir::Office& office = offices[index];
    if (office.code < request.page_token()) continue;
    if (office.merged_into != dir::kNoOffice || !offices.IsInSubtree(index, top)) continue;
    const bool full = !response.next_page_token().empty();
    if (full && !request.page_token().empty()) break;  // nobody wants the counts
    dir::v1::LineStatus status = dir::StatusOf(index, *directory, at);
    if (request.page_token().empty()) counter.Add(status);
    if (full || !dir::IsWanted(status, request.filter())) continue;
    if (request.level() != 0 && office.level != request.level()) continue;
    if (response.lines_size() < rpc::PageSize(request.page_size())) {
      *response.add_lines() = std::move(status);
    } else {
      response.set_next_page_token(office.code);
    }
  }
  if (request.page_token().empty()) {
    for (auto& row : counter.Take()) *response.add_counts() = std::move(row);
  }
  response.set_trial(directory->IsTrial(at));
  *response.mutable_position() = queries.Position();
  call.Reply(response);
}

dir::v1::Publication Describe(const dir::Publication& one) {
  dir::v1::Publication row;
  row.set_effective_at_ms(one.effective_at_ms);
  row.set_published_at_ms(one.published_at_ms);
  row.set_event_id(one.event_id.ToString());
  if (one.pack != nullptr) row.set_pack_hash(one.pack->pack_hash());
  if (!one.policy.empty()) row.set_policy(one.policy);
  if (one.change != nullptr) *row.mutable_office() = *one.change;
  row.set_without_effect(one.without_effect);
  return row;
}

// The page token is the event of the first publication of the next page: it holds when others come.
void ListPublications(const dir::v1::ListPublicationsRequest& request,
                      const DirectoryQueries& queries, rpc::Call call) {
  if (auto bad = rpc::CheckPageSize(request.page_size())) return call.Fail(*bad);
  const auto& all = queries.service->publications().all();
  auto one = all.begin();
  if (!request.page_token().empty()) {
    one = std::find_if(all.begin(), all.end(), [&](const dir::Publication& publication) {
      return publication.event_id.ToString() == request.page_token();
    });
    if (one == all.end()) return call.Fail(rpc::BadPageToken());
  }
  dir::v1::ListPublicationsResponse response;
  const int size = rpc::PageSize(request.page_size());
  for (; one != all.end() && response.publications_size() < size; ++one)
    *response.add_publications() = Describe(*one);
  if (one != all.end()) response.set_next_page_token(one->event_id.ToString());
  *response.mutable_position() = queries.Position();
  call.Reply(response);
}

}  // namespace

void BindLines(rpc::Server* server, const DirectoryQueries& queries) {
  HandleDirectoryQuery<dir::v1::GetLineRequest>(server, queries, "GetLine", GetLine);
  HandleDirectoryQuery<dir::v1::ListLinesRequest>(server, queries, "ListLines", ListLines);
  HandleDirectoryQuery<dir::v1::ListPublicationsRequest>(server, queries, "ListPublications",
                                                         ListPublications);
}

}  // namespace tierline::routing
