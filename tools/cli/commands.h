#pragma once

#include "tools/cli/program.h"

// The commands, one file each. Each adds itself to `root`.

namespace tierline::cli {

void AddRoute(CLI::App* root, Program* program);
void AddGuide(CLI::App* root, Program* program);
void AddCall(CLI::App* root, Program* program);
void AddCallReports(CLI::App* call, Program* program);  // a part of AddCall
void AddInquiryCommands(CLI::App* root, Program* program);
void AddSupervisionCommands(CLI::App* inquiry, Program* program);  // a part of the above
void AddHistory(CLI::App* root, Program* program);
void AddReport(CLI::App* root, Program* program);
void AddDirectory(CLI::App* root, Program* program);
void AddDirectoryLoad(CLI::App* directory, Program* program);  // parts of AddDirectory
void AddDirectoryPlan(CLI::App* directory, Program* program);
void AddLineCommands(CLI::App* root, Program* program);
void AddDuty(CLI::App* root, Program* program);
void AddInfo(CLI::App* root, Program* program);
void AddFees(CLI::App* root, Program* program);
void AddDeadline(CLI::App* root, Program* program);
void AddEvents(CLI::App* root, Program* program);
void AddDoctor(CLI::App* root, Program* program);
void AddTopics(CLI::App* root, Program* program);
void AddCompletion(CLI::App* root, Program* program);
void AddVersion(CLI::App* root, Program* program);

}  // namespace tierline::cli
