#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "directory/directory.h"
#include "tools/load/history_check.h"
#include "tools/load/journal.h"
#include "tools/load/server_client.h"

namespace tierline::load {

struct AuditResult {
  int64_t inquiries = 0;
  int64_t events = 0;
  int64_t acknowledged = 0;  // commands that were looked for
  int64_t found = 0;         // in the log exactly once
  int64_t calls = 0;
  int64_t calls_ended = 0;  // with their outcome
  int64_t routes = 0;       // derived again from the log
  int64_t deadlines_set = 0;
  int64_t deadlines_warned = 0;
  int64_t deadlines_missed = 0;
  int64_t deadlines_met = 0;
  std::vector<std::string> faults;  // lost commands and everything else that is wrong
  History example;                  // the most eventful one: missed, warned, reopened

  bool ok() const { return faults.empty() && found == acknowledged; }
};

// Asks for the history of each of `inquiries` and compares it with the journal (CheckHistory), and,
// where `directory` is given, its routes with what follows from it (CheckRoutes).
// Errors: of the server; the audit is then not done.
absl::StatusOr<AuditResult> AuditHistories(ServerClient* client, const Journal& journal,
                                           const std::vector<std::string>& inquiries,
                                           const HistoryExpectation& expectation,
                                           const directory::Directory* directory = nullptr);
// The same for all inquiries; and then reads the whole log, partition by partition, and counts each
// acknowledged event there.
absl::StatusOr<AuditResult> AuditEverything(ServerClient* client, const Journal& journal,
                                            const HistoryExpectation& expectation,
                                            const directory::Directory* directory = nullptr);

// The state of every partition, folded anew from its log, is the state that each replica holds.
struct DigestResult {
  int64_t partitions = 0;
  int64_t valid_records = 0;
  int64_t void_records = 0;
  std::vector<std::string> faults;
};
absl::StatusOr<DigestResult> CompareDigests(ServerClient* client);

}  // namespace tierline::load
