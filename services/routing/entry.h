#pragma once

#include <cstddef>

#include "directory/directory.h"
#include "tierline/events/v1/routing.pb.h"

// Who answers in an area, and what its menu offers: both follow from the tree (R-103 to R-108,
//
//
//     place                     default                 menu
//     the national area         the root                the municipality, its districts      R-103
//     municipality              its office              its districts                        R-104
//     provincial seat           as the pack says        the province, the seat, its counties R-105
//     another prefecture        its office              its counties                         R-106
//     county under a province   its office              none                                 R-107
//     shared area               the common superior     the localities                       R-108

namespace tierline::routing {

// A locality as it is entered through an area code; without the locality, the area that several
// share.
struct Place {
  directory::AreaIndex area = directory::kNoArea;
  directory::OfficeIndex locality = directory::kNoOffice;
};

// What a key of the menu chooses.
struct Choice {
  directory::OfficeIndex office = directory::kNoOffice;
  bool opens_menu = false;  // `office` is a locality whose own menu follows
};

struct Entry {
  directory::OfficeIndex office = directory::kNoOffice;  // the default
  events::v1::RouteReason reason = events::v1::ROUTE_REASON_UNSPECIFIED;
  size_t choices = 0;  // 0: no menu
};

Entry EntryOf(Place place, const directory::Directory& directory);

// The choice of number `index`, from 0, below EntryOf(place).choices.
Choice ChoiceAt(Place place, size_t index, const directory::Directory& directory);

}  // namespace tierline::routing
