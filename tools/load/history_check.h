#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tierline/reporting/v1/reporting.pb.h"
#include "tools/load/journal.h"

namespace tierline::load {

// The whole history of one inquiry, as reporting gave it.
struct History {
  std::string inquiry_id;
  std::vector<reporting::v1::HistoryRecord> records;  // in log order
  reporting::v1::ChainCheck chain;
};

struct HistoryCheck {
  std::vector<std::string> faults;
  std::vector<Acknowledged> lost;  // acknowledged, and not there exactly once
  int64_t found = 0;               // acknowledged, and there exactly once
  bool call = false;               // it came from a call
  bool call_ended = false;         // which has its outcome
  int64_t deadlines_set = 0;
  int64_t deadlines_warned = 0;
  int64_t deadlines_missed = 0;
  int64_t deadlines_met = 0;
};

struct HistoryExpectation {
  // Virtual time up to which everything that is due must have happened.
  int64_t now_ms = 0;
  // No command is without an answer: what nobody was told of must not be there.
  bool settled = true;
};

// Compares a history with what was acknowledged of it. Pure. Holds that
//   each acknowledged command's event is there exactly once, under its command id, and no other
//   command's; offsets ascend, time never runs back, hashes link, and the server's own
//   recomputation agrees; each DeadlineSet has, once it is due, exactly one end: met in time, or
//   missed and not resolved before, and at most one warning, exactly one when the warning came due
//   before that end; a call has one outcome, and has it when nobody can report its
//   end any more.
HistoryCheck CheckHistory(const History& history, const std::vector<Acknowledged>& acknowledged,
                          const HistoryExpectation& expectation);

}  // namespace tierline::load
