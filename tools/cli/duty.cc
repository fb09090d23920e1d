#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tierline/directory/v1/directory.pb.h"
#include "tierline/routing/v1/staffing.pb.h"
#include "tools/cli/commands.h"
#include "tools/cli/labels.h"
#include "tools/cli/receipt.h"
#include "tools/cli/times.h"

// Who is responsible, who answers when, who is there, and when nobody was.

namespace tierline::cli {
namespace {

using directory::v1::GetDutyRequest;
using directory::v1::GetDutyResponse;
using directory::v1::NameLeaderRequest;
using directory::v1::SetRosterRequest;
using routing::v1::GetStaffingRequest;
using routing::v1::GetStaffingResponse;

CLI::Option* AddOffice(CLI::App* command, std::string* office) {
  return command->add_option("office", *office, "Six digits")->required();
}

template <typename Response, typename Request>
ExitCode SendOfOffice(Program* program, std::string_view service, std::string_view method,
                      Request* request) {
  return SendAndPrint<Response>(program, service, method, request, {{"office", request->office()}});
}

ExitCode ShowDuty(Program* program, const GetDutyRequest& request) {
  GetDutyResponse duty;
  const ExitCode code = program->Ask(kDirectory, "GetDuty", request, &duty);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(duty, "duties");
    return kOk;
  }
  Labels labels(program);
  program->out().Print(Fields{{"office", labels.Office(request.office())},
                              {"leader", duty.leader_id()},
                              {"since", labels.Time(duty.leader_since_ms())}});
  Table table({"FROM", "UNTIL", "OPERATOR"});
  for (const auto& one : duty.duties())
    table.Add({labels.Time(one.begin_ms()), labels.Time(one.end_ms()), one.operator_id()});
  program->out().Print("");
  program->out().Print(table);
  return kOk;
}

std::string Stretches(const routing::v1::StaffedDay& day, Labels* labels) {
  std::vector<std::string> parts;
  const auto clock = [&](int64_t ms) {
    return absl::FormatTime("%H:%M", absl::FromUnixMillis(ms), labels->zone());
  };
  for (const auto& one : day.violations())
    parts.push_back(absl::StrCat(clock(one.begin_ms()), "-", clock(one.end_ms())));
  return absl::StrJoin(parts, " ");
}

ExitCode ShowStaffing(Program* program, const GetStaffingRequest& request) {
  GetStaffingResponse staffing;
  const ExitCode code = program->Ask(kRouting, "GetStaffing", request, &staffing);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(staffing, "days");
    return kOk;
  }
  Labels labels(program);
  Table table({"DAY", ">WORKING MIN", ">STAFFED", ">NOBODY THERE", "WHEN NOBODY WAS"});
  for (const auto& day : staffing.days()) {
    table.Add({day.day(), std::to_string(day.working_minutes()),
               std::to_string(day.staffed_minutes()), std::to_string(day.violation_minutes()),
               Stretches(day, &labels)});
  }
  program->out().Print(table);
  std::vector<std::string> there;
  for (const auto& one : staffing.signed_on())
    there.push_back(absl::StrCat(one.operator_id(), " since ", labels.Time(one.since_ms())));
  program->out().Print("");
  program->out().Print(Fields{{"signed on", absl::StrJoin(there, ", ")}});
  return kOk;
}

void AddLeader(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(group, "leader", "Names the leader who is responsible",
                                 "tierline duty leader 340100 L-17");
  auto request = std::make_shared<NameLeaderRequest>();
  auto effective_at_ms = std::make_shared<int64_t>(0);
  AddOffice(command, request->mutable_office());
  command->add_option("leader", *request->mutable_leader_id(), "Opaque id, never a name")
      ->required();
  AddInstant(command, "--effective-at", effective_at_ms.get(),
             "From when, now or to come; none: at once");
  AddRequestId(command, request->mutable_request_id());
  program->OnRun(command, [=] {
    request->set_effective_at_ms(*effective_at_ms);
    return SendOfOffice<directory::v1::NameLeaderResponse>(program, kDirectory, "NameLeader",
                                                           request.get());
  });
}

// "OP-1=2009-04-01T08:30:00+08:00/2009-04-01T12:00:00+08:00"
std::string ParseDuty(const std::string& text, directory::v1::Duty* duty) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits('=', 1));
  const std::vector<std::string> times =
      absl::StrSplit(parts.size() == 2 ? parts[1] : "", absl::MaxSplits('/', 1));
  const auto begin = ParseInstantMs(times[0]);
  const auto end = ParseInstantMs(times.size() == 2 ? times[1] : "");
  if (!begin || !end)
    return text + " is no duty: write OP-1=2009-04-01T08:30:00+08:00/2009-04-01T12:00:00+08:00";
  duty->set_operator_id(parts[0]);
  duty->set_begin_ms(*begin);
  duty->set_end_ms(*end);
  return "";
}

