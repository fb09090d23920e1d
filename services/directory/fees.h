#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "directory/directory.h"
#include "tierline/directory/v1/directory.pb.h"

// What the offices owe for their lines: fen per office and whole calendar month, each with
// the facts that explain it. A pure function of the timeline: integers, no clock.
//
//   a month costs    if the line was formally open at some instant of it, from the formal opening
//                    of the hotline on; months of trial only are free
//   how much         the rate of the office's level as the month began, from the pack in force
//                    then: a change of level or a new pack counts from the next month
//   an office        that is not there yet as the month begins, or is part of another one, is taken
//                    as it first appears in it
//   a forecast       is a month in which the line is not open before `now`

namespace tierline::directory {

struct FeeQuery {
  std::string office;     // root of the subtree, by the tree of each month; empty: everything
  absl::CivilMonth from;  // half-open
  absl::CivilMonth until;
  bool include_free = false;  // months without a fee too
  absl::Time now = absl::InfiniteFuture();

  // A page begins with this office; empty: it is the first. It ends before a statement that would
  // exceed one of these, but has one at least.
  std::string first = {};
  size_t statements_max = std::numeric_limits<size_t>::max();
  size_t bytes_max = std::numeric_limits<size_t>::max();
};

struct Fees {
  std::vector<v1::FeeStatement> statements;  // by code of the office
  std::string next;                          // the first of the next page; empty: there is none
  // Of all pages, on the first one: a row for each level that pays something, from the top, and
  // then their sum.
  std::vector<v1::FeeTotal> totals;
};

// `directory` is any snapshot of the timeline.
Fees FeesOf(const FeeQuery& query, const Directory& directory);

}  // namespace tierline::directory
