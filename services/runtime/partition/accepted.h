#pragma once

#include <optional>

#include "base/ids.h"
#include "base/service.h"

namespace tierline::partition {

// A command that was accepted, so that a retry gets the same answer.
struct Accepted {
  Uuid request_id;
  Uuid content;   // keyed HMAC of what was asked, first 16 bytes
  Uuid event_id;  // what came of it
  int64_t version = 0;
};

void AddAccepted(const Accepted& accepted, Subject* subject);
std::optional<Accepted> FindAccepted(const Subject& subject, const Uuid& request_id);

}  // namespace tierline::partition
