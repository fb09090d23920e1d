#pragma once

#include <string>
#include <string_view>

#include "tierline/events/v1/event.pb.h"
#include "tools/cli/labels.h"

namespace tierline::cli {

// What happened, in one phrase: "rang 340100 合肥市: own locality". No sealed text is shown.
std::string PhraseOf(const events::v1::Event& event, Labels* labels);

// "inquiry-opened" of "tierline.intake.inquiry-opened.v1".
std::string_view ShortType(std::string_view type);
// "intake" of "/tierline/intake".
std::string_view Writer(std::string_view source);

}  // namespace tierline::cli