void AddRoster(CLI::App* group, Program* program) {
  CLI::App* command =
      AddCommand(group, "roster", "Says who answers when, for a period",
                 "tierline duty roster 340100 --from 2009-04-01T00:00:00+08:00 --until "
                 "2009-04-02T00:00:00+08:00 --duty "
                 "OP-1=2009-04-01T08:30:00+08:00/2009-04-01T12:00:00+08:00");
  auto request = std::make_shared<SetRosterRequest>();
  auto from_ms = std::make_shared<int64_t>(0);
  auto until_ms = std::make_shared<int64_t>(0);
  AddOffice(command, request->mutable_office());
  AddInstant(command, "--from", from_ms.get(), "Begin of the period")->required();
  AddInstant(command, "--until", until_ms.get(), "Its end")->required();
  auto duties = std::make_shared<std::vector<std::string>>();
  command->add_option("--duty", *duties, "OPERATOR=BEGIN/END, as often as needed")
      ->check([](const std::string& text) {
        directory::v1::Duty duty;
        return ParseDuty(text, &duty);
      });
  AddRequestId(command, request->mutable_request_id());
  program->OnRun(command, [=] {
    request->set_from_ms(*from_ms);
    request->set_until_ms(*until_ms);
    for (const std::string& text : *duties) ParseDuty(text, request->add_duties());
    return SendOfOffice<directory::v1::SetRosterResponse>(program, kDirectory, "SetRoster",
                                                          request.get());
  });
}

void AddShow(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(group, "show", "The leader and the roster of an office",
                                 "tierline duty show 340100");
  auto request = std::make_shared<GetDutyRequest>();
  auto from_ms = std::make_shared<int64_t>(0);
  auto until_ms = std::make_shared<int64_t>(0);
  AddOffice(command, request->mutable_office());
  AddInstant(command, "--from", from_ms.get(), "Begin of the period; none: now");
  AddInstant(command, "--until", until_ms.get(), "Its end; none: seven days later");
  program->OnRun(command, [=] {
    request->set_from_ms(*from_ms);
    request->set_until_ms(*until_ms);
    return ShowDuty(program, *request);
  });
}

template <typename Request, typename Response>
void AddSign(CLI::App* group, Program* program, const char* name, const char* method,
             const char* description) {
  CLI::App* command =
      AddCommand(group, name, description, absl::StrCat("tierline duty ", name, " 340100 OP-1"));
  auto request = std::make_shared<Request>();
  auto at_ms = std::make_shared<int64_t>(0);
  AddOffice(command, request->mutable_office());
  command->add_option("operator", *request->mutable_operator_id(), "Opaque id, never a name")
      ->required();
  AddInstant(command, "--at", at_ms.get(), "When; none: now");
  AddRequestId(command, request->mutable_request_id());
  program->OnRun(command, [=] {
    request->set_at_ms(*at_ms);
    return SendOfOffice<Response>(program, kRouting, method, request.get());
  });
}

void AddStaffing(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(
      group, "staffing", "Working minutes of an office in which somebody, or nobody, was there",
      "tierline duty staffing 340100 --from-day 2009-04-01 --until-day 2009-05-01\n"
      "tierline duty staffing 340100 --from-day 2009-04-01 --until-day 2009-05-01 -o jsonl | jq "
      "-r .violation_minutes");
  auto request = std::make_shared<GetStaffingRequest>();
  AddOffice(command, request->mutable_office());
  AddDay(command, "--from-day", request->mutable_from_day(), "First day, in the hotline's zone")
      ->required();
  AddDay(command, "--until-day", request->mutable_until_day(), "First day after")->required();
  program->OnRun(command, [=] { return ShowStaffing(program, *request); });
}

}  // namespace

void AddDuty(CLI::App* root, Program* program) {
  CLI::App* group = AddGroup(root, "duty", "Leaders, rosters, and who is there to answer",
                             "tierline duty show 340100\ntierline duty sign-on 340100 OP-1");
  AddLeader(group, program);
  AddRoster(group, program);
  AddShow(group, program);
  AddSign<routing::v1::SignOnRequest, routing::v1::SignOnResponse>(
      group, program, "sign-on", "SignOn", "An operator is there to answer");
  AddSign<routing::v1::SignOffRequest, routing::v1::SignOffResponse>(
      group, program, "sign-off", "SignOff", "An operator is there no more");
  AddStaffing(group, program);
}

}  // namespace tierline::cli
