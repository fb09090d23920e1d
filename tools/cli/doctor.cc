#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/text.h"
#include "google/protobuf/wrappers.pb.h"
#include "tierline/base/v1/replica.pb.h"
#include "tierline/directory/v1/directory.pb.h"
#include "tierline/reporting/v1/reporting.pb.h"
#include "tools/cli/commands.h"
#include "tools/cli/labels.h"

namespace tierline::cli {
namespace {

// grpc.health.v1 in the wire's terms: a request is one string and a reply one enum, both field 1,
// as in the wrappers.
using HealthRequest = google::protobuf::StringValue;
using HealthReply = google::protobuf::Int32Value;
constexpr int32_t kServing = 1;

constexpr int64_t kLagMax = 1000;  // records
constexpr absl::Duration kSkewMax = absl::Seconds(2);

struct Check {
  std::string name;
  std::string state;  // ok | warn | fail
  std::string finding;
  std::string advice;  // empty when ok
};

class Doctor {
 public:
  Doctor(Program* program, bool recompute) : program_(program), recompute_(recompute) {}

  ExitCode Run() {
    if (CheckConnection()) {
      for (const auto service : {kDirectory, kRouting, kIntake, kEscalation, kReporting})
        CheckService(service);
      CheckDirectory();
      CheckDigest();
      CheckFigures();
      CheckClock();
    }
    Print();
    return worst_;
  }

 private:
  void Ok(std::string name, std::string finding) {
    checks_.push_back({std::move(name), "ok", std::move(finding), ""});
  }
  void Warn(std::string name, std::string finding, std::string advice) {
    checks_.push_back({std::move(name), "warn", std::move(finding), std::move(advice)});
  }
  void Fail(std::string name, std::string finding, std::string advice, ExitCode code) {
    checks_.push_back({std::move(name), "fail", std::move(finding), std::move(advice)});
    worst_ = std::max(worst_, code);
  }
  void Fail(std::string name, const rpc::RpcStatus& status) {
    Fail(std::move(name), status.ToString(), AdviceFor(status), ExitCodeOf(status));
  }

  rpc::RpcStatus Health(std::string_view service, HealthReply* response) {
    HealthRequest request;
    request.set_value(std::string(service));
    return program_->Call("grpc.health.v1.Health", "Check", request, response);
  }

  // False: nothing else can be asked.
  bool CheckConnection() {
    HealthReply response;
    const absl::Time start = absl::Now();
    const rpc::RpcStatus status = Health("", &response);
    const std::string& address = program_->options().address;
    if (ExitCodeOf(status) == kUnreachable) {
      Fail("connection", status.message,
           "start a server there (tierline-server), or name another with --address; with TLS see "
           "--tls-ca",
           kUnreachable);
      return false;
    }
    const absl::Duration took = absl::Trunc(absl::Now() - start, absl::Microseconds(100));
    const std::string finding = absl::StrCat(address, " answers in ", absl::FormatDuration(took));
    if (status.ok() && response.value() != kServing) {
      Warn("connection", finding + ", but does not serve", "it starts or stops: ask again soon");
    } else if (status.ok()) {
      Ok("connection", finding);
    } else {
      Fail("connection", status);
    }
    return true;
  }

  void CheckService(std::string_view service) {
    HealthReply response;
    const rpc::RpcStatus status = Health(service, &response);
    const std::string name(service.substr(service.rfind('.') + 1));
    if (status.code == absl::StatusCode::kNotFound) {
      Warn(name, "not at this server", "look at the server's --roles, or ask another replica");
    } else if (!status.ok()) {
      Fail(name, status);
    } else if (response.value() == kServing) {
      Ok(name, "serves");
    } else {
      Fail(name, "does not serve", "it starts or stops: ask again soon, then look into its log",
           kUnreachable);
    }
  }

  void CheckDirectory() {
    directory::v1::GetDirectoryResponse response;
    const rpc::RpcStatus status =
        program_->Call(kDirectory, "GetDirectory", directory::v1::GetDirectoryRequest(), &response);
    if (status.ok() && !response.pack_hash().empty()) {
      Ok("pack", absl::StrCat(response.hotline().number(), ", ", response.counts().offices(),
                              " offices, policy ", response.policy(), ", ",
                              response.pack_hash().substr(0, 12)));
    } else if (status.ok() || status.code == absl::StatusCode::kNotFound ||
               status.code == absl::StatusCode::kFailedPrecondition) {
      Fail("pack", "none is in force: no call can be routed",
           "tierline directory load deploy/packs/12371", kRefused);
    } else {
      Fail("pack", status);
    }
  }

