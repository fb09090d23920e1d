#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "tools/load/audit.h"
#include "tools/load/run.h"

// How a demo and a crash test end alike.

namespace tierline::load {

// The times of the parts, in the order in which they were done.
//
//   1. start the server
//      …
class Parts {
 public:
  void Begin(std::string title);
  void End();  // the last one
  std::string Table() const;

 private:
  struct Part {
    std::string title;
    absl::Time begun;
    absl::Duration took;
  };
  std::vector<Part> parts_;
};

// Prints a line, indented.
void Say(const std::string& line);

// The digests of all partitions, and the audit of everything that was acknowledged. Prints both;
// appends what is wrong to `faults`. Errors: of the server.
absl::StatusOr<AuditResult> Prove(Run* run, Parts* parts, std::vector<std::string>* faults);

// Prints the faults, if any, the times, and the last sentence. Returns the exit code.
int Conclude(Run* run, const Parts& parts, const AuditResult& audit,
             const std::vector<std::string>& faults);

// Prints why the work could not be done, and what was wrong until then. Returns the exit code.
int GiveUp(const absl::Status& status, const std::vector<std::string>& faults);

}  // namespace tierline::load
