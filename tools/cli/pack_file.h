#pragma once

#include <string>

#include "directory/pack.h"
#include "tierline/base/v1/base.pb.h"
#include "tools/cli/program.h"

// A pack in a folder of this machine, and its way to the server.

namespace tierline::cli {

// Reads and checks the pack at `path`; its faults are printed, with file and line.
ExitCode ReadPackAt(const std::string& path, directory::Pack* pack);

// Hands the pack in, piece by piece, without an effect yet; sets the parts of its counts. Whoever
// asks about what is staged asks for `staged`, where all of it was read.
ExitCode StagePack(Program* program, directory::Pack* pack, base::v1::Position* staged);

}  // namespace tierline::cli
