#pragma once

#include "tierline/directory/v1/directory.pb.h"

namespace tierline::directory {

// What changes from pack `before` to pack `after`, one entry for each table that does.
v1::DiffPackResponse DiffPacks(const v1::PackPart& before, const v1::PackPart& after);

}  // namespace tierline::directory
