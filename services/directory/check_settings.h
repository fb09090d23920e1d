#pragma once

#include "directory/faults.h"
#include "tierline/directory/v1/pack.pb.h"

// The part of validate.h about settings: what is not the tree, the plan or the lines.

namespace tierline::directory {

//
void CheckCategories(const v1::PackPart& pack, Faults* faults);
void CheckPolicies(const v1::PackPart& pack, Faults* faults);
void CheckFees(const v1::PackPart& pack, Faults* faults);
void CheckMenus(const v1::PackPart& pack, Faults* faults);
// the dates of the calendar, and which hours there are for whom. Whether the hours make a
// calendar is for CompileHours to say.
void CheckCalendar(const v1::PackPart& pack, Faults* faults);
void CheckHoursBook(const v1::PackPart& pack, Faults* faults);

}  // namespace tierline::directory
