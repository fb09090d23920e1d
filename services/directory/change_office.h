#pragma once

#include <optional>

#include "base/service.h"
#include "directory/directory.h"
#include "tierline/directory/v1/office.pb.h"

namespace tierline::directory {

// What is wrong with `change` of the tree of `directory`, or nothing: it fits. The tree
// stays a tree whose levels go down, a province has one seat, and no locality lies in another one.
// Used by the decision and, since publications may come in any order of their instants, by the
// fold.
std::optional<Rejection> CheckChange(const v1::OfficeChange& change, const Directory& directory);

}  // namespace tierline::directory
