#pragma once

#include <string_view>

#include "absl/strings/string_view.h"

namespace tierline {

// Distributions build absl for C++14, where its string_view is a type of its own.
inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view ToStd(absl::string_view text) { return {text.data(), text.size()}; }

}  // namespace tierline
