#pragma once

#include <memory>
#include <string>

#include "tierline/base/v1/base.pb.h"
#include "tools/cli/program.h"

// What the files of `tierline info` share.

namespace tierline::cli {

// A section as a word, one of the three.
CLI::Option* AddSection(CLI::App* command, std::string name, std::shared_ptr<std::string> section);

// The text in both languages, below an empty line each.
void PrintText(Program* program, const base::v1::Text& text);

// Parts of AddInfo.
void AddInfoReads(CLI::App* info, Program* program);
void AddInfoRules(CLI::App* info, Program* program);

}  // namespace tierline::cli
