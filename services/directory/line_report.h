#pragma once

#include <vector>

#include "absl/time/time.h"
#include "directory/directory.h"
#include "tierline/directory/v1/directory.pb.h"

// Who is open: the lines of a tree at an instant, their counts, and who is late for the
// programme's dates. Offices that were merged into others have no line of their own any more.

namespace tierline::directory {

// The line of `office` of `then`, the snapshot in force at `at`. An office without a line, too, is
// late when the day is over.
v1::LineStatus StatusOf(OfficeIndex office, const Directory& then, absl::Time at);

// Whether `status` is one of those that `filter` asks for.
bool IsWanted(const v1::LineStatus& status, v1::LineFilter filter);

// Counts what it is given, by level.
class LineCounter {
 public:
  void Add(const v1::LineStatus& status);
  // A row for each level that is there, from the top, and then their sum.
  std::vector<v1::LineCounts> Take() const;

 private:
  v1::LineCounts levels_[5];  // by level; 0: the sum
};

// The whole life of the line of `office`, with what it rests on.
std::vector<v1::LineSpan> SpansOf(std::string_view office, const Directory& directory);

}  // namespace tierline::directory
