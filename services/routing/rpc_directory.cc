#include <algorithm>
#include <limits>

#include "absl/time/clock.h"
#include "directory/line_steps.h"
#include "routing/checks.h"
#include "routing/rpc_directory.h"
#include "runtime/rpc/page.h"
#include "tierline/directory/v1/directory.pb.h"

namespace tierline::routing {
namespace {

namespace dir = directory;

void DiffPack(const dir::v1::DiffPackRequest& request, const DirectoryQueries& queries,
              rpc::Call call) {
  const auto diff = queries.service->Diff(request.pack_hash(), request.counts(), queries.TimeOf(0));
  if (const auto* rejection = std::get_if<Rejection>(&diff)) return call.Fail(*rejection);
  call.Reply(std::get<dir::v1::DiffPackResponse>(diff));
}

void GetDirectory(const dir::v1::GetDirectoryRequest& request, const DirectoryQueries& queries,
                  rpc::Call call) {
  const dir::Directory* directory = queries.At(request.at_ms());
  if (directory == nullptr) return call.Fail(NoDirectory());
  dir::v1::GetDirectoryResponse response;
  *response.mutable_hotline() = directory->hotline();
  response.set_pack_hash(directory->pack_hash());
  *response.mutable_counts() = directory->counts();
  response.set_policy(directory->policy().id());
  for (const auto& category : directory->categories()) *response.add_categories() = category;
  *response.mutable_position() = queries.Position();
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

// Its number now, and the pack's dates as long as they are what decides.
dir::v1::Line LineOf(dir::OfficeIndex index, const dir::Directory& directory, absl::Time at) {
  const dir::Office& office = directory.offices()[index];
  dir::v1::Line line;
  line.set_office(office.code);
  line.set_number(std::string(directory.LineAt(index, at).number));
  const dir::LineLife life = directory.LifeOf(office.code);
  const dir::LineSpan& now = life.At(absl::ToUnixMillis(at));
  if (now.step.record != nullptr) {
    if (dir::Serves(now.state)) line.set_open_from(DateOf(now.from_ms / 1000, directory.zone()));
    return line;
  }
  if (office.open_from_s >= office.open_until_s) return line;  // never opened
  line.set_open_from(DateOf(office.open_from_s, directory.zone()));
  if (office.open_until_s != std::numeric_limits<int64_t>::max()) {
    line.set_open_until(DateOf(office.open_until_s, directory.zone()));
  }
  return line;
}

void GetOffice(const dir::v1::GetOfficeRequest& request, const DirectoryQueries& queries,
               rpc::Call call) {
  const dir::Directory* directory = queries.At(request.at_ms());
  if (directory == nullptr) return call.Fail(NoDirectory());
  const auto& offices = directory->offices();
  const dir::OfficeIndex index = offices.Find(request.code());
  if (index == dir::kNoOffice) return call.Fail(NoOffice("code", request.code()));
  const absl::Time at = queries.TimeOf(request.at_ms());
  const dir::Office& office = offices[index];
  dir::v1::GetOfficeResponse response;
  *response.mutable_office() = Describe(office, offices);
  const dir::LineView line = directory->LineAt(index, at);
  if (!line.number.empty()) *response.mutable_line() = LineOf(index, *directory, at);
  response.set_line_state(line.state);
  for (auto up = office.parent; up != dir::kNoOffice; up = offices[up].parent) {
    response.add_ancestors(offices[up].code);
  }
  response.set_children(office.children);
  if (office.merged_into != dir::kNoOffice)
    response.set_merged_into(offices[office.merged_into].code);
  call.Reply(response);
}

void GetDuty(const dir::v1::GetDutyRequest& request, const DirectoryQueries& queries,
             rpc::Call call) {
  constexpr int64_t kWeekMs = int64_t{7} * 24 * 3'600'000;
  const dir::Directory* directory = queries.At(0);
  if (directory == nullptr) return call.Fail(NoDirectory());
  if (directory->offices().Find(request.office()) == dir::kNoOffice)
    return call.Fail(NoOffice("office", request.office()));
  const int64_t from_ms = absl::ToUnixMillis(queries.TimeOf(request.from_ms()));
  const int64_t until_ms = request.until_ms() != 0 ? request.until_ms() : from_ms + kWeekMs;
  const dir::DutyBook& duties = queries.service->duties();
  const auto [leader, since_ms] = duties.LeaderAt(request.office(), from_ms);
  dir::v1::GetDutyResponse response;
  response.set_leader_id(leader);
  response.set_leader_since_ms(since_ms);
  for (auto& duty : duties.DutiesIn(request.office(), from_ms, until_ms))
    *response.add_duties() = std::move(duty);
  *response.mutable_position() = queries.Position();
  call.Reply(response);
}

void ListOffices(const DirectoryQueries& queries, rpc::Call call) {
  dir::v1::ListOfficesRequest request;
  if (!call.Parse(&request)) return;
  const std::string& token = request.page_token();
  if (const auto bad = CheckOfficePage(request.page_size(), token)) return call.Fail(*bad);
  const dir::Directory* directory = queries.At(request.at_ms());
  if (directory == nullptr) return call.Fail(NoDirectory());
  const auto& offices = directory->offices();
  const dir::OfficeIndex top = offices.Find(request.parent());
  if (!request.parent().empty() && top == dir::kNoOffice)
    return call.Fail(NoOffice("parent", request.parent()));
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

absl::Time DirectoryQueries::TimeOf(int64_t at_ms) const {
  return at_ms != 0 ? absl::FromUnixMillis(at_ms) : partitions->directory().Now();
}

const dir::Directory* DirectoryQueries::At(int64_t at_ms) const {
  const dir::Directory* directory = service->current();
  return directory == nullptr ? nullptr : &directory->At(TimeOf(at_ms));
}

base::v1::Position DirectoryQueries::Position() const {
  base::v1::Position position;
  position.set_directory(partitions->directory().fold().offset());
  return position;
}

Rejection NoOffice(std::string field, const std::string& code) {
  return {.code = absl::StatusCode::kNotFound,
          .reason = "OFFICE_NOT_FOUND",
          .message = field + ": there is no office with this code in the pack in force",
          .rule = "R-201",
          .field = field,
          .value = code.substr(0, 16)};
}

std::optional<Rejection> CheckOfficePage(int32_t page_size, const std::string& token) {
  if (auto bad = rpc::CheckPageSize(page_size)) return bad;
  const bool digits = token.find_first_not_of("0123456789") == std::string::npos;
  if (!token.empty() && (token.size() != 6 || !digits)) return rpc::BadPageToken();
  return {};
}

void BindDirectory(rpc::Server* server, partition::Partitions* partitions,
                   dir::DirectoryService* directory) {
  BindDirectoryCommand<dir::v1::StagePackResponse>(server, partitions, "StagePack",
                                                   &dir::v1::Command::mutable_stage_pack);
  BindDirectoryCommand<dir::v1::ActivatePackResponse>(server, partitions, "ActivatePack",
                                                      &dir::v1::Command::mutable_activate_pack);
  BindDirectoryCommand<dir::v1::SelectPolicyResponse>(server, partitions, "SelectPolicy",
                                                      &dir::v1::Command::mutable_select_policy);
  BindDirectoryCommand<dir::v1::ChangeOfficeResponse>(server, partitions, "ChangeOffice",
                                                      &dir::v1::Command::mutable_change_office);
  BindDirectoryCommand<dir::v1::AdvanceLinesResponse>(server, partitions, "AdvanceLines",
                                                      &dir::v1::Command::mutable_advance_lines);
  BindDirectoryCommand<dir::v1::NameLeaderResponse>(server, partitions, "NameLeader",
                                                    &dir::v1::Command::mutable_name_leader);
  BindDirectoryCommand<dir::v1::SetRosterResponse>(server, partitions, "SetRoster",
                                                   &dir::v1::Command::mutable_set_roster);
  const DirectoryQueries queries{partitions, directory};
  HandleDirectoryQuery<dir::v1::DiffPackRequest>(server, queries, "DiffPack", DiffPack);
  HandleDirectoryQuery<dir::v1::GetDirectoryRequest>(server, queries, "GetDirectory", GetDirectory);
  HandleDirectoryQuery<dir::v1::GetDutyRequest>(server, queries, "GetDuty", GetDuty);
  HandleDirectoryQuery<dir::v1::GetOfficeRequest>(server, queries, "GetOffice", GetOffice);
  server->Handle(kDirectoryRpc, "ListOffices",
                 [queries](rpc::Call call) { ListOffices(queries, std::move(call)); });
  BindLines(server, queries);
  BindFees(server, queries);
  BindInfo(server, queries);
}

bool DirectoryRead(partition::Partitions* partitions, const base::v1::Position& min) {
  return partitions->directory().fold().offset() >= min.directory();
}

void WhenDirectoryRead(partition::Partitions* partitions, const base::v1::Position& min,
                       rpc::Call call, absl::AnyInvocable<void(rpc::Call)> ready) {
  if (DirectoryRead(partitions, min)) return ready(std::move(call));
  const absl::Time deadline = std::min(call.deadline(), absl::Now() + absl::Seconds(10));
  partitions->WhenRead(
      &partitions->directory(), min.directory(), deadline,
      [call = std::move(call), ready = std::move(ready)](const absl::Status& status) mutable {
        if (!status.ok()) return call.Fail(status);
        ready(std::move(call));
      });
}

}  // namespace tierline::routing
