#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Tables for terminals, in which a Chinese character takes two columns.

namespace tierline::cli {

// Columns that `text` takes in a terminal: 2 for wide characters (Unicode UAX #11 W and F), 0 for
// combining ones.
int DisplayWidth(std::string_view text);

// `text` with control characters replaced, so that nobody's data can move the cursor.
std::string Printable(std::string_view text);

// Rows under a header, two spaces between columns, nothing after the last one.
//
//   Table table({"OFFICE", "NAME", ">CALLS"});   // > aligns to the right
//   table.Add({"340100", "合肥市", "12"});
//   std::cout << table.ToString(color);
//
//   OFFICE  NAME    CALLS
//   340100  合肥市     12
class Table {
 public:
  explicit Table(std::vector<std::string> header);

  // An empty cell is shown as "-". Missing cells are empty.
  void Add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  // With `color` the header is bold and the words ok, warn and fail have their colours.
  std::string ToString(bool color) const;

 private:
  std::vector<std::string> header_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

// "name  value" lines with the values aligned; lines without a value are left out.
using Fields = std::vector<std::pair<std::string, std::string>>;
std::string FieldsToString(const Fields& fields);

}  // namespace tierline::cli
