#pragma once

#include <vector>

#include "directory/faults.h"
#include "tierline/directory/v1/pack.pb.h"

// Whether the tables of a pack fit together. Used by the reader, which knows files and lines, and
// by the server at activation, which knows fields.

namespace tierline::directory {

// Empty: the pack is valid. At most kFaultsMax, in the order of the tables; what rests on a table
// at fault is looked at only when that is right.
//
//   hotline     number, zone, dates, numbering, national area, seat default, policy
//   offices     code, level, name, parent; one root, levels go down; one seat per province
//   plan        localities exist, none lies in another; exchanges decide within their area
//   lines       office, number, dates; one per office, each number once
//   calendar    dates, kinds; nothing twice
//   hours       intervals, seasons, parents; calendars can be compiled; the root has hours
//   menus       keys, tries, prompts
//   the rest    categories; policies with their limits and warnings; fees
std::vector<Fault> Validate(const v1::PackPart& pack);

}  // namespace tierline::directory
