#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/ids.h"
#include "tierline/base/v1/base.pb.h"
#include "tierline/directory/v1/office.pb.h"
#include "tierline/directory/v1/pack.pb.h"

namespace tierline::directory {

// Place of an office in its tree, from 0 in the order of codes. It holds within one snapshot only:
// what is kept or sent is the code.
using OfficeIndex = uint16_t;
inline constexpr OfficeIndex kNoOffice = std::numeric_limits<OfficeIndex>::max();

// One office, and its line as the pack has it. What the line is at an instant,
// Directory::LineAt says.
struct Office {
  std::string code;  // GB/T 2260, six digits
  std::string name;
  std::string pack_line;  // E.164 with +; empty: none is bound
  int64_t open_from_s =
      0;  // the pack has it in service in [open_from_s, open_until_s), Unix seconds
  int64_t open_until_s = 0;
  base::v1::Level level = base::v1::LEVEL_UNSPECIFIED;
  OfficeIndex parent = kNoOffice;       // of the root: none
  OfficeIndex merged_into = kNoOffice;  // the office that it has become part of
  uint16_t own_hours = 0;               // index of its own calendar; kInherited: it has none
  uint16_t hours = 0;                   // index of its calendar, its own or inherited
  bool provincial_seat = false;
  uint16_t first_child = 0;  // in the list of children
  uint16_t children = 0;
  Uuid changed_by;  // the event of its last change; absent: it is as the pack says
};

// The tree of offices, at most 65,534 of them.
class OfficeTree {
 public:
  // `pack` must be valid (validate.h); `zone` is that of its dates.
  static OfficeTree Build(const v1::PackPart& pack, absl::TimeZone zone);

  size_t size() const { return offices_.size(); }
  OfficeIndex root() const { return root_; }
  const Office& operator[](OfficeIndex office) const { return offices_[office]; }

  // kNoOffice when there is none of that code. O(log n).
  OfficeIndex Find(std::string_view code) const;

  // In the order of their codes, without those that were merged into others.
  absl::Span<const OfficeIndex> Children(OfficeIndex office) const;

  // True for `office` itself too.
  bool IsInSubtree(OfficeIndex office, OfficeIndex top) const;

  // The lowest office that has both below it, or is one of them.
  OfficeIndex CommonAncestor(OfficeIndex a, OfficeIndex b) const;

  // The tree after `change`, made by event `by`; indices mean the same in both. The change must fit
  // (change_office.h).
  OfficeTree With(const v1::OfficeChange& change, const Uuid& by) const;

 private:
  static constexpr uint16_t kInherited = std::numeric_limits<uint16_t>::max();

  int DepthOf(OfficeIndex office) const;
  void ListChildren();
  void InheritHours();

  std::vector<Office> offices_;
  std::vector<OfficeIndex> children_;
  OfficeIndex root_ = kNoOffice;
};

}  // namespace tierline::directory
