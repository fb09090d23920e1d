#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/text.h"
#include "directory/pack_reader.h"
#include "tierline/directory/v1/directory.pb.h"
#include "tools/cli/commands.h"

namespace tierline::cli {
namespace {

namespace fs = std::filesystem;

// A part with what is around it stays below the 1 MiB that StagePack takes.
constexpr size_t kPartBytesMax = 900 << 10;
constexpr uintmax_t kFileBytesMax = 64 << 20;

struct LoadOptions {
  std::string path;
  std::string policy;
  bool yes = false;
};

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

void PrintPack(Program* program, const directory::Pack& pack) {
  const auto& hotline = pack.tables.hotline();
  program->out().Print(Fields{{"pack", absl::StrCat(hotline.name(), " ", hotline.title().zh())},
                              {"hash", pack.hash},
                              {"offices", std::to_string(pack.counts.offices())},
                              {"lines", std::to_string(pack.counts.lines())},
                              {"area codes", std::to_string(pack.counts.area_codes())},
                              {"exchanges", std::to_string(pack.counts.exchanges())},
                              {"mobile prefixes", std::to_string(pack.counts.mobile_prefixes())},
                              {"calendar days", std::to_string(pack.counts.calendar_days())},
                              {"categories", std::to_string(pack.counts.categories())},
                              {"policies", std::to_string(pack.counts.policies())}});
}

// What is in force; an empty reply when nothing is yet.
ExitCode InForce(Program* program, directory::v1::GetDirectoryResponse* current) {
  const rpc::RpcStatus status =
      program->Call(kDirectory, "GetDirectory", directory::v1::GetDirectoryRequest(), current);
  if (ExitCodeOf(status) == kRefused) {
    const bool none_yet = status.code == absl::StatusCode::kNotFound ||
                          status.code == absl::StatusCode::kFailedPrecondition;
    if (none_yet) return kOk;
  }
  if (!status.ok()) Complain(status, "");
  return ExitCodeOf(status);
}

ExitCode Stage(Program* program, directory::Pack* pack) {
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
    std::cerr << (terminal ? "\r" : "") << "staged " << i + 1 << " of " << parts.size()
              << (terminal && i + 1 < parts.size() ? "" : "\n") << std::flush;
  }
  return kOk;
}

ExitCode ShowChanges(Program* program, const directory::Pack& pack) {
  directory::v1::DiffPackRequest request;
  directory::v1::DiffPackResponse response;
  request.set_pack_hash(pack.hash);
  *request.mutable_counts() = pack.counts;
  const ExitCode code = program->Ask(kDirectory, "DiffPack", request, &response);
  if (code != kOk || program->out().json()) return code;
  Table table({"TABLE", ">ADDED", ">REMOVED", ">CHANGED", "FOR EXAMPLE"});
  for (const auto& change : response.changes()) {
    table.Add({change.table(), std::to_string(change.added()), std::to_string(change.removed()),
               std::to_string(change.changed()), absl::StrJoin(change.examples(), ", ")});
  }
  program->out().Print("");
  program->out().Print(table);
  return kOk;
}

bool Confirmed() {
  std::cout << "\nActivate? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

ExitCode Activate(Program* program, const directory::Pack& pack) {
  directory::v1::ActivatePackRequest request;
  directory::v1::ActivatePackResponse response;
  request.set_pack_hash(pack.hash);
  *request.mutable_counts() = pack.counts;
  return program->Send(kDirectory, "ActivatePack", &request, &response);
}

ExitCode StageAndActivate(Program* program, directory::Pack* pack, bool yes) {
  if (!yes && isatty(STDIN_FILENO) != 1) {
    Complain("nobody is there to ask: say --yes to activate the pack; nothing was sent");
    return kUsage;
  }
  ExitCode code = Stage(program, pack);
  if (code == kOk) code = ShowChanges(program, *pack);
  if (code != kOk) return code;
  if (!yes && !Confirmed()) {
    Complain("not activated; what was staged has no effect");
    return kUsage;
  }
  return Activate(program, *pack);
}

ExitCode SelectPolicy(Program* program, const std::string& policy) {
  directory::v1::SelectPolicyRequest request;
  directory::v1::SelectPolicyResponse response;
  request.set_policy(policy);
  return program->Send(kDirectory, "SelectPolicy", &request, &response);
}

// Prints what is in force now, after `done`.
ExitCode Conclude(Program* program, std::string_view done) {
  directory::v1::GetDirectoryResponse current;
  const ExitCode code = InForce(program, &current);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(current);
    return kOk;
  }
  program->out().Print("");
  program->out().Print(
      absl::StrCat(ToAbsl(done), ": ", current.pack_hash(), ", policy ", current.policy()));
  return kOk;
}

ExitCode Load(Program* program, const LoadOptions& options) {
  directory::Pack pack;
  ExitCode code = ReadPackAt(options.path, &pack);
  if (code != kOk) return code;
  if (!program->out().json()) PrintPack(program, pack);
  directory::v1::GetDirectoryResponse current;
  code = InForce(program, &current);
  if (code != kOk) return code;
  const bool already = current.pack_hash() == pack.hash;
  if (!already) {
    code = StageAndActivate(program, &pack, options.yes);
    if (code != kOk) return code;
  }
  const std::string& policy = already ? current.policy() : pack.tables.hotline().policy();
  if (!options.policy.empty() && options.policy != policy) {
    code = SelectPolicy(program, options.policy);
    if (code != kOk) return code;
  }
  return Conclude(program, already ? "already in force" : "in force");
}

}  // namespace

void AddDirectoryLoad(CLI::App* directory, Program* program) {
  CLI::App* command = AddCommand(
      directory, "load", "Puts a pack in force: reads it, shows what changes, asks, activates",
      "tierline directory load deploy/packs/12371\n"
      "tierline directory load deploy/packs/12371 --policy bureau-12345 --yes");
  auto options = std::make_shared<LoadOptions>();
  command->add_option("path", options->path, "Folder of the pack")
      ->required()
      ->check(CLI::ExistingDirectory);
  command->add_flag("--yes", options->yes, "Do not ask");
  command->add_option("--policy", options->policy,
                      "Profile of limits to put in force; else the pack's");
  program->OnRun(command, [=] { return Load(program, *options); });
}

}  // namespace tierline::cli
