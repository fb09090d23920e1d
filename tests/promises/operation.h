#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/service.h"

namespace tierline::promises {

// A command as its client wrote it.
struct Request {
  base::v1::Service service = base::v1::SERVICE_UNSPECIFIED;
  std::string subject;
  Uuid request_id;
  std::string etag;  // empty: none
  base::v1::Principal principal;
  std::unique_ptr<const google::protobuf::Message> body;  // as Command has it

  // As a processor gets it; a new one for each delivery.
  Command MakeCommand() const;
  std::string Describe() const;
};

// A client was told that its command counts.
struct Acceptance {
  base::v1::Receipt receipt;
  std::string shown;    // head of the state that came with it; empty: not known
  std::string subject;  // as the answer names it; empty: it does not
};

// A client was told that its command is refused.
struct Refusal {
  std::string reason;
  int64_t at_ms = 0;  // when it arrived, by a clock that does not lag
  // It stems from a state of the log before offset `end`, and of no event later than `end_ms` by
  // the clock of events: as far as the client can tell.
  Offset end = std::numeric_limits<Offset>::max();
  int64_t end_ms = std::numeric_limits<int64_t>::max();
};

// One command of a client, whatever number of times it was sent.
struct Operation {
  Request request;
  // By one clock for all operations, in any unit.
  int64_t invoked = 0;
  int64_t returned = 0;  // the first answer that says what became of it; 0: none
  int64_t accepted = 0;  // the first acceptance, perhaps after a refusal; 0: none
  int attempts = 0;
  // All that reached the client.
  std::vector<Acceptance> acceptances;
  std::vector<Refusal> refusals;
};

}  // namespace tierline::promises
