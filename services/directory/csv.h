#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tierline::directory {

// One row of a table and the line that it begins on, from 1.
struct CsvRow {
  int line = 0;
  std::vector<std::string> cells;
};

// RFC 4180: commas, quotes doubled inside quotes, LF or CRLF; a byte order mark and empty lines are
// skipped.
// Errors: kInvalidArgument that begins with the line: "17: a quote is not closed, or text follows
// one", "17: is not UTF-8".
absl::StatusOr<std::vector<CsvRow>> ParseCsv(std::string_view text);

}  // namespace tierline::directory
