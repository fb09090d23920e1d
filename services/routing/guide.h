#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "base/service.h"
#include "directory/directory.h"
#include "tierline/routing/v1/routing.pb.h"

// The dialling guide: what to dial and to press to reach an office, as text. It is made of
// the same plan and tree that decide calls (PathTo in menu.h), so it can not contradict them.
//
//     guide_distant  To reach 长丰县, dial 055112371: …       from elsewhere, or from anywhere
//     guide_local    … dial 12371                            within the office's own area
//     guide_shared   when you are asked for your place …     where several share the area code
//     guide_keys | guide_wait                                then press, or wait
//     guide_served_by                                        its line is not open at that instant

namespace tierline::routing {

// How to dial `office` from `from`, an area (kNoArea: from anywhere). Nothing for an office that no
// area code leads to.
std::optional<v1::GuideEntry> GuideTo(directory::OfficeIndex office, directory::AreaIndex from,
                                      absl::Time at, const directory::Directory& directory);

// Every office that the menus of `area` lead to and those that answer by default, as dialled from
// elsewhere, in the order of their codes.
std::vector<v1::GuideEntry> GuideOf(directory::AreaIndex area, absl::Time at,
                                    const directory::Directory& directory);

// What a request asks for, or what is wrong with it.
std::variant<std::vector<v1::GuideEntry>, Rejection> GuideFor(
    const v1::GetDialGuideRequest& request, absl::Time at, const directory::Directory& directory);

}  // namespace tierline::routing
