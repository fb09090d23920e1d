#pragma once

#include <variant>

#include "absl/time/time.h"
#include "base/service.h"
#include "directory/directory.h"

namespace tierline::escalation {

// What a deadline is computed from.
struct DeadlineFacts {
  absl::Time from;
  std::string office;
  base::v1::Level level = base::v1::LEVEL_UNSPECIFIED;
  std::string category;
  bool urgent = false;
};

// The first limit of the profile that matches; null when none does.
const directory::v1::Limit* FindLimit(const directory::v1::PolicyProfile& policy,
                                      const DeadlineFacts& facts);

// The deadline by the policy and the office's calendar in `directory`, or why there is
// none: "NO_LIMIT", "UNKNOWN_OFFICE", "CALENDAR_EXHAUSTED".
std::variant<events::v1::DeadlineSet, std::string_view> ComputeDeadline(
    const DeadlineFacts& facts, const directory::Directory& directory);

}  // namespace tierline::escalation
