#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tierline::cli {

// The one of `names` that someone who wrote `word` most likely meant; empty when none is close.
std::string Suggest(std::string_view word, const std::vector<std::string>& names);

}  // namespace tierline::cli
