#include "tests/chaos/report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/record.h"
#include "base/text.h"
#include "nlohmann/json.hpp"
#include "tools/load/table.h"

namespace tierline::chaos {
namespace {

using load::Figure;

constexpr double kGapS = 1;
constexpr size_t kViolationsShown = 30;

std::string Voided(const Report& report) {
  if (report.voided.empty()) return "none";
  return absl::StrJoin(report.voided, ", ", [](std::string* out, const auto& reason) {
    absl::StrAppend(out, reason.first, " ", Figure(reason.second));
  });
}

Gaps GapsOf(std::vector<int64_t> returned_us) {
  std::sort(returned_us.begin(), returned_us.end());
  Gaps gaps;
  for (size_t i = 1; i < returned_us.size(); ++i) {
    const double gap_s = static_cast<double>(returned_us[i] - returned_us[i - 1]) / 1e6;
    gaps.count += gap_s > kGapS;
    gaps.longest_s = std::max(gaps.longest_s, gap_s);
  }
  return gaps;
}

}  // namespace

void Count(const std::vector<std::unique_ptr<promises::Operation>>& operations, Report* report) {
  std::map<std::string, std::vector<int64_t>> returned;
  for (const auto& operation : operations) {
    ++report->operations;
    report->attempts += operation->attempts;
    report->acknowledged += !operation->acceptances.empty();
    report->refused += !operation->refusals.empty();
    report->unknown += operation->returned == 0;
    if (operation->acceptances.empty()) continue;
    returned[std::string(ServiceName(operation->request.service))].push_back(operation->accepted);
  }
  for (auto& [service, times] : returned) report->gaps[service] = GapsOf(std::move(times));
}

void Count(const promises::Findings& findings, Report* report) {
  report->refused_but_valid = findings.refused_but_valid;
  report->unknown_but_valid = findings.unknown_but_valid;
  report->valid = findings.valid;
  report->claims = findings.claims;
  report->reactions = findings.reactions;
  report->declined = findings.declined;
  report->timers = findings.timers;
  report->voided = findings.void_records;
  for (const auto* found : {&findings.violations, &findings.left_open})
    report->violations.insert(report->violations.end(), found->begin(), found->end());
}

std::string ToText(const Report& report) {
  load::Table faults({"fault", "happened"});
  for (const auto& [fault, count] : report.faults)
    faults.Add({std::string(NameOf(fault)), Figure(count)});
  load::Table figures({"seed " + std::to_string(report.seed), "", ""});
  const auto add = [&](std::string name, int64_t figure, std::string note = "") {
    figures.Add({std::move(name), Figure(figure), std::move(note)});
  };
  add("commands", report.operations, absl::StrCat("in ", Figure(report.attempts), " attempts"));
  add("  acknowledged", report.acknowledged);
  add("  refused", report.refused, absl::StrCat(report.refused_but_valid, " of them count"));
  add("  unknown", report.unknown, absl::StrCat(report.unknown_but_valid, " of them count"));
  add("valid events", report.valid);
  add("  reactions", report.reactions,
      absl::StrCat(report.timers, " by timers, ", report.declined, " declined"));
  add("claims", report.claims);
  int64_t voided = 0;
  for (const auto& [reason, count] : report.voided) voided += count;
  add("void records", voided, Voided(report));
  for (const auto& [service, gaps] : report.gaps) {
    add("gaps of " + service, gaps.count,
        absl::StrFormat("of more than 1 s; the longest %.1f s", gaps.longest_s));
  }
  add("digests compared", report.digests);
  add("violations", std::ssize(report.violations));
  std::string text = absl::StrCat("\n", faults.ToString(), "\n", figures.ToString());
  for (size_t i = 0; i < std::min(report.violations.size(), kViolationsShown); ++i)
    absl::StrAppend(&text, "  VIOLATION: ", report.violations[i], "\n");
  return text;
}

std::string ToJson(const Report& report) {
  nlohmann::json faults, gaps;
  for (const auto& [fault, count] : report.faults) faults[std::string(NameOf(fault))] = count;
  for (const auto& [service, gap] : report.gaps)
    gaps[service] = {{"count", gap.count}, {"longest_s", gap.longest_s}};
  const nlohmann::json json = {{"seed", report.seed},
                               {"seconds", report.seconds},
                               {"faults", faults},
                               {"commands", report.operations},
                               {"attempts", report.attempts},
                               {"acknowledged", report.acknowledged},
                               {"refused", report.refused},
                               {"refused_but_valid", report.refused_but_valid},
                               {"unknown", report.unknown},
                               {"unknown_but_valid", report.unknown_but_valid},
                               {"valid", report.valid},
                               {"reactions", report.reactions},
                               {"declined", report.declined},
                               {"timers", report.timers},
                               {"claims", report.claims},
                               {"void", report.voided},
                               {"gaps", gaps},
                               {"digests", report.digests},
                               {"violations", report.violations}};
  return json.dump(1) + "\n";
}

}  // namespace tierline::chaos
