#include "routing/entry.h"

namespace tierline::routing {
namespace {

using directory::Directory;
using directory::kNoOffice;
using directory::OfficeIndex;

// `office` itself or the nearest ancestor of `level`; kNoOffice if there is none.
OfficeIndex AtLevel(OfficeIndex office, base::v1::Level level, const Directory& directory) {
  const auto& offices = directory.offices();
  while (office != kNoOffice && offices[office].level != level) office = offices[office].parent;
  return office;
}

bool IsNational(OfficeIndex locality, const Directory& directory) {
  return directory.plan()[directory.national_area()].Serves(locality);
}

bool IsSeat(OfficeIndex locality, const Directory& directory) {
  return directory.offices()[locality].provincial_seat;
}

// Choices before the children: at most a province office and the locality's own.
struct Head {
  OfficeIndex offices[2] = {kNoOffice, kNoOffice};
  size_t size = 0;
};

Head HeadOf(OfficeIndex locality, const Directory& directory) {
  Head head;
  if (IsNational(locality, directory)) {
    head.offices[head.size++] = locality;
  } else if (IsSeat(locality, directory)) {
    const OfficeIndex province = AtLevel(locality, base::v1::LEVEL_PROVINCE, directory);
    if (province != kNoOffice) head.offices[head.size++] = province;
    head.offices[head.size++] = locality;
  }
  return head;
}

// The office superior to all localities that a number of the area may belong to: none of them goes
// before the others.
OfficeIndex CommonSuperior(const directory::Area& area, const Directory& directory) {
  OfficeIndex common = area.Homes().front();
  for (const OfficeIndex locality : area.Homes()) {
    common = directory.offices().CommonAncestor(common, locality);
  }
  return common;
}

events::v1::RouteReason ReasonOf(base::v1::Level level) {
  if (level == base::v1::LEVEL_COUNTY) return events::v1::ROUTE_REASON_COUNTY_UNDER_PROVINCE;
  if (level == base::v1::LEVEL_PREFECTURE) return events::v1::ROUTE_REASON_PREFECTURE;
  return events::v1::ROUTE_REASON_MUNICIPALITY;
}

}  // namespace

Entry EntryOf(Place place, const Directory& directory) {
  if (place.locality == kNoOffice) {
    const directory::Area& area = directory.plan()[place.area];
    return {CommonSuperior(area, directory), events::v1::ROUTE_REASON_SHARED_AREA_MENU,
            area.localities.size()};
  }
  const auto& offices = directory.offices();
  Entry entry;
  entry.choices = HeadOf(place.locality, directory).size + offices.Children(place.locality).size();
  if (IsNational(place.locality, directory)) {
    entry.office = offices.root();
    entry.reason = events::v1::ROUTE_REASON_NATIONAL_ENTRY;
  } else if (IsSeat(place.locality, directory)) {
    entry.office = AtLevel(place.locality, directory.hotline().seat_default(), directory);
    if (entry.office == kNoOffice) entry.office = place.locality;
    entry.reason = events::v1::ROUTE_REASON_PROVINCIAL_SEAT;
  } else {
    entry.office = place.locality;
    entry.reason = ReasonOf(offices[place.locality].level);
  }
  return entry;
}

Choice ChoiceAt(Place place, size_t index, const Directory& directory) {
  if (place.locality == kNoOffice) {
    const OfficeIndex locality = directory.plan()[place.area].localities[index];
    return {locality, EntryOf({place.area, locality}, directory).choices > 0};
  }
  const Head head = HeadOf(place.locality, directory);
  if (index < head.size) return {head.offices[index]};
  return {directory.offices().Children(place.locality)[index - head.size]};
}

}  // namespace tierline::routing
