#include "tools/load/audit.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/text.h"
#include "tierline/base/v1/replica.pb.h"
#include "tools/load/interrupt.h"
#include "tools/load/route_check.h"

namespace tierline::load {
namespace {

constexpr int kInFlightMax = 24;
constexpr int kPageSize = 500;
// Some histories are read in small pages, so that the pages are tried too.
constexpr size_t kSmallPagesEvery = 16;
constexpr int kSmallPageSize = 3;

class HistoryReader {
 public:
  HistoryReader(ServerClient* client, const Journal& journal, const HistoryExpectation& expectation,
                const directory::Directory* directory)
      : client_(client),
        channel_(client->channel(kReportingService)),
        journal_(journal),
        expectation_(expectation),
        directory_(directory) {}

  absl::StatusOr<AuditResult> Read(const std::vector<std::string>& inquiries) {
    for (size_t next = 0; next < inquiries.size() || channel_->in_flight() > 0;) {
      if (Interrupted()) status_ = absl::CancelledError("interrupted");
      if (!status_.ok()) next = inquiries.size();
      while (next < inquiries.size() && channel_->in_flight() < kInFlightMax) {
        auto history = std::make_unique<History>();
        history->inquiry_id = inquiries[next];
        Ask(std::move(history), next % kSmallPagesEvery == 0 ? kSmallPageSize : kPageSize, "");
        ++next;
      }
      channel_->Poll(absl::Now() + absl::Milliseconds(50));
    }
    if (!status_.ok()) return status_;
    return std::move(result_);
  }

 private:
  void Ask(std::unique_ptr<History> history, int page_size, const std::string& page_token) {
    reporting::v1::GetHistoryRequest request;
    request.set_inquiry_id(history->inquiry_id);
    request.set_page_size(page_size);
    request.set_page_token(page_token);
    channel_->CallAsync(kReportingService, "GetHistory", request, client_->Options(),
                        [this, page_size, history = std::move(history)](
                            const rpc::RpcStatus& status, std::string_view bytes) mutable {
                          if (status.ok()) return Add(std::move(history), page_size, bytes);
                          if (status.code == absl::StatusCode::kNotFound)
                            return Check(*history);  // all are lost
                          status_.Update(absl::Status(
                              status.code, absl::StrCat("GetHistory: ", status.ToString())));
                        });
  }

  void Add(std::unique_ptr<History> history, int page_size, std::string_view bytes) {
    reporting::v1::GetHistoryResponse page;
    if (!page.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      status_.Update(absl::InternalError("GetHistory: the answer is malformed"));
      return;
    }
    for (auto& record : *page.mutable_records()) history->records.push_back(std::move(record));
    history->chain = page.chain();
    if (page.next_page_token().empty()) return Check(*history);
    Ask(std::move(history), page_size, page.next_page_token());
  }

  void Check(const History& history) {
    const auto commands = journal_.by_inquiry().find(history.inquiry_id);
    if (commands == journal_.by_inquiry().end()) return;
    HistoryCheck check = CheckHistory(history, commands->second, expectation_);
    ++result_.inquiries;
    result_.events += std::ssize(history.records);
    result_.acknowledged += std::ssize(commands->second);
    result_.found += check.found;
    result_.calls += check.call ? 1 : 0;
    result_.calls_ended += check.call && check.call_ended ? 1 : 0;
    if (directory_ != nullptr) {
      RouteCheck routes = CheckRoutes(history, *directory_);
      result_.routes += routes.routes;
      std::ranges::move(routes.faults, std::back_inserter(result_.faults));
    }
    result_.deadlines_set += check.deadlines_set;
    result_.deadlines_warned += check.deadlines_warned;
    result_.deadlines_missed += check.deadlines_missed;
    result_.deadlines_met += check.deadlines_met;
    for (const Acknowledged& lost : check.lost) {
      result_.faults.push_back(
          absl::StrCat("inquiry ", history.inquiry_id, ": ", ToAbsl(lost.method),
                       " was acknowledged as event ", lost.event_id.ToString(), " (request ",
                       lost.request_id.ToString(), ") and is not there exactly once"));
    }
    std::ranges::move(check.faults, std::back_inserter(result_.faults));
    const int64_t score =
        100 * check.deadlines_missed + 50 * check.deadlines_warned + std::ssize(history.records);
    if (score > example_score_) {
      example_score_ = score;
      result_.example = history;
    }
  }

