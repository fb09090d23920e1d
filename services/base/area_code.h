#pragma once

#include <string_view>

namespace tierline {

// Of the shape of an area code with its trunk prefix: "010", "0551". Syntax only, and of any
// country: a 0 and one to four digits more. Which area codes exist is the number plan's.
inline bool LooksLikeAreaCode(std::string_view text) {
  return text.size() >= 2 && text.size() <= 5 && text[0] == '0' &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace tierline
