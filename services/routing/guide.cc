#include "routing/guide.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/text.h"
#include "routing/menu.h"

namespace tierline::routing {
namespace {

using directory::AreaIndex;
using directory::Directory;
using directory::kNoArea;
using directory::OfficeIndex;

// What the templates of one entry are filled in with.
using Words = std::vector<std::pair<const absl::string_view, std::string>>;

// "993" as it is said: "9 9 3".
std::string Spelled(std::string_view keys) {
  std::string spelled;
  for (const char key : keys) {
    if (!spelled.empty()) spelled += ' ';
    spelled += key;
  }
  return spelled;
}

void Append(std::string_view id, const Words& words, const Directory& directory,
            base::v1::Text* text) {
  const auto* prompt = directory.FindPrompt(id);
  if (prompt == nullptr) return;
  absl::StrAppend(text->mutable_zh(), absl::StrReplaceAll(prompt->text().zh(), words));
  absl::StrAppend(text->mutable_en(), text->en().empty() ? "" : " ",
                  absl::StrReplaceAll(prompt->text().en(), words));
}

}  // namespace

std::optional<v1::GuideEntry> GuideTo(OfficeIndex office, AreaIndex from, absl::Time at,
                                      const Directory& directory) {
  const auto path = PathTo(office, directory);
  if (!path) return {};
  const auto& offices = directory.offices();
  v1::GuideEntry entry;
  entry.set_office(offices[office].code);
  entry.set_name(offices[office].name);
  entry.set_local(from != kNoArea && from == path->place.area);
  entry.set_dialled(entry.local() ? directory.numbering().short_number : path->dialled);
  // Who lives where an area code has one place left is not asked for it.
  const directory::Area& area = directory.plan()[path->place.area];
  const bool asked = path->place_keys > 0 && !(entry.local() && area.Homes().size() == 1);
  const std::string_view place_keys = std::string_view(path->keys).substr(0, path->place_keys);
  const std::string_view keys = std::string_view(path->keys).substr(path->place_keys);
  if (asked) entry.set_place_keys(std::string(place_keys));
  entry.set_keys(absl::StrCat(asked ? ToAbsl(place_keys) : "", ToAbsl(keys)));
  const Words words = {{"{office}", offices[office].name},
                       {"{number}", directory.hotline().number()},
                       {"{dialled}", entry.dialled()},
                       {"{area}", area.code}};
  base::v1::Text* text = entry.mutable_text();
  Append(entry.local() ? "guide_local" : "guide_distant", words, directory, text);
  if (asked) {
    Append("guide_shared",
           {{"{keys}", Spelled(place_keys)},
            {"{key}", directory.menus().back_key()},
            {"{place}", offices[path->place.locality].name}},
           directory, text);
  }
  const bool has_menu = EntryOf(path->place, directory).choices > 0;
  if (!keys.empty()) {
    Append("guide_keys", {{"{keys}", Spelled(keys)}}, directory, text);
  } else if (has_menu) {
    Append("guide_wait", {}, directory, text);
  }
  const OfficeIndex served = directory.NearestOpen(office, at);
  if (served != office && served != directory::kNoOffice)
    Append("guide_served_by", {{"{office}", offices[served].name}}, directory, text);
  return entry;
}

std::vector<v1::GuideEntry> GuideOf(AreaIndex area, absl::Time at, const Directory& directory) {
  std::vector<v1::GuideEntry> entries;
  for (size_t i = 0; i < directory.offices().size(); ++i) {
    const auto office = static_cast<OfficeIndex>(i);
    const auto path = PathTo(office, directory);
    if (!path || path->place.area != area) continue;
    if (auto entry = GuideTo(office, kNoArea, at, directory)) entries.push_back(*std::move(entry));
  }
  return entries;
}

std::variant<std::vector<v1::GuideEntry>, Rejection> GuideFor(
    const v1::GetDialGuideRequest& request, absl::Time at, const Directory& directory) {
  const auto invalid = [](const char* field, const std::string& value, const char* message) {
    return InvalidField(field, value.substr(0, 16), "R-121", message);
  };
  const bool one = !request.office().empty();
  if (one == !request.area().empty())
    return invalid("area", request.area(), "is given, or an office, and not both");
  const std::string& code = one ? request.from_area() : request.area();
  const AreaIndex area = directory.plan().FindArea(code);
  if (area == kNoArea && !code.empty())
    return invalid(one ? "from_area" : "area", code, "is no area code of the number plan");
  if (!one) return GuideOf(area, at, directory);
  const OfficeIndex office = directory.offices().Find(request.office());
  if (office == directory::kNoOffice)
    return invalid("office", request.office(), "is not an office of the directory");
  auto entry = GuideTo(office, area, at, directory);
  if (!entry) return invalid("office", request.office(), "is led to by no area code");
  return std::vector<v1::GuideEntry>{*std::move(entry)};
}

}  // namespace tierline::routing
