#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tierline::load {

// Columns of text for people. The first column and those that hold a letter are aligned left,
// figures right; Chinese characters are two columns wide.
//
//   Table table({"table", "added"});
//   table.Add({"offices", "3,216"});
//   std::fputs(table.ToString().c_str(), stdout);
class Table {
 public:
  explicit Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  // Lines that begin with two spaces.
  std::string ToString() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// "129,818"
std::string Figure(int64_t number);

}  // namespace tierline::load
