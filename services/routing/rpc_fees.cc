#include <algorithm>

#include "directory/dates.h"
#include "directory/fees.h"
#include "routing/checks.h"
#include "routing/rpc_directory.h"
#include "runtime/rpc/page.h"
#include "tierline/directory/v1/directory.pb.h"

namespace tierline::routing {
namespace {

namespace dir = directory;

constexpr int kMonthsMax = 24;
constexpr size_t kReplyBytesMax = size_t{1} << 20;

std::variant<dir::FeeQuery, Rejection> ParseFees(const dir::v1::ListFeesRequest& request) {
  dir::FeeQuery query{.office = request.office(),
                      .include_free = request.include_free(),
                      .first = request.page_token(),
                      .statements_max = static_cast<size_t>(rpc::PageSize(request.page_size())),
                      .bytes_max = kReplyBytesMax};
  const auto from = dir::ParseMonth(request.from_month());
  const auto until = dir::ParseMonth(request.until_month());
  if (!from)
    return InvalidField("from_month", request.from_month().substr(0, 16), "R-205",
                        "is no month YYYY-MM");
  if (!until || *until <= *from || *until - *from > kMonthsMax) {
    return InvalidField("until_month", request.until_month().substr(0, 16), "R-205",
                        "must be a month YYYY-MM, 1 to 24 after the first");
  }
  query.from = *from;
  query.until = *until;
  return query;
}

bool EverThere(const std::string& office, const dir::Directory& directory) {
  const auto timeline = directory.Timeline();
  return std::any_of(timeline.begin(), timeline.end(), [&](const dir::Directory* snapshot) {
    return snapshot->offices().Find(office) != dir::kNoOffice;
  });
}

void ListFees(const dir::v1::ListFeesRequest& request, const DirectoryQueries& queries,
              rpc::Call call) {
  if (auto bad = CheckOfficePage(request.page_size(), request.page_token())) return call.Fail(*bad);
  auto query = ParseFees(request);
  if (const auto* bad = std::get_if<Rejection>(&query)) return call.Fail(*bad);
  const dir::Directory* directory = queries.At(0);
  if (directory == nullptr) return call.Fail(NoDirectory());
  if (!request.office().empty() && !EverThere(request.office(), *directory))
    return call.Fail(NoOffice("office", request.office()));
  std::get<dir::FeeQuery>(query).now = queries.TimeOf(0);
  dir::Fees fees = dir::FeesOf(std::get<dir::FeeQuery>(query), *directory);
  dir::v1::ListFeesResponse response;
  for (auto& statement : fees.statements) *response.add_statements() = std::move(statement);
  response.set_next_page_token(std::move(fees.next));
  for (auto& total : fees.totals) *response.add_totals() = std::move(total);
  *response.mutable_position() = queries.Position();
  call.Reply(response);
}

}  // namespace

void BindFees(rpc::Server* server, const DirectoryQueries& queries) {
  HandleDirectoryQuery<dir::v1::ListFeesRequest>(server, queries, "ListFees", ListFees);
}

}  // namespace tierline::routing
