#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "runtime/log/event_log.h"

namespace tierline::chaos {

// Copies every record of the history and the directory, as they are on Kafka, to an embedded log in
// `dir`, at the same offsets; `brokers` is the clients' list. So whatever is computed from the copy
// is computed by the other engine. Errors: of either log.
absl::StatusOr<std::unique_ptr<log::EventLog>> CopyLog(const std::string& brokers,
                                                       int32_t partitions, const std::string& dir);

}  // namespace tierline::chaos
