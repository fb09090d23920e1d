#include "runtime/host/domain_metrics.h"

#include "absl/strings/str_cat.h"

namespace tierline::host {

DomainMetrics::DomainMetrics(observe::Metrics* metrics)
    : valid_records_(metrics->AddGauge("tierline_log_valid_records", "Valid records folded.")),
      void_records_(metrics->AddGauge("tierline_log_void_records", "Void records read.")),
      unknown_records_(
          metrics->AddGauge("tierline_log_unknown_records",
                            "Records since the start whose type this build does not know.")),
      accepted_(
          metrics->AddGauge("tierline_commands_accepted", "Commands accepted since the start.")),
      rejected_(
          metrics->AddGauge("tierline_commands_rejected", "Commands refused since the start.")),
      repeated_(metrics->AddGauge("tierline_commands_repeated",
                                  "Retries answered as before since the start.")),
      conflicts_(metrics->AddGauge("tierline_decision_conflicts",
                                   "Events voided by a prev conflict since the start.")),
      doubts_(metrics->AddGauge("tierline_append_doubts",
                                "Appends of unknown outcome since the start.")),
      reactions_(metrics->AddGauge("tierline_reactions", "Reactions decided since the start.")),
      waiting_(
          metrics->AddGauge("tierline_commands_waiting", "Commands queued or not yet read back.")),
      owned_(metrics->AddGauge("tierline_partitions_owned",
                               "Pairs of service and partition that this process owns.")),
      directory_position_(
          metrics->AddGauge("tierline_directory_position", "Directory records folded.")),
      keys_ready_(
          metrics->AddGauge("tierline_keys_ready", "Durable data keys ready for new inquiries.")) {}

void DomainMetrics::Update(const partition::Partitions& partitions, const keys::Vault& vault) {
  partition::ProcessorCounts sum;
  int64_t valid = 0, voided = 0, unknown = 0, owned = 0, directory = 0;
  partitions.ForEach([&](const partition::Processor& processor) {
    const auto& counts = processor.counts();
    sum.accepted += counts.accepted;
    sum.rejected += counts.rejected;
    sum.repeated += counts.repeated;
    sum.conflicts += counts.conflicts;
    sum.doubts += counts.doubts;
    sum.reactions += counts.reactions;
    valid += processor.fold().partition().valid_records();
    voided += processor.fold().partition().void_records();
    unknown += processor.fold().unknown_records();
    if (processor.partition().topic == log::Topic::kDirectory)
      directory = processor.fold().offset();
    for (const auto& service : processor.fold().services())
      owned += processor.Owns(service->id()) ? 1 : 0;
  });
  valid_records_.Set(static_cast<double>(valid));
  void_records_.Set(static_cast<double>(voided));
  unknown_records_.Set(static_cast<double>(unknown));
  accepted_.Set(static_cast<double>(sum.accepted));
  rejected_.Set(static_cast<double>(sum.rejected));
  repeated_.Set(static_cast<double>(sum.repeated));
  conflicts_.Set(static_cast<double>(sum.conflicts));
  doubts_.Set(static_cast<double>(sum.doubts));
  reactions_.Set(static_cast<double>(sum.reactions));
  waiting_.Set(static_cast<double>(partitions.waiting()));
  owned_.Set(static_cast<double>(owned));
  directory_position_.Set(static_cast<double>(directory));
  keys_ready_.Set(static_cast<double>(vault.ready()));
}

std::string DomainMetrics::StatusJson(const std::string& instance,
                                      const std::string& version) const {
  const auto count = [](const observe::Gauge& gauge) {
    return static_cast<int64_t>(gauge.value());
  };
  // The instance name is checked to be letters, digits, dots and hyphens where it is configured.
  return absl::StrCat("{\"instance\":\"", instance, "\",\"version\":\"", version,
                      "\",\"valid_records\":", count(valid_records_),
                      ",\"void_records\":", count(void_records_),
                      ",\"accepted\":", count(accepted_), ",\"rejected\":", count(rejected_),
                      ",\"repeated\":", count(repeated_), ",\"conflicts\":", count(conflicts_),
                      ",\"doubts\":", count(doubts_), ",\"reactions\":", count(reactions_),
                      ",\"waiting\":", count(waiting_), ",\"owned\":", count(owned_),
                      ",\"directory_position\":", count(directory_position_),
                      ",\"keys_ready\":", count(keys_ready_), "}");
}

}  // namespace tierline::host
