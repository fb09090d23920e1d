#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "routing/checks.h"
#include "routing/rpc_directory.h"
#include "routing/what_if.h"
#include "runtime/rpc/aside.h"
#include "runtime/rpc/page.h"

// WhatIf goes through the log in steps, one a call, beside the loop; where it stopped and what it
// counted stands in the page token.

namespace tierline::routing {
namespace {

namespace dir = directory;

constexpr std::string_view kRpcService = "tierline.routing.v1.RoutingService";
constexpr std::string_view kCallReceived = "tierline.routing.call-received.v1";
constexpr int64_t kRecordsPerStep = 1000;

// The draft of the last request: its pages ask for the same one again. Used on the thread beside
// the loop only.
struct Drafts {
  std::string key;
  std::shared_ptr<const dir::Directory> draft;
};

// The records [from, to) of a partition, with how each was judged, which the fold alone knows.
struct Stretch {
  log::TopicPartition of;
  Offset from = 0, to = 0;
  std::vector<Verdict> verdicts;
};

// What one call does, with all that it needs beside the loop.
struct Step {
  v1::WhatIfRequest request;
  WhatIfProgress progress;
  std::vector<Stretch> stretches;
  int64_t next_partition = 0, next_offset = 0;  // where the one after it begins
  int64_t partitions = 0;
  std::shared_ptr<const dir::Directory> recorded;
  dir::DraftPlan plan;
  std::string key;  // what the draft is made of
};

absl::StatusOr<std::shared_ptr<const dir::Directory>> DraftOf(const Step& step, Drafts* drafts) {
  if (drafts->key == step.key && drafts->draft != nullptr) return drafts->draft;
  auto made = step.plan.Make(absl::FromUnixMillis(step.request.from_ms()));
  if (!made.ok()) return made.status();
  *drafts = {step.key, *made};
  return made;
}

// Up to kRecordsPerStep records from the step's progress on. Errors: of the store.
absl::Status Plan(partition::Partitions* partitions, Step* step) {
  step->partitions = partitions->count();
  step->next_partition = step->progress.partition;
  step->next_offset = step->progress.offset;
  int64_t left = kRecordsPerStep;
  while (left > 0 && step->next_partition < step->partitions) {
    auto& processor = partitions->history(static_cast<int32_t>(step->next_partition));
    const Offset from = step->next_offset, end = processor.fold().offset();
    Stretch stretch{.of = processor.partition(), .from = from, .to = std::min(end, from + left)};
    for (Offset offset = from; offset < stretch.to; ++offset) {
      const auto verdict = processor.fold().VerdictOf(offset);
      if (!verdict.ok()) return verdict.status();
      stretch.verdicts.push_back(*verdict);
    }
    left -= static_cast<int64_t>(stretch.verdicts.size());
    step->next_offset = stretch.to;
    if (stretch.to >= end) {
      ++step->next_partition;
      step->next_offset = 0;
    }
    if (!stretch.verdicts.empty()) step->stretches.push_back(std::move(stretch));
  }
  return absl::OkStatus();
}

class Replay {
 public:
  Replay(const Step& step, const dir::Directory& draft, v1::WhatIfResponse* response)
      : step_(step), draft_(draft), progress_(step.progress), response_(*response) {}

  // Reads on and puts what would change into the response. Errors: of the log.
  absl::Status Run(log::EventLog* log) {
    for (const Stretch& stretch : step_.stretches) {
      const auto read = log->ReadAside(
          stretch.of, stretch.from, stretch.to, [&](Offset offset, const RecordView& record) {
            ++progress_.read;
            progress_.partition = stretch.of.partition;
            progress_.offset = offset + 1;
            const Verdict verdict = stretch.verdicts[static_cast<size_t>(offset - stretch.from)];
            if (record.type == kCallReceived && verdict == Verdict::kValid) Compare(record);
            return !full_;
          });
      if (!read.ok()) return read.status();
      if (full_) break;
    }
    if (!full_) {
      progress_.partition = step_.next_partition;
      progress_.offset = step_.next_offset;
    }
    response_.set_records_read(progress_.read);
    response_.set_calls_compared(progress_.compared);
    response_.set_calls_changed(progress_.changed);
    if (progress_.partition < step_.partitions)
      response_.set_next_page_token(progress_.ToToken(step_.request));
    return absl::OkStatus();
  }

