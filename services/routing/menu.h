#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "routing/decide_route.h"
#include "routing/entry.h"
#include "tierline/routing/v1/routing.pb.h"

// Menus: the choices of an area, laid out over pages, and what the keys of a caller lead
// to. Which keys do what is the pack's; in pack 12371:
//
//     1 … 8     choose on the page
//     9         the next page; after the last the first
//     0         hear the page again
//     *         the page before; on the first page, the menu of the localities that share the area
//
// A key that means nothing is wrong; after `tries` of them in a row, or when the keys end, the
// default of the menu is taken. Keys after a choice are ignored.
//
// Example: the third entry of the second page of the menu of area 0551.
//
//     Route route = Navigate(DecideRoute(input, directory), "93", directory);

namespace tierline::routing {

// The menu of `place` with those that its choices open; keys count from the place itself.
v1::Menu MenuOf(Place place, const directory::Directory& directory);

// The menu that a MENU decision plays; empty for any other.
v1::Menu MenuOf(const events::v1::Decision& decision, const directory::Directory& directory);

// The route after the choice. A route without a menu stays as it is.
Route Navigate(const Route& route, std::string_view keys, const directory::Directory& directory);

// What to dial and to press to reach `office` from outside its area; empty keys: wait for the
// default.
struct Path {
  std::string dialled;
  std::string keys;
};
// Nothing for an office that no area code leads to.
std::optional<Path> PathTo(directory::OfficeIndex office, const directory::Directory& directory);

}  // namespace tierline::routing
