#include "routing/what_if.h"

#include <array>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/hash.h"
#include "routing/decide_route.h"

namespace tierline::routing {
namespace {

using directory::Directory;

// Codes, for indices mean nothing in another directory.
bool SameOffice(directory::OfficeIndex a, const Directory& in_a, directory::OfficeIndex b,
                const Directory& in_b) {
  if (a == directory::kNoOffice || b == directory::kNoOffice) return a == b;
  return in_a.offices()[a].code == in_b.offices()[b].code;
}

bool SameMenu(directory::AreaIndex a, const Directory& in_a, directory::AreaIndex b,
              const Directory& in_b) {
  if (a == directory::kNoArea || b == directory::kNoArea) return a == b;
  return in_a.plan()[a].code == in_b.plan()[b].code;
}

// Of a landline only the area code is recorded where one locality had it alone.
bool DigitsMissing(const events::v1::RouteInput& input, const Directory& draft) {
  if (input.caller() != events::v1::CALLER_KIND_LANDLINE || !input.caller_prefix().empty())
    return false;
  const directory::AreaIndex area = draft.plan().FindArea(input.caller_area());
  return area != directory::kNoArea && draft.plan()[area].Homes().size() > 1;
}

constexpr int64_t kRecordsMax = int64_t{1} << 50;  // of a log: a counter beyond is made up

std::string NameOf(const v1::WhatIfRequest& request) {
  const std::string asked =
      absl::StrCat(request.from_ms(), "/", request.until_ms(), "/", request.pack_hash());
  return HexOf(Bytes(Sha256Of(asked))).substr(0, 16);
}

}  // namespace

std::string WhatIfProgress::ToToken(const v1::WhatIfRequest& request) const {
  return absl::StrCat(NameOf(request), ".", partition, ".", offset, ".", read, ".", compared, ".",
                      changed);
}

std::optional<WhatIfProgress> WhatIfProgress::Of(const v1::WhatIfRequest& request,
                                                 int32_t partitions) {
  WhatIfProgress progress;
  if (request.page_token().empty()) return progress;
  const std::vector<std::string> parts = absl::StrSplit(request.page_token(), '.');
  const std::array<int64_t*, 5> fields = {&progress.partition, &progress.offset, &progress.read,
                                          &progress.compared, &progress.changed};
  if (parts.size() != 1 + fields.size() || parts[0] != NameOf(request)) return std::nullopt;
  for (size_t i = 0; i < fields.size(); ++i) {
    int64_t* field = fields[i];
    if (!absl::SimpleAtoi(parts[i + 1], field) || *field < 0 || *field > kRecordsMax)
      return std::nullopt;
  }
  if (progress.partition >= partitions || progress.compared > progress.read ||
      progress.changed > progress.compared) {
    return std::nullopt;
  }
  return progress;
}

std::optional<v1::RouteChange> CompareRoutes(const events::v1::RouteInput& input,
                                             const Directory& then, const Directory& draft) {
  const Route before = DecideRoute(input, then);
  const Route after = DecideRoute(input, draft);
  if (before.action == after.action && SameOffice(before.intended, then, after.intended, draft) &&
      SameOffice(before.served, then, after.served, draft) &&
      SameMenu(before.menu_area, then, after.menu_area, draft)) {
    return std::nullopt;
  }
  v1::RouteChange change;
  *change.mutable_before() = ToProto(before, then);
  *change.mutable_after() = ToProto(after, draft);
  change.set_digits_missing(DigitsMissing(input, draft));
  return change;
}

}  // namespace tierline::routing