 private:
  void Compare(const RecordView& record) {
    if (!event_.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) return;
    const auto& input = event_.call_received().input();
    const int64_t at_ms = input.arrived_at_ms();
    if (at_ms < step_.request.from_ms() || at_ms >= step_.request.until_ms()) return;
    ++progress_.compared;
    auto change = CompareRoutes(input, step_.recorded->At(absl::FromUnixMillis(at_ms)), draft_);
    if (!change) return;
    ++progress_.changed;
    change->set_inquiry_id(std::string(record.subject));
    change->set_arrived_at_ms(at_ms);
    *response_.add_calls() = *std::move(change);
    full_ = response_.calls_size() >= rpc::PageSize(step_.request.page_size());
  }

  const Step& step_;
  const dir::Directory& draft_;
  WhatIfProgress progress_;
  v1::WhatIfResponse& response_;
  Event event_;  // reused
  bool full_ = false;
};

std::string KeyOf(const v1::WhatIfRequest& request, const Sources& sources,
                  const dir::Directory& in_force) {
  return absl::StrCat(request.pack_hash(), "/", request.from_ms(), "/",
                      sources.partitions->directory().fold().offset(), "/",
                      absl::ToUnixMillis(in_force.in_force_from()), "/",
                      request.counts().SerializeAsString());
}

std::optional<Rejection> PlanDraft(const Sources& sources, Step* step) {
  const v1::WhatIfRequest& request = step->request;
  const absl::Time now = sources.partitions->directory().Now();
  auto plan = sources.directory->Draft(request.pack_hash(), request.counts(), now);
  if (auto* rejection = std::get_if<Rejection>(&plan)) return std::move(*rejection);
  step->plan = std::get<dir::DraftPlan>(std::move(plan));
  step->key = KeyOf(request, sources, step->recorded->At(now));
  return {};
}

std::optional<Rejection> CheckPeriod(const v1::WhatIfRequest& request) {
  if (request.from_ms() < 0) {
    return InvalidField("from_ms", absl::StrCat(request.from_ms()), "R-507",
                        "must not be negative");
  }
  if (request.until_ms() <= request.from_ms()) {
    return InvalidField("until_ms", absl::StrCat(request.until_ms()), "R-507",
                        "must be after from_ms");
  }
  return {};
}

void WhatIf(const Sources& sources, v1::WhatIfRequest request, std::shared_ptr<Drafts> drafts,
            rpc::Call call) {
  Step step{.request = std::move(request)};
  if (auto bad = rpc::CheckPageSize(step.request.page_size())) return call.Fail(*bad);
  if (auto bad = CheckPeriod(step.request)) return call.Fail(*bad);
  const auto progress = WhatIfProgress::Of(step.request, sources.partitions->count());
  if (!progress) return call.Fail(rpc::BadPageToken());
  step.progress = *progress;
  step.recorded = sources.directory->newest();
  if (step.recorded == nullptr) return call.Fail(NoDirectory());
  if (auto bad = PlanDraft(sources, &step)) return call.Fail(*bad);
  const absl::Status planned = Plan(sources.partitions, &step);
  if (!planned.ok()) return call.Fail(planned);
  rpc::ReplyAside(sources.partitions, std::move(call), v1::WhatIfResponse(),
                  [step = std::move(step), log = sources.log,
                   drafts = std::move(drafts)](v1::WhatIfResponse* response) {
                    const auto draft = DraftOf(step, drafts.get());
                    return draft.ok() ? Replay(step, **draft, response).Run(log) : draft.status();
                  });
}

}  // namespace

void BindWhatIf(rpc::Server* server, const Sources& sources) {
  server->Handle(
      kRpcService, "WhatIf", [sources, drafts = std::make_shared<Drafts>()](rpc::Call call) {
        v1::WhatIfRequest request;
        if (!call.Parse(&request)) return;
        const base::v1::Position min = request.min_position();
        WhenDirectoryRead(sources.partitions, min, std::move(call),
                          [sources, drafts, request = std::move(request)](rpc::Call ready) mutable {
                            WhatIf(sources, std::move(request), drafts, std::move(ready));
                          });
      });
}

}  // namespace tierline::routing
