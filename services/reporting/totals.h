#pragma once

#include "base/service.h"
#include "directory/directory.h"
#include "reporting/reporting.h"
#include "tierline/reporting/v1/reporting.pb.h"

namespace tierline::reporting {

// Adds the rows of `service`, one partition's, that the request asks for to `response`. `directory`
// may be null when no subtree is asked for.
void AddRows(const v1::GetTotalsRequest& request, const ReportingService& service,
             const directory::Directory* directory, v1::GetTotalsResponse* response);

// Null, or what is wrong with the request.
std::optional<Rejection> CheckTotals(const v1::GetTotalsRequest& request,
                                     const directory::Directory* directory);

}  // namespace tierline::reporting
