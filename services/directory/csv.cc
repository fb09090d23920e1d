#include "directory/csv.h"

#include "base/utf8.h"

namespace tierline::directory {
namespace {

// The line of the first byte that is not UTF-8; 0: all is.
int LineNotUtf8(std::string_view text) {
  int line = 1;
  for (size_t at = 0; at < text.size();) {
    const size_t size = CharacterBytes(text.substr(at));
    if (size == 0) return line;
    if (text[at] == '\n') ++line;
    at += size;
  }
  return 0;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
  }

  absl::StatusOr<std::vector<CsvRow>> Run() {
    std::vector<CsvRow> rows;
    while (at_ < text_.size()) {
      CsvRow row{line_, {}};
      for (bool more = true; more;) {
        std::string cell;
        if (!Cell(&cell)) {
          return absl::InvalidArgumentError(std::to_string(row.line) +
                                            ": a quote is not closed, or text follows one");
        }
        row.cells.push_back(std::move(cell));
        more = at_ < text_.size() && text_[at_] == ',';
        if (more) ++at_;
      }
      EndLine();
      if (row.cells.size() > 1 || !row.cells[0].empty()) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  bool AtEnd() const {
    return at_ >= text_.size() || text_[at_] == ',' || text_[at_] == '\n' || text_[at_] == '\r';
  }

  bool Cell(std::string* cell) {
    if (at_ < text_.size() && text_[at_] == '"') return Quoted(cell);
    while (!AtEnd()) cell->push_back(text_[at_++]);
    return true;
  }

  bool Quoted(std::string* cell) {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        cell->push_back(text_[at_]);
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        cell->push_back('"');
        ++at_;
      } else {
        ++at_;
        return AtEnd();
      }
    }
    return false;
  }

  void EndLine() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
  }

  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

absl::StatusOr<std::vector<CsvRow>> ParseCsv(std::string_view text) {
  if (const int line = LineNotUtf8(text); line > 0) {
    return absl::InvalidArgumentError(std::to_string(line) + ": is not UTF-8");
  }
  return Parser(text).Run();
}

}  // namespace tierline::directory
