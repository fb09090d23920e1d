#include "tools/cli/cursor.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/text.h"

namespace tierline::cli {

int64_t From::Of(int32_t partition) const {
  const auto it = offsets.find(partition);
  return it == offsets.end() ? offset : it->second;
}

std::optional<From> ParseFrom(std::string_view text) {
  From from;
  if (text == "start") return from;
  if (text == "end") {
    from.end = true;
    return from;
  }
  int64_t offset = 0;  // SimpleAtoi writes to it even when it fails
  if (absl::SimpleAtoi(ToAbsl(text), &offset)) {
    from.offset = offset;
    return offset < 0 ? std::nullopt : std::optional(from);
  }
  for (const absl::string_view entry : absl::StrSplit(ToAbsl(text), ',')) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(entry, absl::MaxSplits(':', 1));
    int32_t partition = 0;
    if (!absl::SimpleAtoi(pair.first, &partition) || !absl::SimpleAtoi(pair.second, &offset)) {
      return std::nullopt;
    }
    if (partition < 0 || offset < 0) return std::nullopt;
    from.offsets[partition] = offset;
  }
  return from;
}

std::string OffsetsToString(const std::map<int32_t, int64_t>& offsets) {
  return absl::StrJoin(offsets, ",", absl::PairFormatter(":"));
}

}  // namespace tierline::cli
