#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

// Where reading the log goes on.

namespace tierline::cli {

// What --from says: "start", "end", one offset for all partitions, or "0:1200,3:88"
// (partition:offset; a partition that is not named starts at 0). The last form is what `events
// tail` prints when it ends.
struct From {
  bool end = false;
  int64_t offset = 0;
  std::map<int32_t, int64_t> offsets;

  int64_t Of(int32_t partition) const;
};

// Nothing for what is of no such form.
std::optional<From> ParseFrom(std::string_view text);
std::string OffsetsToString(const std::map<int32_t, int64_t>& offsets);

}  // namespace tierline::cli
