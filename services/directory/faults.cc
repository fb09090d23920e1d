#include "directory/faults.h"

namespace tierline::directory {

std::string Fault::Sentence() const {
  const size_t dot = path.rfind('.');
  const std::string field = dot == std::string::npos ? path : path.substr(dot + 1);
  return field + ": '" + value + "' " + message + " (" + rule + ")";
}

bool IsDigits(std::string_view text, size_t digits_min, size_t digits_max) {
  return text.size() >= digits_min && text.size() <= digits_max &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace tierline::directory
