#include <unistd.h>

#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/text.h"
#include "tierline/directory/v1/directory.pb.h"
#include "tools/cli/commands.h"
#include "tools/cli/labels.h"
#include "tools/cli/pack_file.h"

namespace tierline::cli {
namespace {

struct LoadOptions {
  std::string path;
  std::string policy;
  int64_t effective_at_ms = 0;
  bool yes = false;
};

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

// What is in force where `read` was read; an empty reply when nothing is yet.
ExitCode InForce(Program* program, const base::v1::Position& read,
                 directory::v1::GetDirectoryResponse* current) {
  directory::v1::GetDirectoryRequest request;
  *request.mutable_min_position() = read;
  const rpc::RpcStatus status = program->Call(kDirectory, "GetDirectory", request, current);
  if (ExitCodeOf(status) == kRefused) {
    const bool none_yet = status.code == absl::StatusCode::kNotFound ||
                          status.code == absl::StatusCode::kFailedPrecondition;
    if (none_yet) return kOk;
  }
  if (!status.ok()) Complain(status, "");
  return ExitCodeOf(status);
}

ExitCode ShowChanges(Program* program, const directory::Pack& pack,
                     const base::v1::Position& staged) {
  directory::v1::DiffPackRequest request;
  *request.mutable_min_position() = staged;
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

ExitCode Activate(Program* program, const directory::Pack& pack, int64_t effective_at_ms,
                  base::v1::Position* written) {
  directory::v1::ActivatePackRequest request;
  directory::v1::ActivatePackResponse response;
  request.set_pack_hash(pack.hash);
  *request.mutable_counts() = pack.counts;
  request.set_effective_at_ms(effective_at_ms);
  const ExitCode code = program->Send(kDirectory, "ActivatePack", &request, &response);
  *written = response.receipt().position();
  return code;
}

// `written`: where it was read that the pack is in force.
ExitCode StageAndActivate(Program* program, directory::Pack* pack, const LoadOptions& options,
                          base::v1::Position* written) {
  const bool yes = options.yes;
  if (!yes && isatty(STDIN_FILENO) != 1) {
    Complain("nobody is there to ask: say --yes to activate the pack; nothing was sent");
    return kUsage;
  }
  ExitCode code = StagePack(program, pack, written);
  if (code == kOk) code = ShowChanges(program, *pack, *written);
  if (code != kOk) return code;
  if (!yes && !Confirmed()) {
    Complain("not activated; what was staged has no effect");
    return kUsage;
  }
  return Activate(program, *pack, options.effective_at_ms, written);
}

ExitCode SelectPolicy(Program* program, const std::string& policy, int64_t effective_at_ms,
                      base::v1::Position* written) {
  directory::v1::SelectPolicyRequest request;
  directory::v1::SelectPolicyResponse response;
  request.set_policy(policy);
  request.set_effective_at_ms(effective_at_ms);
  const ExitCode code = program->Send(kDirectory, "SelectPolicy", &request, &response);
  *written = response.receipt().position();
  return code;
}

// Prints what is in force now, after `done`, which is read at `written`.
ExitCode Conclude(Program* program, std::string_view done, const base::v1::Position& written) {
  directory::v1::GetDirectoryResponse current;
  const ExitCode code = InForce(program, written, &current);
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
  base::v1::Position written;
  directory::v1::GetDirectoryResponse current;
  code = InForce(program, written, &current);
  if (code != kOk) return code;
  const bool already = current.pack_hash() == pack.hash;
  if (!already) {
    code = StageAndActivate(program, &pack, options, &written);
    if (code != kOk) return code;
  }
  const std::string& policy = already ? current.policy() : pack.tables.hotline().policy();
  if (!options.policy.empty() && options.policy != policy) {
    code = SelectPolicy(program, options.policy, options.effective_at_ms, &written);
    if (code != kOk) return code;
  }
  if (!already && options.effective_at_ms != 0 && !program->out().json()) {
    Labels labels(program);
    program->out().Print("");
    program->out().Print(absl::StrCat("published: in force from ",
                                      labels.Time(options.effective_at_ms), ", ", pack.hash));
  }
  const bool to_come = !already && options.effective_at_ms != 0;
  return Conclude(program,
                  already   ? "already in force"
                  : to_come ? "in force until then"
                            : "in force",
                  written);
}

}  // namespace

void AddDirectoryLoad(CLI::App* directory, Program* program) {
  CLI::App* command = AddCommand(
      directory, "load", "Puts a pack in force: reads it, shows what changes, asks, activates",
      "tierline directory load deploy/packs/12371\n"
      "tierline directory load deploy/packs/12371 --policy bureau-12345 --yes\n"
      "tierline directory load next --effective-at 2012-12-08T00:00:00+08:00 --yes");
  auto options = std::make_shared<LoadOptions>();
  command->add_option("path", options->path, "Folder of the pack")
      ->required()
      ->check(CLI::ExistingDirectory);
  command->add_flag("--yes", options->yes, "Do not ask");
  AddInstant(command, "--effective-at", &options->effective_at_ms,
             "From when it is in force, now or to come; none: at once");
  command->add_option("--policy", options->policy,
                      "Profile of limits to put in force; else the pack's");
  program->OnRun(command, [=] { return Load(program, *options); });
}

}  // namespace tierline::cli
