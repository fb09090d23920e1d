#include "directory/office_tree.h"

#include <algorithm>

#include "directory/dates.h"

namespace tierline::directory {
namespace {

constexpr uint16_t kInherited = std::numeric_limits<uint16_t>::max();

std::vector<Office> SortedOffices(const v1::PackPart& pack) {
  std::vector<Office> offices(pack.offices_size());
  for (int i = 0; i < pack.offices_size(); ++i) {
    const v1::Office& from = pack.offices(i);
    offices[i].code = from.code();
    offices[i].name = from.name();
    offices[i].level = from.level();
    offices[i].provincial_seat = from.provincial_seat();
    offices[i].hours = kInherited;
  }
  std::sort(offices.begin(), offices.end(),
            [](const Office& a, const Office& b) { return a.code < b.code; });
  return offices;
}

void SetLine(const v1::Line& line, absl::TimeZone zone, Office* office) {
  office->line = line.number();
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
  std::vector<std::vector<OfficeIndex>> children(tree.size());
  for (const v1::Office& from : pack.offices()) {
    const OfficeIndex office = tree.Find(from.code());
    const OfficeIndex parent = tree.Find(from.parent());
    tree.offices_[office].parent = parent;
    (parent == kNoOffice ? tree.root_ = office : children[parent].emplace_back(office));
  }
  for (OfficeIndex office = 0; office < tree.size(); ++office) {
    std::sort(children[office].begin(), children[office].end());
    tree.offices_[office].first_child = static_cast<uint16_t>(tree.children_.size());
    tree.offices_[office].children = static_cast<uint16_t>(children[office].size());
    tree.children_.insert(tree.children_.end(), children[office].begin(), children[office].end());
  }
  for (const v1::Line& line : pack.lines()) {
    SetLine(line, zone, &tree.offices_[tree.Find(line.office())]);
  }
  std::vector<uint16_t> own(tree.size(), kInherited);
  for (const v1::HoursOfOffice& hours : pack.hours().offices()) {
    own[tree.Find(hours.office())] = static_cast<uint16_t>(HoursIndex(pack.hours(), hours.hours()));
  }
  for (OfficeIndex office = 0; office < tree.size(); ++office) {
    OfficeIndex from = office;
    while (own[from] == kInherited) from = tree[from].parent;  // the root has hours of its own
    tree.offices_[office].hours = own[from];
  }
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

OfficeIndex OfficeTree::NearestOpen(OfficeIndex office, int64_t at_s) const {
  while (office != kNoOffice && !offices_[office].LineOpen(at_s)) office = offices_[office].parent;
  return office;
}

}  // namespace tierline::directory
