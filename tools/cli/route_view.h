#pragma once

#include "tierline/routing/v1/routing.pb.h"
#include "tools/cli/labels.h"
#include "tools/cli/table.h"

// A routing decision as a clerk reads it.

namespace tierline::cli {

void AddDecision(const events::v1::Decision& decision, Labels* labels, Fields* fields);
Table MenuTable(const routing::v1::Menu& menu);
// What to say to the caller.
Table PromptTable(const google::protobuf::RepeatedPtrField<routing::v1::SpokenPrompt>& prompts);
// An explanation: every rule, the conclusion, what it was decided with.
void PrintExplanation(const routing::v1::Explanation& explanation, Labels* labels,
                      const Output& out);

}  // namespace tierline::cli
