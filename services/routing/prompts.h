#pragma once

#include <vector>

#include "routing/entry.h"
#include "routing/menu.h"
#include "tierline/routing/v1/routing.pb.h"

// What is said to a caller: the pack's prompts, in the pack's languages, everything filled in
// . A prompt that the pack does not have is left out.

namespace tierline::routing {

using Prompts = std::vector<v1::SpokenPrompt>;

// Before anything else of `decision` happens: that the call is rejected, who serves it, the
// automated voice, the first page of a menu.
Prompts CallPrompts(const events::v1::Decision& decision, const directory::Directory& directory);

// Of a step in a menu: what was wrong, then the page. Nothing when it is over.
Prompts MenuPrompts(const MenuStep& step, const directory::Directory& directory);

// Nobody took the call, and it goes nowhere else.
Prompts NotAnsweredPrompts(const directory::Directory& directory);

}  // namespace tierline::routing
