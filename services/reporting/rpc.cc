#include "reporting/rpc.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "reporting/history.h"
#include "reporting/totals.h"
#include "runtime/rpc/aside.h"
#include "runtime/rpc/bind.h"
#include "runtime/rpc/page.h"

namespace tierline::reporting {
namespace {

constexpr std::string_view kRpcService = "tierline.reporting.v1.ReportingService";
constexpr int kWaitMaxMs = 10000;

struct HistoryPage {
  log::TopicPartition of;
  int64_t first = 0, last = 0;  // events of the page, [first, last)
  Subject subject;              // as it was when it was asked for
};

// All events are read, whichever page is asked for: the chain begins with the first.
absl::Status ReadHistory(const HistoryPage& page, log::EventLog* log,
                         v1::GetHistoryResponse* response) {
  ChainVerifier chain;
  for (int64_t i = 0; i < page.subject.offsets_size(); ++i) {
    const Offset at = page.subject.offsets(static_cast<int>(i));
    const auto read =
        log->ReadAside(page.of, at, at + 1, [&](Offset offset, const RecordView& record) {
          v1::HistoryRecord described = Describe(page.of.partition, offset, record);
          chain.Add(record, &described);
          if (i >= page.first && i < page.last) *response->add_records() = std::move(described);
          return true;
        });
    if (!read.ok()) return read.status();
  }
  *response->mutable_chain() = chain.Check(page.subject);
  return absl::OkStatus();
}

void GetHistory(const v1::GetHistoryRequest& request, const Subject& subject,
                partition::Processor& processor, partition::Partitions* partitions,
                log::EventLog* log, rpc::Call call) {
  HistoryPage page{.of = processor.partition(), .subject = subject};
  if (auto bad = rpc::CheckPageSize(request.page_size())) return call.Fail(*bad);
  if (!request.page_token().empty() &&
      (!absl::SimpleAtoi(request.page_token(), &page.first) || page.first < 0)) {
    return call.Fail(rpc::BadPageToken());
  }
  page.last =
      std::min<int64_t>(page.first + rpc::PageSize(request.page_size()), subject.offsets_size());
  v1::GetHistoryResponse response;
  if (page.last < subject.offsets_size()) response.set_next_page_token(std::to_string(page.last));
  *response.mutable_position() = processor.Position();
  rpc::ReplyAside(partitions, std::move(call), std::move(response),
                  [page = std::move(page), log](v1::GetHistoryResponse* response) {
                    return ReadHistory(page, log, response);
                  });
}

void GetTotals(const v1::GetTotalsRequest& request, partition::Partitions* partitions,
               rpc::Call call) {
  const auto* directory = partitions->directory().directory_at().directory;
  if (auto bad = CheckTotals(request, directory)) return call.Fail(*bad);
  v1::GetTotalsResponse response;
  for (int32_t i = 0; i < partitions->count(); ++i) {
    partition::Processor& processor = partitions->history(i);
    const auto* service = processor.fold().FindService(base::v1::SERVICE_REPORTING);
    AddRows(request, static_cast<const ReportingService&>(*service), directory, &response);
    *response.add_positions() = processor.Position();
  }
  call.Reply(response);
}

// How each record of a page was judged, which the fold knows.
absl::StatusOr<std::vector<Verdict>> VerdictsOf(partition::Fold* fold, Offset from, Offset to) {
  std::vector<Verdict> verdicts;
  for (Offset offset = from; offset < to; ++offset) {
    const auto verdict = fold->VerdictOf(offset);
    if (!verdict.ok()) return verdict.status();
    verdicts.push_back(*verdict);
  }
  return verdicts;
}

void ReadEvents(const v1::ReadEventsRequest& request, partition::Processor& processor,
                partition::Partitions* partitions, log::EventLog* log, rpc::Call call) {
  v1::ReadEventsResponse response;
  response.set_partitions(partitions->count());
  const Offset from = request.from(), end = processor.fold().offset();
  const Offset to = std::max(from, std::min(from + rpc::PageSize(request.page_size()), end));
  response.set_end(end);
  response.set_next(to);
  if (from == to) return call.Reply(response);
  auto verdicts = VerdictsOf(&processor.fold(), from, to);
  if (!verdicts.ok()) return call.Fail(verdicts.status());
  rpc::ReplyAside(partitions, std::move(call), std::move(response),
                  [=, of = processor.partition(), void_too = request.include_void(),
                   verdicts = *std::move(verdicts)](v1::ReadEventsResponse* response) {
                    const auto read =
                        log->ReadAside(of, from, to, [&](Offset offset, const RecordView& record) {
                          const Verdict verdict = verdicts[static_cast<size_t>(offset - from)];
                          if (verdict != Verdict::kValid && !void_too) return true;
                          auto* described = response->add_records();
                          *described = Describe(of.partition, offset, record);
                          described->set_void_reason(std::string(VerdictName(verdict)));
                          return true;
                        });
                    return read.status();
                  });
}

void WaitAndRead(v1::ReadEventsRequest request, partition::Partitions* partitions,
                 log::EventLog* log, rpc::Call call) {
  if (auto bad = rpc::CheckPageSize(request.page_size())) return call.Fail(*bad);
  if (request.partition() < 0 || request.partition() >= partitions->count() || request.from() < 0) {
    return call.Fail(InvalidField(
        "partition", std::to_string(request.partition()), "R-502",
        "must be 0 to " + std::to_string(partitions->count() - 1) + ", and from not negative"));
  }
  partition::Processor& processor = partitions->history(request.partition());
  if (request.wait_ms() <= 0 || request.from() < processor.fold().offset()) {
    return ReadEvents(request, processor, partitions, log, std::move(call));
  }
  const absl::Time deadline = std::min(
      call.deadline(), absl::Now() + absl::Milliseconds(std::min(request.wait_ms(), kWaitMaxMs)));
  partitions->WhenRead(&processor, request.from() + 1, deadline,
                       [=, &processor, call = std::move(call)](const absl::Status&) mutable {
                         ReadEvents(request, processor, partitions, log, std::move(call));
                       });
}

}  // namespace

void Bind(rpc::Server* server, partition::Partitions* partitions, log::EventLog* log) {
  rpc::HandleInquiryQuery<v1::GetHistoryRequest>(
      server, partitions, kRpcService, "GetHistory",
      [partitions, log](const v1::GetHistoryRequest& request, const Subject& subject,
                        partition::Processor& processor, rpc::Call call) {
        GetHistory(request, subject, processor, partitions, log, std::move(call));
      });
  server->Handle(kRpcService, "GetTotals", [partitions](rpc::Call call) {
    v1::GetTotalsRequest request;
    if (call.Parse(&request)) GetTotals(request, partitions, std::move(call));
  });
  server->Handle(kRpcService, "ReadEvents", [partitions, log](rpc::Call call) {
    v1::ReadEventsRequest request;
    if (call.Parse(&request)) WaitAndRead(std::move(request), partitions, log, std::move(call));
  });
}

}  // namespace tierline::reporting
