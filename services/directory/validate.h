#pragma once

#include <string>
#include <vector>

#include "tierline/directory/v1/pack.pb.h"

// Whether the tables of a pack fit together. Used by the reader, which knows files and lines, and
// by the server at activation, which knows fields.

namespace tierline::directory {

struct Fault {
  std::string path;     // of the field in the PackPart: "lines[15].number", "hours.hours[1].parent"
  std::string value;    // as it stands there
  std::string message;  // what is wrong with it: "is bound to 110101 already"
  std::string rule;     // R-…

  // "number: '+8610…' is bound to 110101 already (R-117)"
  std::string Sentence() const;
};

// No more are looked for.
inline constexpr int kFaultsMax = 20;

// Empty: the pack is valid. In the order of the tables.
//
//   hotline     number, zone, dates, numbering, national area, seat default, policy, limits
//   offices     code, level, parent; one root, no circle, levels go down
//   plan        localities exist and are not below another locality; prefixes; nothing twice
//   lines       office, number, dates; one per office, each number once
//   calendar    dates, kinds; nothing twice
//   hours       intervals, seasons, parents; a calendar can be compiled; the root has hours
//   menus       keys, prompts
//   categories, policies, fees
std::vector<Fault> Validate(const v1::PackPart& pack);

}  // namespace tierline::directory
