#include <fstream>
#include <iostream>
#include <memory>
#include <thread>

#include <google/protobuf/util/json_util.h>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "runtime/rpc/status.h"
#include "tierline/routing/v1/routing.pb.h"
#include "tools/cli/commands.h"
#include "tools/cli/table.h"

// The reports of a file, in bulk (ReportCalls).

namespace tierline::cli {
namespace {

using routing::v1::ReportCallRequest;
using routing::v1::ReportCallsRequest;
using routing::v1::ReportCallsResponse;

constexpr int kReportsPerMessage = 500;

struct Bulk {
  std::vector<ReportCallsRequest> messages;
  absl::flat_hash_set<std::string> unacknowledged;  // request ids
};

// One report a line, in proto3 JSON. False, with a complaint, when a line is none, or names no
// request id: the same file again would otherwise report everything twice.
bool ReadReports(std::istream& lines, Bulk* bulk) {
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty()) continue;
    ReportCallRequest report;
    const auto parsed = google::protobuf::util::JsonStringToMessage(line, &report);
    if (!parsed.ok() || report.request_id().empty()) {
      Complain(
          absl::StrCat("line ", number, ": ",
                       parsed.ok() ? "request_id is required" : std::string(parsed.message())));
      return false;
    }
    if (bulk->messages.empty() || bulk->messages.back().reports_size() >= kReportsPerMessage)
      bulk->messages.emplace_back();
    bulk->unacknowledged.insert(report.request_id());
    *bulk->messages.back().add_reports() = std::move(report);
  }
  return true;
}

std::string ResultOf(const routing::v1::ReportAck& ack) {
  if (!ack.has_error()) return "ok";
  const auto details = ack.error().SerializeAsString();
  return rpc::DecodeDetails(static_cast<absl::StatusCode>(ack.error().code()),
                            ack.error().message(), details)
      .ToString();
}

ExitCode Send(Program* program, Bulk bulk) {
  const auto stream =
      program->channel().OpenStream(kRouting, "ReportCalls", program->CallFor(absl::Minutes(10)));
  std::thread writer([&] {
    for (const auto& message : bulk.messages) {
      if (!stream->Write(message)) break;
    }
    stream->EndWrites();
  });
  Table table({"REQUEST ID", "RESULT", "RINGS NEXT"});
  int64_t refused = 0, accepted = 0;
  ReportCallsResponse response;
  while (stream->Read(&response)) {
    for (const auto& ack : response.acks()) {
      bulk.unacknowledged.erase(ack.request_id());
      ++(ack.has_error() ? refused : accepted);
      if (ack.has_error() || ack.has_next())
        table.Add({ack.request_id(), ResultOf(ack), ack.next().served_office()});
    }
    if (program->out().json()) program->out().PrintJson(response, "acks");
  }
  writer.join();
  const rpc::RpcStatus status = stream->Finish();
  if (!program->out().json()) {
    if (!table.empty()) program->out().Print(table);
    program->out().Print(Fields{{"accepted", std::to_string(accepted)},
                                {"refused", std::to_string(refused)},
                                {"not acknowledged", std::to_string(bulk.unacknowledged.size())}});
  }
  if (!status.ok()) Complain(program->Named(status), "");
  if (!bulk.unacknowledged.empty()) {
    Complain("send the same file again: what was accepted does no harm");
    return kUnreachable;
  }
  return refused > 0 ? kRefused : kOk;
}

}  // namespace

void AddCallReports(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(
      group, "reports", "What the switch saw of many calls, on one stream",
      "tierline call reports reports.jsonl      # one ReportCallRequest in JSON a line\n"
      "tierline call reports - < reports.jsonl  # again: what was accepted does no harm");
  auto file = std::make_shared<std::string>();
  command->add_option("file", *file, "The reports; - is stdin")->required();
  program->OnRun(command, [=] {
    Bulk bulk;
    std::ifstream opened;
    if (*file != "-") opened.open(*file);
    if (*file != "-" && !opened) {
      Complain(absl::StrCat("can not read ", *file));
      return kUsage;
    }
    if (!ReadReports(*file == "-" ? std::cin : opened, &bulk)) return kUsage;
    return Send(program, std::move(bulk));
  });
}

}  // namespace tierline::cli
