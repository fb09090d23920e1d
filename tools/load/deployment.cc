#include "tools/load/deployment.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "tools/load/step.h"

namespace tierline::load {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAllRoles = "all";

std::string_view RoleOf(std::string_view rpc_service) {
  if (rpc_service == kRoutingService || rpc_service == kDirectoryService) return "routing";
  if (rpc_service == kIntakeService) return "intake";
  if (rpc_service == kEscalationService) return "escalation";
  return rpc_service == kReportingService ? "reporting" : "";
}

// What all replicas on one log must share. It seals nothing that is worth a secret.
absl::Status WriteMasterKey(const std::string& path) {
  std::ofstream file(path);
  const Hash key = Sha256Of(path);
  file << HexOf(Bytes(key)) << "\n";
  file.close();
  std::error_code error;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, error);
  return file && !error ? absl::OkStatus()
                        : absl::UnavailableError(absl::StrCat("can not write ", path));
}

}  // namespace

bool Replica::Answers(std::string_view rpc_service) const {
  return role == kAllRoles || rpc_service == kReplicaService || role == RoleOf(rpc_service);
}

absl::StatusOr<std::unique_ptr<Deployment>> Deployment::Alone(const DeploymentOptions& options) {
  std::unique_ptr<Deployment> deployment(new Deployment);
  deployment->replicas_.push_back(
      {"the server", std::string(kAllRoles), std::make_unique<ServerProcess>(options.server)});
  const absl::Status status = deployment->LaunchAll();
  if (!status.ok()) return status;
  return deployment;
}

absl::StatusOr<std::unique_ptr<Deployment>> Deployment::OnKafka(const DeploymentOptions& options,
                                                                std::unique_ptr<Brokers> brokers) {
  std::unique_ptr<Deployment> deployment(new Deployment);
  deployment->brokers_ = std::move(brokers);
  const size_t copies = std::min<size_t>(deployment->brokers_->addresses().size(), 3);
  const std::string key = options.server.work_dir + "/master.key";
  absl::Status status = WriteMasterKey(key);
  if (!status.ok()) return status;
  for (const char* role : {"routing", "intake", "escalation", "reporting"}) {
    for (int number = 1; number <= 2; ++number) {
      ServerOptions server = options.server;
      server.name = absl::StrCat(role, "-", number);
      server.data_dir = absl::StrCat(options.server.data_dir, "/", server.name);
      if (!options.listen.empty()) server.listen = options.listen[deployment->replicas_.size()];
      server.arguments = {"--engine",
                          "kafka",
                          "--roles",
                          role,
                          "--instance",
                          server.name,
                          "--kafka-brokers",
                          deployment->brokers_->bootstrap(),
                          "--kafka-replication",
                          absl::StrCat(copies),
                          "--partitions",
                          absl::StrCat(options.partitions),
                          "--master-key-file",
                          key};
      server.arguments.insert(server.arguments.end(), options.server.arguments.begin(),
                              options.server.arguments.end());
      deployment->replicas_.push_back({server.name, role, std::make_unique<ServerProcess>(server)});
    }
  }
  status = deployment->LaunchAll();
  if (!status.ok()) return status;
  return deployment;
}

absl::Status Deployment::LaunchAll() {
  for (Replica& replica : replicas_) {
    absl::Status status = replica.process->Launch();
    if (!status.ok()) return status;
  }
  return WaitUntilServes();
}

std::vector<Replica*> Deployment::Victims() {
  std::vector<Replica*> victims;
  for (Replica& replica : replicas_) {
    if (replica.role == kAllRoles || replica.name == "routing-1" || replica.name == "intake-1") {
      victims.push_back(&replica);
    }
  }
  return victims;
}

absl::Status Deployment::KillAndLaunch(const std::vector<Replica*>& victims) {
  for (Replica* victim : victims) victim->process->Kill();
  absl::Status status;
  for (Replica* victim : victims) status.Update(victim->process->Launch());
  return status;
}

absl::StatusOr<bool> Deployment::Serves() {
  bool all = true;
  for (Replica& replica : replicas_) {
    const auto serves = replica.process->Serves();
    if (!serves.ok()) return serves;
    all = all && *serves;
  }
  return all;
}

absl::Status Deployment::WaitUntilServes() {
  for (Replica& replica : replicas_) {
    absl::Status status = replica.process->WaitUntilServes();
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

std::vector<std::string> Deployment::Describe() const {
  std::vector<std::string> lines;
  for (const Replica& replica : replicas_) {
    lines.push_back(absl::StrCat(replica.name, ": process ", replica.process->pid(), " serves at ",
                                 replica.process->address(), " with its data in ",
                                 replica.process->data_dir()));
  }
  if (brokers_) lines.push_back("the log is on Apache Kafka at " + brokers_->bootstrap());
  return lines;
}

void Deployment::Leave() {
  for (Replica& replica : replicas_) replica.process->Leave();
  if (brokers_) brokers_->Leave();
}

std::vector<std::string> Deployment::StopCommands() const {
  std::string kill = "kill";
  for (const Replica& replica : replicas_) absl::StrAppend(&kill, " ", replica.process->pid());
  std::vector<std::string> commands = {kill};
  if (brokers_) commands.push_back(brokers_->StopCommand());
  return commands;
}

}  // namespace tierline::load
