#include "tools/load/closing.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tools/load/interrupt.h"
#include "tools/load/table.h"

namespace tierline::load {
namespace {

constexpr size_t kFaultsShown = 50;
constexpr int kInterruptedExit = 130;

void PrintFaults(const std::vector<std::string>& faults) {
  absl::PrintF("\nwhat is wrong (%d):\n", faults.size());
  for (size_t i = 0; i < std::min(faults.size(), kFaultsShown); ++i) Say(faults[i]);
  if (faults.size() > kFaultsShown) Say("…");
  std::fflush(stdout);
}

}  // namespace

void Parts::Begin(std::string title) {
  End();
  parts_.push_back({std::move(title), absl::Now(), absl::ZeroDuration()});
  absl::PrintF("\n%d. %s\n", parts_.size(), parts_.back().title);
  std::fflush(stdout);
}

void Parts::End() {
  if (parts_.empty() || parts_.back().took != absl::ZeroDuration()) return;
  parts_.back().took = absl::Now() - parts_.back().begun;
}

std::string Parts::Table() const {
  load::Table table({"part", "seconds"});
  absl::Duration sum;
  for (const Part& part : parts_) {
    sum += part.took;
    table.Add({part.title, absl::StrFormat("%.1f", absl::ToDoubleSeconds(part.took))});
  }
  table.Add({"together", absl::StrFormat("%.1f", absl::ToDoubleSeconds(sum))});
  return table.ToString();
}

void Say(const std::string& line) {
  absl::PrintF("  %s\n", line);
  std::fflush(stdout);
}

absl::StatusOr<AuditResult> Prove(Run* run, Parts* parts, std::vector<std::string>* faults) {
  parts->Begin("compare the state with the log");
  const auto digests = CompareDigests(&run->client());
  if (!digests.ok()) return digests.status();
  Say(absl::StrCat(digests->partitions, " partitions, ", Figure(digests->valid_records),
                   " valid records, ", Figure(digests->void_records), " void: ",
                   digests->faults.empty() ? "every digest equals that of a fold from scratch"
                                           : "NOT all digests equal that of a fold from scratch"));
  faults->insert(faults->end(), digests->faults.begin(), digests->faults.end());

  parts->Begin("audit every inquiry");
  auto audit = AuditEverything(&run->client(), run->journal(), {.now_ms = run->client().now_ms()},
                               &run->directory());
  if (!audit.ok()) return audit;
  Say(absl::StrCat(Figure(audit->inquiries), " histories with ", Figure(audit->events),
                   " events were read and their hash chains verified"));
  Say(absl::StrCat(Figure(audit->calls), " calls: ",
                   audit->calls == audit->calls_ended
                       ? "each has its one outcome"
                       : Figure(audit->calls - audit->calls_ended) + " have NO outcome"));
  Say(absl::StrCat(Figure(audit->routes),
                   " routes were derived again from what the log holds of their calls",
                   audit->faults.empty() ? ", and are the recorded ones" : ""));
  Say(absl::StrCat(Figure(audit->deadlines_set), " deadlines were set: ",
                   Figure(audit->deadlines_met), " met, ", Figure(audit->deadlines_missed),
                   " missed, ", Figure(audit->deadlines_warned), " warned of, each once"));
  faults->insert(faults->end(), audit->faults.begin(), audit->faults.end());
  parts->End();
  return audit;
}

int Conclude(Run* run, const Parts& parts, const AuditResult& audit,
             const std::vector<std::string>& faults) {
  absl::PrintF("\nsummary\n%s", parts.Table());
  const std::string count = Figure(run->journal().size());
  const bool all = audit.found == run->journal().size();
  if (!faults.empty() || !all) {
    PrintFaults(faults);
  }
  if (all) {
    absl::PrintF(
        "\n%s commands were acknowledged; all %s are in the log exactly once; none is "
        "missing.\n",
        count, count);
  } else {
    absl::PrintF("\n%s commands were acknowledged; %s are in the log exactly once; %s are not.\n",
                 count, Figure(audit.found), Figure(run->journal().size() - audit.found));
  }
  return faults.empty() && all ? 0 : 1;
}

int GiveUp(const absl::Status& status, const std::vector<std::string>& faults) {
  if (!faults.empty()) PrintFaults(faults);
  if (Interrupted()) {
    std::fputs("\ntierline-load: interrupted; the server is stopped\n", stderr);
    return kInterruptedExit;
  }
  absl::FPrintF(stderr, "\ntierline-load: %s\n", status.message());
  return 1;
}

}  // namespace tierline::load
