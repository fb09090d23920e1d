#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/text.h"

namespace tierline::directory {

// What is wrong with one field of a pack.
struct Fault {
  std::string path;     // of the field in the PackPart: "lines[15].number", "hours.hours[1].parent"
  std::string value;    // as it stands there, at most 64 bytes
  std::string message;  // what is wrong with it: "is bound to 110101 already"
  std::string rule;     // R-…

  // "number: '+8610…' is bound to 110101 already (R-117)"
  std::string Sentence() const;
};

// No more are looked for.
inline constexpr size_t kFaultsMax = 20;

// Collects faults; those beyond kFaultsMax are dropped.
class Faults {
 public:
  void Add(std::string path, std::string_view value, std::string message, std::string_view rule) {
    if (all_.size() >= kFaultsMax) return;
    all_.push_back(
        {std::move(path), std::string(value.substr(0, 64)), std::move(message), std::string(rule)});
  }
  bool empty() const { return all_.empty(); }
  std::vector<Fault> Take() { return std::move(all_); }

  // "lines[15].number"
  static std::string Path(std::string_view table, int row, std::string_view field) {
    return absl::StrCat(ToAbsl(table), "[", row, "].", ToAbsl(field));
  }

 private:
  std::vector<Fault> all_;
};

// `text` is `digits_min` to `digits_max` ASCII digits.
bool IsDigits(std::string_view text, size_t digits_min, size_t digits_max);

}  // namespace tierline::directory
