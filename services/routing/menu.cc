#include "routing/menu.h"

namespace tierline::routing {
namespace {

using directory::Directory;
using directory::kNoArea;
using directory::kNoOffice;
using directory::OfficeIndex;

// The keys from the top of a menu to its entry `index`: next page as often as needed, then the key
// on that page.
std::string KeysOf(size_t index, const Directory& directory) {
  std::string keys;
  for (size_t page = index / PageSize(directory); page > 0; --page) {
    keys += directory.menus().next_page_key();
  }
  return keys + static_cast<char>('1' + index % PageSize(directory));
}

// Follows keys through a menu and the one that it leads to.
class Walk {
 public:
  Walk(Place place, const Directory& directory) : directory_(directory), place_(place) {
    Open(place);
  }

  // False: a choice was made, or the default was taken.
  bool Press(char key) {
    const std::string_view one(&key, 1);
    const auto& book = directory_.menus();
    if (one == book.next_page_key() && pages_ > 1) return TurnTo((page_ + 1) % pages_);
    if (one == book.repeat_key()) return TurnTo(page_);
    if (one == book.back_key()) return Back();
    const auto on_page = static_cast<size_t>(key - '1');
    const size_t index = page_ * PageSize(directory_) + on_page;
    if (key >= '1' && on_page < PageSize(directory_) && index < entry_.choices)
      return Choose(index);
    return ++wrong_ < book.tries();
  }

  size_t page() const { return page_; }
  int wrong() const { return wrong_; }
  bool chosen() const { return chosen_; }
  OfficeIndex office() const { return chosen_ ? office_ : entry_.office; }
  const Entry& entry() const { return entry_; }
  Place place() const { return place_; }

 private:
  void Open(Place place) {
    place_ = place;
    entry_ = EntryOf(place, directory_);
    pages_ = Pages(place, directory_);
    TurnTo(0);
  }

  bool TurnTo(size_t page) {
    page_ = page;
    wrong_ = 0;
    return true;
  }

  bool Back() {
    if (page_ > 0) return TurnTo(page_ - 1);
    const bool shared = directory_.plan()[place_.area].localities.size() > 1;
    if (place_.locality != kNoOffice && shared) Open({place_.area, kNoOffice});
    return TurnTo(0);
  }

  bool Choose(size_t index) {
    const Choice choice = ChoiceAt(place_, index, directory_);
    if (choice.opens_menu) {
      Open({place_.area, choice.office});
      return true;
    }
    if (place_.locality == kNoOffice)
      Open({place_.area, choice.office});  // a locality of one office
    office_ = choice.office;
    chosen_ = true;
    return false;
  }

  const Directory& directory_;
  Place place_;
  Entry entry_;
  size_t pages_ = 0;
  size_t page_ = 0;
  int wrong_ = 0;
  bool chosen_ = false;
  OfficeIndex office_ = kNoOffice;
};

std::optional<size_t> IndexOf(OfficeIndex office, Place place, const Directory& directory) {
  const size_t choices = EntryOf(place, directory).choices;
  for (size_t i = 0; i < choices; ++i) {
    if (ChoiceAt(place, i, directory).office == office) return i;
  }
  return {};
}

// The menu of `place`, which `keys` opened.
void FillMenu(Place place, const std::string& keys, const Directory& directory, v1::Menu* menu) {
  const Entry entry = EntryOf(place, directory);
  menu->set_area(directory.plan()[place.area].code);
  menu->set_default_office(directory.offices()[entry.office].code);
  for (size_t i = 0; i < entry.choices; ++i) {
    const Choice choice = ChoiceAt(place, i, directory);
    const directory::Office& office = directory.offices()[choice.office];
    v1::MenuEntry* row = menu->add_entries();
    row->set_keys(keys + KeysOf(i, directory));
    row->set_office(office.code);
    row->set_name(office.name);
    row->set_opens_menu(choice.opens_menu);
    if (!choice.opens_menu) continue;  // no menu below another: one level of recursion
    FillMenu({place.area, choice.office}, row->keys(), directory, row->mutable_menu());
  }
}

// Through which locality `office` is reached: its own; that of its seat for a province, the
// national one for the root.
OfficeIndex LocalityFor(OfficeIndex office, const Directory& directory) {
  const auto& offices = directory.offices();
  const auto& plan = directory.plan();
  if (office == offices.root()) return plan[directory.national_area()].localities.front();
  const OfficeIndex own = plan.LocalityOf(office, offices);
  if (own != kNoOffice) return own;
  for (const OfficeIndex child : offices.Children(office)) {
    if (offices[child].provincial_seat && plan.IsLocality(child)) return child;
  }
  return kNoOffice;
}

}  // namespace

size_t PageSize(const Directory& directory) {
  return static_cast<size_t>(directory.menus().keys_per_page());
}

size_t Pages(Place place, const Directory& directory) {
  return (EntryOf(place, directory).choices + PageSize(directory) - 1) / PageSize(directory);
}

v1::Menu MenuOf(const events::v1::Decision& decision, const Directory& directory) {
  v1::Menu menu;
  if (decision.action() != events::v1::ROUTE_ACTION_MENU) return menu;
  const directory::AreaIndex area = directory.plan().FindArea(decision.menu_area());
  if (area == kNoArea) return menu;
  FillMenu({area, directory.offices().Find(decision.locality())}, "", directory, &menu);
  return menu;
}

MenuStep Follow(const Route& route, std::string_view keys, const Directory& directory) {
  if (route.action != events::v1::ROUTE_ACTION_MENU) return {.over = true};
  Walk walk({route.menu_area, route.locality}, directory);
  MenuStep step;
  for (const char key : keys) {
    step.over = !walk.Press(key);
    if (step.over) break;
    step.timed_out = key == kTimeOut;
  }
  step.place = walk.place();
  step.page = walk.page();
  step.wrong = walk.wrong();
  return step;
}

Route Navigate(const Route& route, std::string_view keys, const Directory& directory) {
  if (route.action != events::v1::ROUTE_ACTION_MENU) return route;
  Walk walk({route.menu_area, route.locality}, directory);
  for (const char key : keys) {
    if (!walk.Press(key)) break;
  }
  Route next = route;
  next.reasons.Truncate(next.entry_reasons);
  next.reasons.Add(walk.chosen() ? events::v1::ROUTE_REASON_MENU_CHOICE
                                 : events::v1::ROUTE_REASON_MENU_DEFAULT);
  if (walk.place().locality != route.locality) next.reasons.Add(walk.entry().reason);
  next.locality = walk.place().locality;
  next.entry_reasons = static_cast<uint8_t>(next.reasons.size());
  SendTo(walk.office(), directory, &next);
  return next;
}

std::optional<Path> PathTo(OfficeIndex office, const Directory& directory) {
  const OfficeIndex locality = LocalityFor(office, directory);
  if (locality == kNoOffice) return {};
  const Place inner{directory.plan().AreaOf(locality), locality};
  const directory::Area& area = directory.plan()[inner.area];
  Path path{area.code + directory.numbering().short_number, "", inner};
  if (area.localities.size() > 1) {
    path.keys = KeysOf(*IndexOf(locality, {inner.area, kNoOffice}, directory), directory);
    path.place_keys = path.keys.size();
  }
  if (EntryOf(inner, directory).office == office) return path;
  const auto index = IndexOf(office, inner, directory);
  if (!index) return {};
  path.keys += KeysOf(*index, directory);
  return path;
}

}  // namespace tierline::routing
