#pragma once

#include <string>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "base/service.h"
#include "tierline/reporting/v1/reporting.pb.h"

namespace tierline::reporting {

// Counts what happened, per local day and office, from the events of all services and nothing else
// . One instance folds one partition; a report adds the partitions up.
//
// A call is received once, on the day of its arrival, at the office that serves it: a choice in a
// menu, an overflow or a transfer moves it. What an office did not answer stays with it, as a leg
// whatever became of the call elsewhere.
//   received = sum of the outcomes + in_progress        in every row, always
// Test and spot-check calls are counted apart and in nothing else, nor are the inquiries that come
// of them.
class ReportingService final : public Service {
 public:
  base::v1::Service id() const override { return base::v1::SERVICE_REPORTING; }
  Decision Decide(const Subject& subject, const Command& command,
                  const Context& context) const override;
  void Evolve(const Event& event, const EventMeta& meta, Subject* subject) override;
  Event React(const Subject& subject, const Obligation& obligation,
              const Context& context) const override;
  int64_t Version(const Subject&) const override { return 0; }
  void AppendDigest(const Subject& subject, std::string* out) const override;

  bool keeps_rows() const override { return true; }
  void ChangedRows(RowVisitor visitor) const override;
  void RowsStored() override { changed_.clear(); }
  void LoadRow(std::string_view key, std::string_view value) override;
  void ForgetRows() override;
  void VisitRows(RowVisitor visitor) const override;

  // "2009-04-01/340100" to its counts; the office is empty where a call was rejected before any was
  // found.
  const absl::btree_map<std::string, v1::Totals>& rows() const { return rows_; }

 private:
  // Valid until the next call: rows move in memory when one is added.
  v1::Totals* Row(const std::string& day, const std::string& office, base::v1::Level level);
  v1::Totals* RowOfToday(const Event& event, const std::string& office, base::v1::Level level);
  // Counts a call that is in progress at its office, or takes it away again.
  void AddCall(const state::v1::ReportingState& call, int64_t by);
  void CountCall(const Event& event, Subject* subject);
  void CountWay(const Event& event, Subject* subject);
  void MoveCall(const events::v1::Decision& decision, state::v1::ReportingState* call);
  void CountInquiry(const Event& event, Subject* subject);
  void CountDeadline(const Event& event, const Subject& subject);

  absl::btree_map<std::string, v1::Totals> rows_;
  absl::btree_set<std::string> changed_;
};

// Adds every count of `from` to `to`; leaves key and level.
void AddTotals(const v1::Totals& from, v1::Totals* to);

// received - sum of the outcomes - in progress.
int64_t Residual(const v1::Totals& totals);

}  // namespace tierline::reporting
