#pragma once

#include <string>
#include <vector>

#include "tierline/directory/v1/pack.pb.h"

// A whole pack, its name and its pieces.

namespace tierline::directory {

struct Pack {
  v1::PackPart tables;
  std::string hash;  // of HashPack
  v1::PackCounts counts;
};

// SHA-256 of the tables, hex: the same tables have the same hash, however they were sent.
std::string HashPack(const v1::PackPart& tables);

// Rows of each table; `parts` is left 0.
v1::PackCounts CountPack(const v1::PackPart& tables);

// Pieces of at most about `bytes_max`, in the order of the tables; their merge is `tables`.
std::vector<v1::PackPart> SplitPack(const v1::PackPart& tables, size_t bytes_max);

// What is wrong with `given` against `actual`, or empty: "offices: 3215, not 3216". `parts` is not
// compared.
std::string CompareCounts(const v1::PackCounts& given, const v1::PackCounts& actual);

}  // namespace tierline::directory
