#include "reporting/rpc.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "reporting/history.h"
#include "reporting/totals.h"
#include "runtime/rpc/bind.h"
#include "runtime/rpc/page.h"

namespace tierline::reporting {
namespace {

constexpr std::string_view kRpcService = "tierline.reporting.v1.ReportingService";
constexpr int kWaitMaxMs = 10000;

void GetHistory(const v1::GetHistoryRequest& request, const Subject& subject,
                partition::Processor& processor, log::EventLog* log, rpc::Call call) {
  int64_t first = 0;
  if (auto bad = rpc::CheckPageSize(request.page_size())) return call.Fail(*bad);
  if (!request.page_token().empty() &&
      (!absl::SimpleAtoi(request.page_token(), &first) || first < 0)) {
    return call.Fail(rpc::BadPageToken());
  }
  const int64_t last =
      std::min<int64_t>(first + rpc::PageSize(request.page_size()), subject.offsets_size());
  v1::GetHistoryResponse response;
  ChainVerifier chain;  // over all events, whichever page is asked for
  for (int64_t i = 0; i < subject.offsets_size(); ++i) {
    const auto read = log->Read(processor.partition(), subject.offsets(static_cast<int>(i)), 1,
                                [&](Offset offset, const RecordView& record) {
                                  auto described =
                                      Describe(processor.partition().partition, offset, record);
                                  chain.Add(record, &described);
                                  if (i >= first && i < last)
                                    *response.add_records() = std::move(described);
                                  return false;
                                });
    if (!read.ok()) return call.Fail(read.status());
  }
  if (last < subject.offsets_size()) response.set_next_page_token(std::to_string(last));
  *response.mutable_chain() = chain.Check(subject);
  *response.mutable_position() = processor.Position();
  call.Reply(response);
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

absl::StatusOr<Hash> Recompute(const Sources& sources, const partition::Processor& processor) {
  partition::Fold fold("", sources.services(), nullptr);
  const Offset end = processor.fold().offset();
  while (fold.offset() < end) {
    const auto next = sources.log->Read(processor.partition(), fold.offset(),
                                        std::min<int64_t>(end - fold.offset(), 4096),
                                        [&](Offset offset, const RecordView& record) {
                                          fold.Apply(offset, record, nullptr);
                                          return true;
                                        });
    if (!next.ok()) return next.status();
  }
  int64_t subjects;
  return fold.Digest(&subjects);
}

void GetDigest(const v1::GetDigestRequest& request, partition::Partitions* partitions,
               const Sources& sources, rpc::Call call) {
  v1::GetDigestResponse response;
  response.set_version(partition::kFoldVersion);
  for (int32_t i = 0; i < partitions->count(); ++i) {
    partition::Processor& processor = partitions->history(i);
    auto* row = response.add_partitions();
    int64_t subjects = 0;
    const auto digest = processor.fold().Digest(&subjects);
    if (!digest.ok()) return call.Fail(digest.status());
    row->set_partition(i);
    row->set_offset(processor.fold().offset());
    row->set_digest(HexOf(Bytes(*digest)));
    row->set_subjects(subjects);
    row->set_valid_records(processor.fold().partition().valid_records());
    row->set_void_records(processor.fold().partition().void_records());
    if (!request.recompute()) continue;
    const auto recomputed = Recompute(sources, processor);
    if (!recomputed.ok()) return call.Fail(recomputed.status());
    row->set_recomputed(HexOf(Bytes(*recomputed)));
  }
  call.Reply(response);
}

void ReadEvents(const v1::ReadEventsRequest& request, partition::Processor& processor,
                int32_t partitions, log::EventLog* log, rpc::Call call) {
  v1::ReadEventsResponse response;
  response.set_partitions(partitions);
  const Offset end = processor.fold().offset();
  response.set_end(end);
  response.set_next(request.from());
  if (request.from() < end) {
    const int64_t size =
        std::min<int64_t>(rpc::PageSize(request.page_size()), end - request.from());
    absl::Status status;
    const auto next = log->Read(
        processor.partition(), request.from(), size, [&](Offset offset, const RecordView& record) {
          const auto verdict = processor.fold().VerdictOf(offset);
          if (!verdict.ok()) {
            status = verdict.status();
            return false;
          }
          if (*verdict != Verdict::kValid && !request.include_void()) return true;
          auto described = Describe(processor.partition().partition, offset, record);
          described.set_void_reason(std::string(VerdictName(*verdict)));
          *response.add_records() = std::move(described);
          return true;
        });
    status.Update(next.status());
    if (!status.ok()) return call.Fail(status);
    response.set_next(*next);
  }
  call.Reply(response);
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
    return ReadEvents(request, processor, partitions->count(), log, std::move(call));
  }
  const absl::Time deadline = std::min(
      call.deadline(), absl::Now() + absl::Milliseconds(std::min(request.wait_ms(), kWaitMaxMs)));
  partitions->WhenRead(&processor, request.from() + 1, deadline,
                       [=, &processor, call = std::move(call)](const absl::Status&) mutable {
                         ReadEvents(request, processor, partitions->count(), log, std::move(call));
                       });
}

}  // namespace

void Bind(rpc::Server* server, partition::Partitions* partitions, Sources sources) {
  log::EventLog* log = sources.log;
  rpc::HandleInquiryQuery<v1::GetHistoryRequest>(
      server, partitions, kRpcService, "GetHistory",
      [log](const v1::GetHistoryRequest& request, const Subject& subject,
            partition::Processor& processor,
            rpc::Call call) { GetHistory(request, subject, processor, log, std::move(call)); });
  server->Handle(kRpcService, "GetTotals", [partitions](rpc::Call call) {
    v1::GetTotalsRequest request;
    if (call.Parse(&request)) GetTotals(request, partitions, std::move(call));
  });
  server->Handle(kRpcService, "GetDigest",
                 [partitions, sources = std::move(sources)](rpc::Call call) {
                   v1::GetDigestRequest request;
                   if (call.Parse(&request))
                     GetDigest(request, partitions, sources, std::move(call));
                 });
  server->Handle(kRpcService, "ReadEvents", [partitions, log](rpc::Call call) {
    v1::ReadEventsRequest request;
    if (call.Parse(&request)) WaitAndRead(std::move(request), partitions, log, std::move(call));
  });
}

}  // namespace tierline::reporting
