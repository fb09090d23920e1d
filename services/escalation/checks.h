#pragma once

#include <optional>
#include <string>

#include "base/service.h"
#include "directory/directory.h"

// What the commands of escalation have in common.

namespace tierline::escalation {

using Refusal = std::optional<Rejection>;

inline constexpr size_t kTextMax = 4000;  // bytes of a free text
inline constexpr int kEvidenceMax = 16;   // events that an order names

Rejection Refused(std::string reason, std::string rule, std::string message);

// An inquiry that was opened.
Refusal CheckThere(const Subject& subject, std::string rule);

// `office` is an office of the directory; `index` is where.
Refusal CheckOffice(const std::string& office, const directory::Directory* directory,
                    directory::OfficeIndex* index);

// `superior` stands above the owner in the tree.
Refusal CheckAbove(directory::OfficeIndex superior, const std::string& owner,
                   const directory::Directory& directory, std::string rule);

// The directory in force at the event's time, which may be later than this replica's clock; null
// when there is none.
const directory::Directory* InForce(const Context& context);

// Code of the superior of the office `code`; empty: it is the root, or unknown.
std::string SuperiorOf(const std::string& code, const directory::Directory* directory);

}  // namespace tierline::escalation