  void CheckDigest() {
    base::v1::GetDigestRequest request;
    base::v1::GetDigestResponse response;
    request.set_recompute(recompute_);
    const rpc::RpcStatus status = program_->Call(kReplica, "GetDigest", request, &response);
    if (!status.ok()) {
      Fail("state", status);
      return;
    }
    CheckPositions(response);
    int64_t valid = 0;
    int64_t wrong = 0;
    for (const auto& partition : response.partitions()) {
      valid += partition.valid_records();
      wrong += recompute_ && partition.digest() != partition.recomputed() ? 1 : 0;
    }
    const std::string counted =
        absl::StrCat(valid, " valid records in ", response.partitions_size(), " partitions");
    if (wrong > 0) {
      Fail("state", absl::StrCat(wrong, " partitions differ from the log"),
           "stop the server, delete its state directory, start it: the log is folded again",
           kUnverified);
    } else {
      Ok("state", recompute_ ? counted + ", folded again and equal" : counted);
    }
  }

  // How far the folds are behind the log.
  void CheckPositions(const base::v1::GetDigestResponse& digest) {
    int64_t lag = 0;
    for (const auto& partition : digest.partitions()) {
      reporting::v1::ReadEventsRequest request;
      reporting::v1::ReadEventsResponse response;
      request.set_partition(partition.partition());
      request.set_from(std::max<int64_t>(0, partition.offset() - 1));
      request.set_page_size(1);
      request.set_include_void(true);
      const rpc::RpcStatus status = program_->Call(kReporting, "ReadEvents", request, &response);
      if (!status.ok()) {
        Fail("positions", status);
        return;
      }
      lag += std::max<int64_t>(0, response.end() - partition.offset());
      for (const auto& record : response.records())
        newest_ms_ = std::max(newest_ms_, record.time_ms());
    }
    if (lag > kLagMax) {
      Warn("positions", absl::StrCat(lag, " records are not folded yet"),
           "wait; if it grows, look at the server's load");
    } else {
      Ok("positions",
         lag == 0 ? "everything is folded" : absl::StrCat(lag, " records behind the log"));
    }
  }

  void CheckFigures() {
    reporting::v1::GetTotalsRequest request;
    reporting::v1::GetTotalsResponse response;
    request.set_group_by(reporting::v1::GROUP_BY_LEVEL);
    const rpc::RpcStatus status = program_->Call(kReporting, "GetTotals", request, &response);
    if (!status.ok()) {
      Fail("figures", status);
    } else if (response.residual() != 0) {
      Fail("figures", absl::StrCat("residual ", response.residual(), ", must be 0 (R-119)"),
           "tierline doctor --recompute says whether the state is wrong", kUnverified);
    } else {
      Ok("figures",
         absl::StrCat(response.sum().received(), " calls received = outcomes + in progress"));
    }
  }

  // No reply bears the server's time, but an event from the future shows that its clock is ahead.
  void CheckClock() {
    if (newest_ms_ == 0) return;
    const absl::Duration ahead = absl::FromUnixMillis(newest_ms_) - absl::Now();
    const std::string shown =
        absl::FormatDuration(absl::Trunc(absl::AbsDuration(ahead), absl::Seconds(1)));
    if (ahead > kSkewMax) {
      Warn("clock", absl::StrCat("the newest event is ", shown, " ahead of this machine's clock"),
           "set both clocks by NTP; a server with a virtual clock may be so");
    } else {
      Ok("clock", absl::StrCat("the newest event is ", shown, " old"));
    }
  }

  void Print() const {
    if (program_->out().json()) {
      PrintJson();
      return;
    }
    Table table({"CHECK", "STATE", "FINDING"});
    Fields advice;
    for (const Check& check : checks_) {
      table.Add({check.name, check.state, check.finding});
      advice.emplace_back("  " + check.name, check.advice);
    }
    program_->out().Print(table);
    const std::string to_do = FieldsToString(advice);
    if (!to_do.empty()) std::cout << "\nWhat to do:\n" << to_do;
  }

  void PrintJson() const {
    nlohmann::json rows = nlohmann::json::array();
    for (const Check& check : checks_) {
      rows.push_back({{"check", check.name},
                      {"state", check.state},
                      {"finding", check.finding},
                      {"advice", check.advice}});
    }
    if (program_->out().format() == Format::kJson) {
      program_->out().Print(nlohmann::json{{"checks", rows}}.dump(1));
      return;
    }
    for (const auto& row : rows) program_->out().Print(row.dump());
  }

  Program* program_;
  bool recompute_;
  std::vector<Check> checks_;
  int64_t newest_ms_ = 0;
  ExitCode worst_ = kOk;
};

}  // namespace

void AddDoctor(CLI::App* root, Program* program) {
  CLI::App* command = AddCommand(
      root, "doctor", "Whether a server is well, and what to do if not",
      "tierline doctor\n"
      "tierline --timeout 5m doctor --recompute   # folds the whole log again and compares\n"
      "tierline doctor -o jsonl | jq -r 'select(.state != \"ok\").advice'");
  auto recompute = std::make_shared<bool>(false);
  command->add_flag("--recompute", *recompute, "Fold the log from scratch and compare the digests");
  program->OnRun(command, [=] { return Doctor(program, *recompute).Run(); });
}

}  // namespace tierline::cli
