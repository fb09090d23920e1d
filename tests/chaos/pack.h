#pragma once

#include <array>
#include <string_view>

#include "directory/pack.h"

namespace tierline::chaos {

// The numbers and codes of deploy/packs/demo-2345 that are used here.
inline constexpr std::string_view kHotline = "2345";
inline constexpr std::array<std::string_view, 4> kOffices = {"900000", "910000", "920100",
                                                             "930000"};
inline constexpr std::array<std::string_view, 4> kCategories = {"billing", "supply", "quality",
                                                                "ideas"};
inline constexpr std::string_view kPolicy = "standard";
// No clock runs longer than this.
inline constexpr int kLimitMaxS = 8;

// `pack` with limits of seconds instead of days, so that clocks run out while things go wrong: it
// is data, and the services are none the wiser.
directory::Pack HurriedPack(directory::Pack pack);

}  // namespace tierline::chaos
