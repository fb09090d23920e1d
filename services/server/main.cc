// tierline-server: the one program. `--roles` picks the services of this process.

#include <csignal>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <variant>

#include "absl/synchronization/mutex.h"
#include "directory/directory_service.h"
#include "escalation/escalation.h"
#include "escalation/rpc.h"
#include "intake/intake.h"
#include "intake/rpc.h"
#include "reporting/reporting.h"
#include "reporting/rpc.h"
#include "routing/routing.h"
#include "routing/rpc.h"
#include "runtime/config/config.h"
#include "runtime/host/host.h"
#include "runtime/observe/log.h"
#include "sip/server.h"

namespace tierline {
namespace {

std::atomic<bool> stop{false};
std::atomic<bool> serving{false};

// What has claimed nothing yet has nothing to drain.
void OnStop(int) {
  if (!serving.load()) std::_Exit(0);
  stop.store(true);
}

std::vector<std::unique_ptr<Service>> MakeServices(const std::vector<base::v1::Service>& roles) {
  std::vector<std::unique_ptr<Service>> services;
  for (const base::v1::Service role : roles) {
    switch (role) {
      case base::v1::SERVICE_ROUTING:
        services.push_back(std::make_unique<routing::RoutingService>());
        break;
      case base::v1::SERVICE_INTAKE:
        services.push_back(std::make_unique<intake::IntakeService>());
        break;
      case base::v1::SERVICE_ESCALATION:
        services.push_back(std::make_unique<escalation::EscalationService>());
        break;
      case base::v1::SERVICE_REPORTING:
        services.push_back(std::make_unique<reporting::ReportingService>());
        break;
      default:
        break;  // the configuration admits no others
    }
  }
  return services;
}

host::Wiring MakeWiring(const config::Config& config) {
  auto directory = std::make_unique<directory::DirectoryService>();
  auto* const shared = directory.get();
  host::Wiring wiring;
  wiring.services = [roles = config.roles] { return MakeServices(roles); };
  wiring.directory_service = [owned = std::make_shared<std::unique_ptr<Service>>(
                                  std::move(directory))] { return std::move(*owned); };
  wiring.directory = [shared](absl::Time now) {
    const directory::Directory* in_force = shared->current();
    if (in_force == nullptr) return partition::DirectoryAt{};
    in_force = &in_force->At(now);
    return partition::DirectoryAt{in_force, 0, in_force->zone(), in_force->edition()};
  };
  wiring.bind = [roles = config.roles, shared](
                    rpc::Server* server, partition::Partitions* partitions, log::EventLog* log) {
    for (const base::v1::Service role : roles) {
      switch (role) {
        case base::v1::SERVICE_ROUTING:
          routing::Bind(server, partitions, shared, log);
          break;
        case base::v1::SERVICE_INTAKE:
          intake::Bind(server, partitions);
          break;
        case base::v1::SERVICE_ESCALATION:
          escalation::Bind(server, partitions);
          break;
        case base::v1::SERVICE_REPORTING:
          reporting::Bind(server, partitions, log);
          break;
        default:
          break;
      }
    }
  };
  wiring.listen = [config](rpc::Server* server, partition::Partitions* partitions,
                           observe::Metrics* metrics) {
    return sip::Open(config, server, partitions, metrics);
  };
  return wiring;
}

int Run(const config::Config& config) {
  observe::log::Configure({.level = *observe::log::ParseLevel(config.log_level),
                           .format = *observe::log::ParseFormat(config.log_format)});
  std::signal(SIGTERM, OnStop);
  std::signal(SIGINT, OnStop);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit is a write error, not the end
  auto host = host::Host::Open(config, MakeWiring(config));
  serving.store(true);
  const absl::Status status = host.ok() ? (*host)->Run(stop) : host.status();
  if (status.ok()) return 0;
  observe::log::Error("server", "can not go on", {{"why", status.ToString()}});
  return 1;
}

}  // namespace
}  // namespace tierline

int main(int argc, char** argv) {
  auto loaded = tierline::config::Load(argc, argv);
  if (const auto* exit = std::get_if<tierline::config::Exit>(&loaded)) {
    std::fputs(exit->text.c_str(), exit->code == 0 ? stdout : stderr);
    return exit->code;
  }
  // Debian builds Abseil for debugging: each of gRPC's locks would enter a graph of all of them.
  // Tests and sanitizers keep it.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return tierline::Run(std::get<tierline::config::Config>(loaded));
}
