#include "tools/load/table.h"

#include <algorithm>

namespace tierline::load {
namespace {

// Columns on a terminal: UTF-8 of three bytes or more is taken to be wide, but for a few signs.
size_t Width(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) == 0x80) continue;
    width += byte >= 0xe3 ? 2 : 1;
  }
  return width;
}

bool IsFigure(std::string_view text) {
  return text.empty() || text.find_first_not_of("0123456789,.:%- ") == std::string_view::npos;
}

}  // namespace

std::string Table::ToString() const {
  std::vector<size_t> widths(rows_.front().size());
  std::vector<bool> right(rows_.front().size(), rows_.size() > 1);
  right[0] = false;
  for (size_t r = 0; r < rows_.size(); ++r) {
    for (size_t c = 0; c < rows_[r].size(); ++c) {
      widths[c] = std::max(widths[c], Width(rows_[r][c]));
      if (r > 0 && !IsFigure(rows_[r][c])) right[c] = false;
    }
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line = " ";
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string padding(widths[c] - Width(row[c]), ' ');
      line += right[c] ? " " + padding + row[c] + " " : " " + row[c] + padding + " ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string Figure(int64_t number) {
  std::string digits = std::to_string(number < 0 ? -number : number);
  for (int64_t i = std::ssize(digits) - 3; i > 0; i -= 3) {
    digits.insert(static_cast<size_t>(i), ",");
  }
  return number < 0 ? "-" + digits : digits;
}

}  // namespace tierline::load
