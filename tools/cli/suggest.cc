#include "tools/cli/suggest.h"

#include <algorithm>
#include <numeric>

namespace tierline::cli {
namespace {

// Insertions, deletions and substitutions from `a` to `b` (Levenshtein).
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string Suggest(std::string_view word, const std::vector<std::string>& names) {
  std::string best;
  size_t best_distance = word.size() / 3 + 1;  // one slip in short words
  for (const std::string& name : names) {
    const size_t distance = Distance(word, name);
    if (distance <= best_distance && (best.empty() || distance < best_distance)) {
      best = name;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace tierline::cli
