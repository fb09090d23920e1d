#pragma once

#include <string>
#include <vector>

#include "tierline/directory/v1/directory.pb.h"
#include "tierline/reporting/v1/reporting.pb.h"
#include "tools/load/audit.h"
#include "tools/load/player.h"

// The demo's tables.

namespace tierline::load {

// What a pack changes, table by table.
std::string DiffTable(const directory::v1::DiffPackResponse& diff);

// The sum of all outcomes.
int64_t OutcomesOf(const reporting::v1::Totals& totals);
// Outcomes and inquiries of `date` by level, beside what the callers did.
std::string TotalsTable(absl::CivilDay date, const reporting::v1::GetTotalsResponse& totals,
                        const Player::Tally& tally);
// Where the totals differ from what the callers did, and identities that do not hold (R-119,
//
std::vector<std::string> CheckTotals(const reporting::v1::GetTotalsResponse& totals,
                                     const Player::Tally& tally);

// An inquiry's events, one a line.
std::string HistoryTable(const History& history, absl::TimeZone zone);

}  // namespace tierline::load
