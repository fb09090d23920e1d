#include <memory>

#include "absl/strings/str_cat.h"
#include "tierline/reporting/v1/reporting.pb.h"
#include "tools/cli/chain.h"
#include "tools/cli/commands.h"
#include "tools/cli/labels.h"
#include "tools/cli/phrase.h"

namespace tierline::cli {
namespace {

using reporting::v1::GetHistoryRequest;
using reporting::v1::GetHistoryResponse;
using reporting::v1::HistoryRecord;

// Full pages of the longest texts stay below the 4 MiB of a message.
constexpr int kPageSize = 200;

// All pages as one reply.
ExitCode ReadAll(Program* program, GetHistoryRequest request, GetHistoryResponse* all) {
  request.set_page_size(kPageSize);
  for (;;) {
    GetHistoryResponse page;
    const ExitCode code = program->Ask(kReporting, "GetHistory", request, &page);
    if (code != kOk) return code;
    const std::string next = page.next_page_token();
    for (auto& record : *page.mutable_records()) *all->add_records() = std::move(record);
    *all->mutable_chain() = page.chain();
    *all->mutable_position() = page.position();
    if (next.empty()) return kOk;
    request.set_page_token(next);
  }
}

Table RecordTable(const GetHistoryResponse& history, Program* program) {
  Labels labels(program);
  Table table({">OFFSET", "TIME", "EVENT", "WRITER", "WHAT HAPPENED"});
  for (const HistoryRecord& record : history.records()) {
    std::string what = PhraseOf(record.event(), &labels);
    if (!record.void_reason().empty())
      what = absl::StrCat("VOID ", record.void_reason(), ": ", what);
    table.Add({std::to_string(record.offset()), labels.Time(record.time_ms()),
               std::string(ShortType(record.type())), std::string(Writer(record.source())),
               std::move(what)});
  }
  return table;
}

ExitCode History(Program* program, const GetHistoryRequest& request) {
  GetHistoryResponse history;
  const ExitCode code = ReadAll(program, request, &history);
  if (code != kOk) return code;
  ChainVerifier chain;
  for (const HistoryRecord& record : history.records()) chain.Add(record);
  chain.Finish(history.chain());
  if (program->out().json()) {
    program->out().PrintJson(history, "records");
  } else {
    program->out().Print(RecordTable(history, program));
    const std::string count =
        absl::StrCat(chain.events(), " events, ", chain.recomputed(), " hashed again here");
    program->out().Print("");
    program->out().Print(
        Fields{{"partition",
                history.records_size() > 0 ? std::to_string(history.records(0).partition()) : ""},
               {"chain", chain.verified() ? "verified: " + count : "NOT VERIFIED"},
               {"head", chain.head()}});
  }
  if (chain.verified()) return kOk;
  Complain(
      absl::StrCat("the history of ", request.inquiry_id(), " is not verified: ", chain.fault()));
  return kUnverified;
}

}  // namespace

void AddHistory(CLI::App* root, Program* program) {
  CLI::App* command = AddCommand(
      root, "history", "Every event of an inquiry, and whether its hash chain holds (else exit 4)",
      "tierline history 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21\n"
      "tierline history 5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21 -o jsonl | jq -r .type");
  auto request = std::make_shared<GetHistoryRequest>();
  AddInquiry(command, request->mutable_inquiry_id());
  program->OnRun(command, [=] { return History(program, *request); });
}

}  // namespace tierline::cli
