#include "directory/dates.h"
#include "routing/checks.h"
#include "routing/rpc_directory.h"
#include "routing/sign_on.h"
#include "runtime/rpc/bind.h"
#include "tierline/routing/v1/routing.pb.h"

namespace tierline::routing {
namespace {

constexpr std::string_view kRpcService = "tierline.routing.v1.RoutingService";
constexpr int kDaysMax = 366;

template <typename Response, typename Arm>
void BindSign(rpc::Server* server, partition::Partitions* partitions, std::string_view method,
              Arm* (v1::Command::*arm)()) {
  rpc::HandleCommand(
      server, partitions, {kRpcService, method, base::v1::SERVICE_ROUTING}, arm,
      [](const Arm& request, const Uuid&) { return SubjectOfOffice(request.office()); },
      static_cast<Response*>(nullptr), [](const partition::CommandResult&, Response*) {});
}

std::variant<StaffingQuery, Rejection> ParseQuery(const v1::GetStaffingRequest& request) {
  StaffingQuery query{.office = request.office()};
  const auto from = directory::ParseDate(request.from_day());
  const auto until = directory::ParseDate(request.until_day());
  if (!from)
    return InvalidField("from_day", request.from_day().substr(0, 16), "R-204",
                        "is no date YYYY-MM-DD");
  if (!until || *until <= *from || *until - *from > kDaysMax) {
    return InvalidField("until_day", request.until_day().substr(0, 16), "R-204",
                        "must be a date YYYY-MM-DD, 1 to 366 days after the first");
  }
  query.from = *from;
  query.until = *until;
  return query;
}

void GetStaffing(const v1::GetStaffingRequest& request, partition::Partitions* partitions,
                 rpc::Call call) {
  auto parsed = ParseQuery(request);
  if (const auto* bad = std::get_if<Rejection>(&parsed)) return call.Fail(*bad);
  auto& query = std::get<StaffingQuery>(parsed);
  partition::Processor& processor = partitions->Of(SubjectOfOffice(request.office()));
  const auto* directory = processor.directory_at().directory;
  if (directory == nullptr) return call.Fail(NoDirectory());
  if (directory->offices().Find(request.office()) == directory::kNoOffice)
    return call.Fail(NoOffice("office", request.office()));
  const auto found = processor.fold().Find(SubjectOfOffice(request.office()));
  if (!found.ok()) return call.Fail(found.status());
  query.now_ms = absl::ToUnixMillis(processor.Now());
  const state::v1::OfficeState office =
      *found == nullptr ? state::v1::OfficeState() : (*found)->office();
  v1::GetStaffingResponse response;
  for (auto& day : StaffingOf(query, StaffedIn(office, query.now_ms), *directory))
    *response.add_days() = std::move(day);
  for (const auto& one : office.signed_on()) {
    auto* signed_on = response.add_signed_on();
    signed_on->set_operator_id(one.operator_id());
    signed_on->set_since_ms(one.since_ms());
  }
  *response.mutable_position() = processor.Position();
  call.Reply(response);
}

}  // namespace

void BindStaffing(rpc::Server* server, partition::Partitions* partitions) {
  BindSign<v1::SignOnResponse>(server, partitions, "SignOn", &v1::Command::mutable_sign_on);
  BindSign<v1::SignOffResponse>(server, partitions, "SignOff", &v1::Command::mutable_sign_off);
  server->Handle(kRpcService, "GetStaffing", [partitions](rpc::Call call) {
    v1::GetStaffingRequest request;
    if (!call.Parse(&request)) return;
    const absl::Time deadline = call.deadline();
    const base::v1::Position min = request.min_position();
    const std::string subject = SubjectOfOffice(request.office());
    partitions->WhenAt(subject, min, deadline,
                       [partitions, request = std::move(request),
                        call = std::move(call)](const absl::Status& status) mutable {
                         if (!status.ok()) return call.Fail(status);
                         GetStaffing(request, partitions, std::move(call));
                       });
  });
}

}  // namespace tierline::routing
