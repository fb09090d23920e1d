#include "directory/office_tree.h"

#include <algorithm>

#include "directory/dates.h"

namespace tierline::directory {
namespace {

std::vector<Office> SortedOffices(const v1::PackPart& pack) {
  std::vector<Office> offices(pack.offices_size());
  for (int i = 0; i < pack.offices_size(); ++i) {
    const v1::Office& from = pack.offices(i);
    offices[i].code = from.code();
    offices[i].name = from.name();
    offices[i].level = from.level();
    offices[i].provincial_seat = from.provincial_seat();
  }
  std::sort(offices.begin(), offices.end(),
            [](const Office& a, const Office& b) { return a.code < b.code; });
  return offices;
}

void SetLine(const v1::Line& line, absl::TimeZone zone, Office* office) {
  office->pack_line = line.number();
  const auto from = ParseDate(line.open_from());
  const auto until = ParseDate(line.open_until());
  if (!from) return;
  office->open_from_s = StartOf(*from, zone);
  office->open_until_s = until ? StartOf(*until, zone) : std::numeric_limits<int64_t>::max();
}

int HoursIndex(const v1::HoursBook& book, std::string_view id) {
  for (int i = 0; i < book.hours_size(); ++i) {
    if (book.hours(i).id() == id) return i;
  }
  return 0;
}

}  // namespace

OfficeTree OfficeTree::Build(const v1::PackPart& pack, absl::TimeZone zone) {
  OfficeTree tree;
  tree.offices_ = SortedOffices(pack);
  for (const v1::Office& from : pack.offices()) {
    const OfficeIndex office = tree.Find(from.code());
    tree.offices_[office].parent = tree.Find(from.parent());
    tree.offices_[office].own_hours = kInherited;
    if (tree.offices_[office].parent == kNoOffice) tree.root_ = office;
  }
  tree.ListChildren();
  for (const v1::Line& line : pack.lines()) {
    SetLine(line, zone, &tree.offices_[tree.Find(line.office())]);
  }
  for (const v1::HoursOfOffice& hours : pack.hours().offices()) {
    tree.offices_[tree.Find(hours.office())].own_hours =
        static_cast<uint16_t>(HoursIndex(pack.hours(), hours.hours()));
  }
  tree.InheritHours();
  return tree;
}

void OfficeTree::ListChildren() {
  std::vector<std::vector<OfficeIndex>> children(size());
  for (OfficeIndex office = 0; office < size(); ++office) {
    const Office& one = offices_[office];
    if (one.parent != kNoOffice && one.merged_into == kNoOffice)
      children[one.parent].push_back(office);
  }
  children_.clear();
  for (OfficeIndex office = 0; office < size(); ++office) {
    offices_[office].first_child = static_cast<uint16_t>(children_.size());
    offices_[office].children = static_cast<uint16_t>(children[office].size());
    children_.insert(children_.end(), children[office].begin(), children[office].end());
  }
}

void OfficeTree::InheritHours() {
  for (OfficeIndex office = 0; office < size(); ++office) {
    OfficeIndex from = office;
    while (offices_[from].own_hours == kInherited)
      from = offices_[from].parent;  // the root has hours of its own
    offices_[office].hours = offices_[from].own_hours;
  }
}

OfficeTree OfficeTree::With(const v1::OfficeChange& change, const Uuid& by) const {
  OfficeTree tree = *this;
  Office& office = tree.offices_[Find(change.office())];
  if (!change.parent().empty()) office.parent = Find(change.parent());
  if (!change.name().empty()) office.name = change.name();
  if (change.level() != base::v1::LEVEL_UNSPECIFIED) office.level = change.level();
  if (!change.merged_into().empty()) office.merged_into = Find(change.merged_into());
  office.changed_by = by;
  tree.ListChildren();
  tree.InheritHours();
  return tree;
}

OfficeIndex OfficeTree::Find(std::string_view code) const {
  const auto at = std::lower_bound(
      offices_.begin(), offices_.end(), code,
      [](const Office& office, std::string_view one) { return office.code < one; });
  if (at == offices_.end() || at->code != code) return kNoOffice;
  return static_cast<OfficeIndex>(at - offices_.begin());
}

absl::Span<const OfficeIndex> OfficeTree::Children(OfficeIndex office) const {
  return absl::MakeSpan(children_).subspan(offices_[office].first_child, offices_[office].children);
}

bool OfficeTree::IsInSubtree(OfficeIndex office, OfficeIndex top) const {
  while (office != kNoOffice && office != top) office = offices_[office].parent;
  return office == top;
}

int OfficeTree::DepthOf(OfficeIndex office) const {
  int depth = 0;
  for (; office != kNoOffice; office = offices_[office].parent) ++depth;
  return depth;
}

OfficeIndex OfficeTree::CommonAncestor(OfficeIndex a, OfficeIndex b) const {
  int depth_a = DepthOf(a);
  int depth_b = DepthOf(b);
  for (; depth_a > depth_b; --depth_a) a = offices_[a].parent;
  for (; depth_b > depth_a; --depth_b) b = offices_[b].parent;
  while (a != b) {
    a = offices_[a].parent;
    b = offices_[b].parent;
  }
  return a;
}

}  // namespace tierline::directory
