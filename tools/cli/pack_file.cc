#include "tools/cli/pack_file.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/text.h"
#include "directory/pack_reader.h"
#include "tierline/directory/v1/directory.pb.h"

namespace tierline::cli {
namespace {

namespace fs = std::filesystem;

// A part with what is around it stays below the 1 MiB that StagePack takes.
constexpr size_t kPartBytesMax = 900 << 10;
constexpr uintmax_t kFileBytesMax = 64 << 20;

bool ReadFile(const fs::path& path, std::string* content) {
  std::error_code error;
  if (fs::file_size(path, error) > kFileBytesMax || error) return false;
  std::ifstream file(path, std::ios::binary);
  content->assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  return !file.bad() && file.is_open();
}

ExitCode ReadFiles(const fs::path& root, std::map<std::string, std::string>* files) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end;
       it.increment(error)) {
    if (!it->is_regular_file()) continue;
    const std::string name = fs::relative(it->path(), root).generic_string();
    if (!ReadFile(it->path(), &(*files)[name])) {
      Complain(absl::StrCat("can not read ", it->path().string()));
      return kUsage;
    }
  }
  if (!error) return kOk;
  Complain(absl::StrCat("can not read ", root.string(), ": ", error.message()));
  return kUsage;
}

}  // namespace

ExitCode ReadPackAt(const std::string& path, directory::Pack* pack) {
  std::map<std::string, std::string> files;
  const ExitCode code = ReadFiles(path, &files);
  if (code != kOk) return code;
  absl::StatusOr<directory::Pack> read = directory::ReadPack(files);
  if (!read.ok()) {
    Complain(absl::StrCat("the pack at ", path, " is not valid; nothing was sent"));
    for (const auto& fault : absl::StrSplit(read.status().message(), '\n', absl::SkipEmpty())) {
      std::cerr << "  " << Printable(ToStd(fault)) << "\n";
    }
    return kUsage;
  }
  *pack = *std::move(read);
  return kOk;
}

ExitCode StagePack(Program* program, directory::Pack* pack, base::v1::Position* staged) {
  std::vector<directory::v1::PackPart> parts = directory::SplitPack(pack->tables, kPartBytesMax);
  pack->counts.set_parts(static_cast<int32_t>(parts.size()));
  const bool terminal = isatty(STDERR_FILENO) == 1;
  for (size_t i = 0; i < parts.size(); ++i) {
    directory::v1::StagePackRequest request;
    directory::v1::StagePackResponse response;
    request.set_pack_hash(pack->hash);
    request.set_index(static_cast<int32_t>(i));
    *request.mutable_part() = std::move(parts[i]);
    const ExitCode code = program->Send(kDirectory, "StagePack", &request, &response);
    if (code != kOk) return code;
    *staged = response.receipt().position();
    std::cerr << (terminal ? "\r" : "") << "staged " << i + 1 << " of " << parts.size()
              << (terminal && i + 1 < parts.size() ? "" : "\n") << std::flush;
  }
  return kOk;
}

}  // namespace tierline::cli
