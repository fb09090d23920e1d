#include "routing/prompts.h"

#include <algorithm>

#include "absl/strings/str_replace.h"

namespace tierline::routing {
namespace {

using directory::Directory;
using directory::kNoOffice;
using directory::OfficeIndex;

// Adds the prompt `id`, naming `office` and `key`.
void Say(std::string_view id, OfficeIndex office, const std::string& key,
         const Directory& directory, Prompts* out) {
  const auto* prompt = directory.FindPrompt(id);
  if (prompt == nullptr) return;
  v1::SpokenPrompt& spoken = out->emplace_back();
  const std::string name = office == kNoOffice ? "" : directory.offices()[office].name;
  const auto filled = [&](const std::string& text) {
    return absl::StrReplaceAll(text, {{"{office}", name}, {"{key}", key}});
  };
  spoken.set_prompt_id(prompt->id());
  spoken.mutable_text()->set_zh(filled(prompt->text().zh()));
  spoken.mutable_text()->set_en(filled(prompt->text().en()));
  if (office != kNoOffice) spoken.set_office(directory.offices()[office].code);
  spoken.set_key(key);
}

void SayPage(Place place, size_t page, const Directory& directory, Prompts* out) {
  const size_t choices = EntryOf(place, directory).choices;
  const size_t first = page * PageSize(directory);
  const size_t end = std::min(choices, first + PageSize(directory));
  for (size_t i = first; i < end; ++i) {
    const std::string key(1, static_cast<char>('1' + (i - first)));
    Say("entry", ChoiceAt(place, i, directory).office, key, directory, out);
  }
  if (Pages(place, directory) > 1) {
    Say("next_page", kNoOffice, directory.menus().next_page_key(), directory, out);
  }
}

}  // namespace

Prompts MenuPrompts(const MenuStep& step, const Directory& directory) {
  Prompts prompts;
  if (step.over || step.place.area == directory::kNoArea) return prompts;
  if (step.wrong > 0) {
    Say(step.timed_out ? "no_input" : "wrong_key", kNoOffice, "", directory, &prompts);
  } else if (step.page == 0) {
    const bool shared = step.place.locality == kNoOffice;
    Say(shared ? "shared_area_menu" : "area_menu", kNoOffice, "", directory, &prompts);
  }
  SayPage(step.place, step.page, directory, &prompts);
  return prompts;
}

Prompts CallPrompts(const events::v1::Decision& decision, const Directory& directory) {
  if (decision.action() == events::v1::ROUTE_ACTION_MENU) {
    const OfficeIndex locality = directory.offices().Find(decision.locality());
    return MenuPrompts({.place = {directory.plan().FindArea(decision.menu_area()), locality}},
                       directory);
  }
  Prompts prompts;
  if (decision.action() == events::v1::ROUTE_ACTION_REJECT) {
    Say("rejected", kNoOffice, "", directory, &prompts);
    return prompts;
  }
  const OfficeIndex served = directory.offices().Find(decision.served_office());
  const auto& reasons = decision.reasons();
  if (std::count(reasons.begin(), reasons.end(), events::v1::ROUTE_REASON_OVERFLOW) > 0) {
    Say("overflow", served, "", directory, &prompts);
  } else if (served != kNoOffice && decision.served_office() != decision.intended_office()) {
    Say("served_by_other", served, "", directory, &prompts);
  }
  if (decision.action() == events::v1::ROUTE_ACTION_VOICE) {
    Say("after_hours", kNoOffice, "", directory, &prompts);
  }
  return prompts;
}

Prompts NotAnsweredPrompts(const Directory& directory) {
  Prompts prompts;
  Say("not_answered", kNoOffice, "", directory, &prompts);
  return prompts;
}

}  // namespace tierline::routing
