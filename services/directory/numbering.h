#pragma once

#include "base/numbering_rules.h"
#include "tierline/directory/v1/pack.pb.h"

namespace tierline::directory {

// The pack's numbering; what it does not state is as in mainland China.
NumberingRules NumberingOf(const v1::Hotline& hotline);

}  // namespace tierline::directory
