#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "directory/pack.h"

namespace tierline::directory {

// A pack from its files: name relative to the pack's folder ("offices.csv",
// "policies/source-2009.json") to content. The caller reads them; files that a pack does not have
// (README.md) are ignored.
//
//   pack.json           Hotline          proto3 JSON, no unknown fields
//   hours.json          HoursBook
//   menus.json          MenuBook
//   policies/*.json     PolicyProfile
//   offices.csv area_codes.csv exchanges.csv mobile_prefixes.csv lines.csv calendar.csv
//   categories.csv fees.csv              one message a row; the header names all of its fields
//
// Errors: kInvalidArgument with every fault found on a line of its own, at most kFaultsMax:
// "lines.csv:17: number: '+86…' is bound to 110101 already (R-117)". Nothing is returned of a pack
// with a fault.
absl::StatusOr<Pack> ReadPack(const std::map<std::string, std::string>& files);

}  // namespace tierline::directory
