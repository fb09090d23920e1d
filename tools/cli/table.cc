#include "tools/cli/table.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace tierline::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Unicode 15, EastAsianWidth W and F, neighbouring blocks joined.
constexpr std::array kWide = {
    Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0x33FF},
    Range{0x3400, 0x4DBF},   Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},
    Range{0xA960, 0xA97F},   Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},
    Range{0xFE30, 0xFE6F},   Range{0xFF01, 0xFF60},   Range{0xFFE0, 0xFFE6},
    Range{0x1F300, 0x1F64F}, Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD},
};
constexpr std::array kNoWidth = {
    Range{0x0300, 0x036F},
    Range{0x200B, 0x200F},
    Range{0x20D0, 0x20FF},
    Range{0xFE00, 0xFE0F},
};

template <size_t N>
bool In(const std::array<Range, N>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& range) { return range.first <= c && c <= range.last; });
}

// Takes one character off `text`; a byte that is not UTF-8 counts as a character.
char32_t TakeCharacter(std::string_view* text) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>((*text)[i]); };
  const uint8_t lead = byte(0);
  const size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (size == 1 || size > text->size()) {
    text->remove_prefix(1);
    return lead;
  }
  char32_t c = lead & (0xFF >> (size + 1));
  for (size_t i = 1; i < size; ++i) c = (c << 6) | (byte(i) & 0x3F);
  text->remove_prefix(size);
  return c;
}

void Pad(std::string* out, int columns) {
  if (columns > 0) out->append(static_cast<size_t>(columns), ' ');
}

std::string_view ColorOf(std::string_view cell) {
  if (cell == "ok" || cell == "verified") return "\x1b[32m";
  if (cell == "warn") return "\x1b[33m";
  if (cell == "fail") return "\x1b[31m";
  return "";
}

}  // namespace

int DisplayWidth(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const char32_t c = TakeCharacter(&text);
    width += In(kWide, c) ? 2 : In(kNoWidth, c) ? 0 : 1;
  }
  return width;
}

std::string Printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x20 || byte == 0x7F) c = byte == '\n' || byte == '\t' ? ' ' : '?';
  }
  // U+0080 to U+009F are control characters too; in UTF-8 they begin with C2.
  for (size_t i = 0; i + 1 < out.size(); ++i) {
    if (static_cast<uint8_t>(out[i]) == 0xC2 && static_cast<uint8_t>(out[i + 1]) < 0xA0) {
      out.replace(i, 2, "?");
    }
  }
  return out;
}

Table::Table(std::vector<std::string> header) : header_(std::move(header)) {
  for (std::string& name : header_) {
    right_.push_back(!name.empty() && name[0] == '>');
    if (right_.back()) name.erase(0, 1);
  }
}

void Table::Add(std::vector<std::string> cells) {
  cells.resize(header_.size());
  for (std::string& cell : cells) cell = cell.empty() ? "-" : Printable(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::ToString(bool color) const {
  std::vector<int> widths;
  for (size_t i = 0; i < header_.size(); ++i) {
    int width = DisplayWidth(header_[i]);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[i]));
    widths.push_back(width);
  }
  std::string out;
  auto add_row = [&](const std::vector<std::string>& cells, bool header) {
    for (size_t i = 0; i < cells.size(); ++i) {
      const int padding = widths[i] - DisplayWidth(cells[i]);
      const std::string_view paint = !color ? "" : header ? "\x1b[1m" : ColorOf(cells[i]);
      if (right_[i]) Pad(&out, padding);
      out.append(paint).append(cells[i]).append(paint.empty() ? "" : "\x1b[0m");
      if (i + 1 == cells.size()) break;
      if (!right_[i]) Pad(&out, padding);
      out += "  ";
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  };
  add_row(header_, true);
  for (const auto& row : rows_) add_row(row, false);
  return out;
}

std::string FieldsToString(const Fields& fields) {
  int width = 0;
  for (const auto& [name, value] : fields) {
    if (!value.empty()) width = std::max(width, DisplayWidth(name));
  }
  std::string out;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    out += name;
    Pad(&out, width - DisplayWidth(name) + 2);
    out += Printable(value);
    out += '\n';
  }
  return out;
}

}  // namespace tierline::cli
