#include <algorithm>
#include <limits>

#include "absl/time/clock.h"
#include "routing/checks.h"
#include "routing/rpc.h"
#include "runtime/rpc/bind.h"
#include "runtime/rpc/page.h"
#include "tierline/directory/v1/directory.pb.h"

namespace tierline::routing {
namespace {

namespace dir = directory;

constexpr std::string_view kRpcService = "tierline.directory.v1.DirectoryService";
constexpr std::string_view kSubject = "directory";

Rejection NoOffice(std::string field, const std::string& code) {
  return {.code = absl::StatusCode::kNotFound,
          .reason = "OFFICE_NOT_FOUND",
          .message = field + ": there is no office with this code in the pack in force",
          .rule = "R-201",
          .field = field,
          .value = code.substr(0, 16)};
}

template <typename Response, typename Arm>
void BindCommand(rpc::Server* server, partition::Partitions* partitions, std::string_view method,
                 Arm* (dir::v1::Command::*arm)()) {
  rpc::HandleCommand(
      server, partitions, {kRpcService, method, base::v1::SERVICE_ROUTING, /*directory=*/true}, arm,
      [](const Arm&, const Uuid&) { return std::string(kSubject); },
      static_cast<Response*>(nullptr),
      [](const partition::CommandResult&, const std::string&, Response*) {});
}

void DiffPack(const dir::DirectoryService& directory, rpc::Call call) {
  dir::v1::DiffPackRequest request;
  if (!call.Parse(&request)) return;
  const auto diff = directory.Diff(request.pack_hash(), request.counts());
  if (const auto* rejection = std::get_if<Rejection>(&diff)) return call.Fail(*rejection);
  call.Reply(std::get<dir::v1::DiffPackResponse>(diff));
}

void GetDirectory(const dir::DirectoryService& service, int64_t position, rpc::Call call) {
  const dir::Directory* directory = service.current();
  if (directory == nullptr) return call.Fail(NoDirectory());
  dir::v1::GetDirectoryResponse response;
  *response.mutable_hotline() = directory->hotline();
  response.set_pack_hash(directory->pack_hash());
  *response.mutable_counts() = directory->counts();
  response.set_policy(directory->policy().id());
  for (const auto& category : directory->categories()) *response.add_categories() = category;
  response.mutable_position()->set_directory(position);
  call.Reply(response);
}

dir::v1::Office Describe(const dir::Office& office, const dir::OfficeTree& offices) {
  dir::v1::Office out;
  out.set_code(office.code);
  out.set_level(office.level);
  if (office.parent != dir::kNoOffice) out.set_parent(offices[office.parent].code);
  out.set_name(office.name);
  out.set_provincial_seat(office.provincial_seat);
  return out;
}

std::string DateOf(int64_t at_s, absl::TimeZone zone) {
  return absl::FormatTime("%Y-%m-%d", absl::FromUnixSeconds(at_s), zone);
}

dir::v1::Line LineOf(const dir::Office& office, absl::TimeZone zone) {
  dir::v1::Line line;
  line.set_office(office.code);
  line.set_number(office.line);
  if (office.open_from_s >= office.open_until_s) return line;  // never opened
  line.set_open_from(DateOf(office.open_from_s, zone));
  if (office.open_until_s != std::numeric_limits<int64_t>::max()) {
    line.set_open_until(DateOf(office.open_until_s, zone));
  }
  return line;
}

void GetOffice(const dir::DirectoryService& service, rpc::Call call) {
  dir::v1::GetOfficeRequest request;
  if (!call.Parse(&request)) return;
  const dir::Directory* directory = service.current();
  if (directory == nullptr) return call.Fail(NoDirectory());
  const auto& offices = directory->offices();
  const dir::OfficeIndex index = offices.Find(request.code());
  if (index == dir::kNoOffice) return call.Fail(NoOffice("code", request.code()));
  dir::v1::GetOfficeResponse response;
  *response.mutable_office() = Describe(offices[index], offices);
  if (!offices[index].line.empty())
    *response.mutable_line() = LineOf(offices[index], directory->zone());
  for (auto up = offices[index].parent; up != dir::kNoOffice; up = offices[up].parent) {
    response.add_ancestors(offices[up].code);
  }
  response.set_children(offices[index].children);
  call.Reply(response);
}

// The page token is the code of the first office of the next page: it holds when offices come and
// go.
void ListOffices(const dir::DirectoryService& service, rpc::Call call) {
  dir::v1::ListOfficesRequest request;
  if (!call.Parse(&request)) return;
  if (const auto bad = rpc::CheckPageSize(request.page_size())) return call.Fail(*bad);
  const dir::Directory* directory = service.current();
  if (directory == nullptr) return call.Fail(NoDirectory());
  const auto& offices = directory->offices();
  const dir::OfficeIndex top = offices.Find(request.parent());
  if (!request.parent().empty() && top == dir::kNoOffice)
    return call.Fail(NoOffice("parent", request.parent()));
  const std::string& token = request.page_token();
  const bool digits = token.find_first_not_of("0123456789") == std::string::npos;
  if (!token.empty() && (token.size() != 6 || !digits)) return call.Fail(rpc::BadPageToken());
  dir::v1::ListOfficesResponse response;
  for (size_t i = 0; i < offices.size(); ++i) {
    const auto index = static_cast<dir::OfficeIndex>(i);
    if (offices[index].code < token || index == top) continue;
    if (top != dir::kNoOffice && !offices.IsInSubtree(index, top)) continue;
    if (response.offices_size() >= rpc::PageSize(request.page_size())) {
      response.set_next_page_token(offices[index].code);
      break;
    }
    *response.add_offices() = Describe(offices[index], offices);
  }
  call.Reply(response);
}

}  // namespace

void BindDirectory(rpc::Server* server, partition::Partitions* partitions,
                   dir::DirectoryService* directory) {
  BindCommand<dir::v1::StagePackResponse>(server, partitions, "StagePack",
                                          &dir::v1::Command::mutable_stage_pack);
  BindCommand<dir::v1::ActivatePackResponse>(server, partitions, "ActivatePack",
                                             &dir::v1::Command::mutable_activate_pack);
  BindCommand<dir::v1::SelectPolicyResponse>(server, partitions, "SelectPolicy",
                                             &dir::v1::Command::mutable_select_policy);
  server->Handle(kRpcService, "DiffPack",
                 [directory](rpc::Call call) { DiffPack(*directory, std::move(call)); });
  server->Handle(kRpcService, "GetDirectory", [partitions, directory](rpc::Call call) {
    dir::v1::GetDirectoryRequest request;
    if (!call.Parse(&request)) return;
    WhenDirectoryRead(partitions, request.min_position(), std::move(call),
                      [partitions, directory](rpc::Call ready) {
                        GetDirectory(*directory, partitions->directory().fold().offset(),
                                     std::move(ready));
                      });
  });
  server->Handle(kRpcService, "GetOffice",
                 [directory](rpc::Call call) { GetOffice(*directory, std::move(call)); });
  server->Handle(kRpcService, "ListOffices",
                 [directory](rpc::Call call) { ListOffices(*directory, std::move(call)); });
}

void WhenDirectoryRead(partition::Partitions* partitions, const base::v1::Position& min,
                       rpc::Call call, absl::AnyInvocable<void(rpc::Call)> ready) {
  partition::Processor& processor = partitions->directory();
  if (processor.fold().offset() >= min.directory()) return ready(std::move(call));
  const absl::Time deadline = std::min(call.deadline(), absl::Now() + absl::Seconds(10));
  partitions->WhenRead(
      &processor, min.directory(), deadline,
      [call = std::move(call), ready = std::move(ready)](const absl::Status& status) mutable {
        if (!status.ok()) return call.Fail(status);
        ready(std::move(call));
      });
}

}  // namespace tierline::routing
