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
// A key that means nothing is wrong, and so is a time-out (T); after `tries` of them in a row, or
// when the keys end, the default of the menu is taken. Keys after a choice are ignored.
//
// Example: the third entry of the second page of the menu of area 0551.
//
//     Route route = Navigate(DecideRoute(input, directory), "93", directory);
//
// A dialogue is the same, key by key: Follow says where the caller is until nothing is left to
// choose, and Navigate where the call then goes.

namespace tierline::routing {

// The menu that a MENU decision plays, with those that its choices open; empty for any other. Keys
// count from its top.
v1::Menu MenuOf(const events::v1::Decision& decision, const directory::Directory& directory);

// Stands for a time-out among the keys.
inline constexpr char kTimeOut = 'T';

// Where a caller is after the keys so far.
struct MenuStep {
  bool over = false;  // a choice was made, or the default is taken: Navigate says which
  Place place;        // whose page is played
  size_t page = 0;
  int wrong = 0;           // wrong keys and time-outs in a row
  bool timed_out = false;  // the last of them was a time-out
};
// Without a menu there is nothing to follow: over.
MenuStep Follow(const Route& route, std::string_view keys, const directory::Directory& directory);

// How many choices of `place` a page has; the pages of its menu.
size_t PageSize(const directory::Directory& directory);
size_t Pages(Place place, const directory::Directory& directory);

// The route after the choice. A route without a menu stays as it is.
Route Navigate(const Route& route, std::string_view keys, const directory::Directory& directory);

// What to dial and to press to reach `office` from outside its area; empty keys: wait for the
// default.
struct Path {
  std::string dialled;
  std::string keys;
  Place place;            // through which it is reached
  size_t place_keys = 0;  // so many of the keys choose the locality in the menu of a shared area
};
// Nothing for an office that no area code leads to.
std::optional<Path> PathTo(directory::OfficeIndex office, const directory::Directory& directory);

}  // namespace tierline::routing