  ServerClient* const client_;
  rpc::Channel* const channel_;
  const Journal& journal_;
  const HistoryExpectation expectation_;
  const directory::Directory* const directory_;
  AuditResult result_;
  int64_t example_score_ = -1;
  absl::Status status_;
};

// How often each event stands in the log as a valid record.
absl::StatusOr<absl::flat_hash_map<Uuid, int>> CountEvents(ServerClient* client) {
  absl::flat_hash_map<Uuid, int> counts;
  int32_t partitions = 1;
  for (int32_t partition = 0; partition < partitions; ++partition) {
    reporting::v1::ReadEventsRequest request;
    request.set_partition(partition);
    request.set_page_size(1000);
    for (int64_t end = 1; request.from() < end && !Interrupted();) {
      const auto page =
          client->Ask<reporting::v1::ReadEventsResponse>(kReportingService, "ReadEvents", request);
      if (!page.ok()) return page.status();
      for (const auto& record : page->records()) {
        const auto id = Uuid::Parse(record.id());
        if (id.ok() && record.void_reason().empty()) ++counts[*id];
      }
      partitions = page->partitions();
      end = page->end();
      if (page->next() <= request.from() && request.from() < end) {
        return absl::InternalError(absl::StrCat("ReadEvents: does not go on from ", request.from(),
                                                " of partition ", partition));
      }
      request.set_from(page->next());
    }
  }
  return counts;
}

}  // namespace

absl::StatusOr<AuditResult> AuditHistories(ServerClient* client, const Journal& journal,
                                           const std::vector<std::string>& inquiries,
                                           const HistoryExpectation& expectation,
                                           const directory::Directory* directory) {
  return HistoryReader(client, journal, expectation, directory).Read(inquiries);
}

absl::StatusOr<AuditResult> AuditEverything(ServerClient* client, const Journal& journal,
                                            const HistoryExpectation& expectation,
                                            const directory::Directory* directory) {
  std::vector<std::string> inquiries;
  for (const auto& [inquiry, commands] : journal.by_inquiry()) inquiries.push_back(inquiry);
  auto result = AuditHistories(client, journal, inquiries, expectation, directory);
  if (!result.ok()) return result;
  const auto counts = CountEvents(client);
  if (!counts.ok()) return counts.status();
  for (const auto& [inquiry, commands] : journal.by_inquiry()) {
    for (const Acknowledged& command : commands) {
      const auto count = counts->find(command.event_id);
      if (count != counts->end() && count->second == 1) continue;
      result->faults.push_back(absl::StrCat("event ", command.event_id.ToString(), " of inquiry ",
                                            inquiry, " stands in the log ",
                                            count == counts->end() ? 0 : count->second, " times"));
    }
  }
  return result;
}

absl::StatusOr<DigestResult> CompareDigests(ServerClient* client) {
  base::v1::GetDigestRequest request;
  request.set_recompute(true);
  const auto responses =
      client->AskAll<base::v1::GetDigestResponse>(kReplicaService, "GetDigest", request);
  if (!responses.ok()) return responses.status();
  DigestResult result;
  for (const base::v1::GetDigestResponse& response : *responses) {
    result.partitions = response.partitions_size();
    result.valid_records = result.void_records = 0;
    for (const auto& partition : response.partitions()) {
      result.valid_records += partition.valid_records();
      result.void_records += partition.void_records();
      if (!partition.digest().empty() && partition.digest() == partition.recomputed()) continue;
      result.faults.push_back(absl::StrCat("partition ", partition.partition(), ": the state is ",
                                           partition.digest(), ", folded anew from the log it is ",
                                           partition.recomputed()));
    }
  }
  if (result.partitions == 0) result.faults.push_back("no digest of any partition");
  return result;
}

}  // namespace tierline::load
