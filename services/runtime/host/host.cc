#include "runtime/host/host.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "runtime/host/domain_metrics.h"
#include "runtime/host/virtual_clock.h"
#include "runtime/keys/master_key.h"
#include "runtime/keys/vault.h"
#include "runtime/log/memory_log.h"
#include "runtime/log/rocks_log.h"
#include "runtime/observe/admin_server.h"
#include "runtime/observe/log.h"
#include "runtime/observe/metrics.h"
#include "runtime/ports.h"
#include "runtime/store/memory_store.h"
#include "runtime/store/rocks_store.h"

namespace tierline::host {
namespace {

constexpr char kLogger[] = "host";
// At least so often the loop looks at its stop flag, at a real clock's timers and at the disk that
// refused.
constexpr absl::Duration kTick = absl::Milliseconds(20);
constexpr size_t kCachedSubjects = 32768;  // over all partitions; about 1.5 KB each

// A vault as processors see it.
class VaultKeys final : public partition::KeySource {
 public:
  explicit VaultKeys(keys::Vault* vault) : vault_(vault) {}
  absl::StatusOr<std::string> Take() override { return vault_->Take(); }
  void GiveBack(std::string key_id) override { vault_->GiveBack(std::move(key_id)); }
  std::string Fingerprint(std::string_view content) override {
    return vault_->Fingerprint(content);
  }

 private:
  keys::Vault* const vault_;
};

absl::StatusOr<keys::MasterKey> OpenMasterKey(const config::Config& config) {
  const bool own = config.master_key_file.empty();
  const std::string path = config.MasterKeyFile();
  auto key = keys::LoadMasterKey(path);
  if (!own || !absl::IsNotFound(key.status())) return key;
  // A new key beside an old log could open nothing that is sealed in it.
  if (std::filesystem::exists(config.data_dir + "/log")) {
    return absl::FailedPreconditionError(
        path +
        " is gone but the log beside it is not: restore the key from its backup, "
        "what is sealed in the log can not be read without it");
  }
  observe::log::Warning(kLogger, "made a master key; back it up apart from the log",
                        {{"file", path}});
  return keys::CreateMasterKey(path);
}

std::string DefaultInstance(const config::Config& config) {
  char host[256] = "localhost";
  gethostname(host, sizeof host - 1);
  return std::string(host) + "-" + config.listen.substr(config.listen.rfind(':') + 1);
}

std::string PartitionName(log::TopicPartition partition) {
  char name[16];
  std::snprintf(name, sizeof name, "%u-%05d", static_cast<unsigned>(partition.topic),
                partition.partition);
  return name;
}

}  // namespace

struct Host::Core {
  config::Config config;
  Wiring wiring;
  observe::Metrics metrics;
  observe::Heartbeat heartbeat;
  std::unique_ptr<VirtualClock> virtual_clock;
  std::unique_ptr<log::EventLog> log;
  std::unique_ptr<store::StateStore> store;
  std::unique_ptr<keys::Vault> vault;
  std::unique_ptr<VaultKeys> keys;
  std::unique_ptr<partition::Partitions> partitions;
  std::unique_ptr<DomainMetrics> domain_metrics;
  std::unique_ptr<rpc::Server> server;
  std::unique_ptr<observe::AdminServer> admin;
  std::atomic<bool> ready{false};
  absl::Time next_flush = absl::InfinitePast();

  Clock& clock() { return virtual_clock ? static_cast<Clock&>(*virtual_clock) : SystemClock(); }

  absl::Status Open();
  absl::Status OpenEngine();
  absl::Status OpenPartitions();
  std::unique_ptr<partition::Processor> MakeProcessor(
      log::TopicPartition partition, std::vector<std::unique_ptr<Service>> services);
  void ResumeVirtualClock();
  absl::Status StartAdmin();
  absl::Status BecomeOwner();
  absl::Status StartServer();
  absl::Status WritePortFile();
  absl::StatusOr<bool> Round();
  absl::Time NextRound();
  absl::Status Stop();
};

absl::Status Host::Core::OpenEngine() {
  if (config.engine == "memory") {
    log = std::make_unique<log::MemoryLog>(config.partitions, SystemRandom());
    store = std::make_unique<store::MemoryStore>();
    return absl::OkStatus();
  }
  auto opened_log =
      log::RocksLog::Open(config.data_dir + "/log", {.partitions = config.partitions});
  if (!opened_log.ok()) return opened_log.status();
  log = *std::move(opened_log);
  std::string moved_aside;
  auto opened_store = store::RocksStore::Open(config.data_dir + "/state", &moved_aside);
  if (!opened_store.ok()) return opened_store.status();
  store = *std::move(opened_store);
  if (!moved_aside.empty()) {
    observe::log::Warning(kLogger, "the state was damaged and is rebuilt from the log",
                          {{"why", moved_aside}});
  }
  return absl::OkStatus();
}

absl::Status Host::Core::Open() {
  std::error_code error;
  std::filesystem::create_directories(config.data_dir, error);
  if (error)
    return absl::InvalidArgumentError("data_dir: can not make " + config.data_dir + ": " +
                                      error.message());
  const auto master = OpenMasterKey(config);
  if (!master.ok()) return master.status();
  absl::Status status = OpenEngine();
  if (!status.ok()) return status;
  if (config.virtual_clock()) {
    virtual_clock = std::make_unique<VirtualClock>(config.clock_start.value_or(absl::Now()),
                                                   config.clock_speed);
  }
  auto started = keys::Vault::Start(*master, {log.get(), store.get(), &clock(), &SystemRandom()});
  if (!started.ok()) return started.status();
  vault = *std::move(started);
  keys = std::make_unique<VaultKeys>(vault.get());
  return OpenPartitions();
}

std::unique_ptr<partition::Processor> Host::Core::MakeProcessor(
    log::TopicPartition partition, std::vector<std::unique_ptr<Service>> services) {
  // The directory is small and is folded anew at each start.
  const bool stored = partition.topic == log::Topic::kHistory;
  auto fold = std::make_unique<partition::Fold>(
      PartitionName(partition), std::move(services), stored ? store.get() : nullptr,
      partition::FoldOptions{.cached_subjects =
                                 kCachedSubjects / log->Partitions(log::Topic::kHistory)});
  partition::Ports ports{.log = log.get(),
                         .clock = &clock(),
                         .random = &SystemRandom(),
                         .sealer = vault.get(),
                         .keys = keys.get(),
                         .directory = [this] {
                           partition::DirectoryAt at = wiring.directory();
                           if (partitions) at.position = partitions->directory().fold().offset();
                           return at;
                         }};
  return std::make_unique<partition::Processor>(
      partition, std::move(fold), std::move(ports),
      partition::ProcessorOptions{.instance = config.instance, .endpoint = config.endpoint});
}

absl::Status Host::Core::OpenPartitions() {
  std::vector<std::unique_ptr<Service>> directory_services;
  directory_services.push_back(wiring.directory_service());
  auto directory = MakeProcessor({log::Topic::kDirectory, 0}, std::move(directory_services));
  std::vector<std::unique_ptr<partition::Processor>> history;
  for (int32_t i = 0; i < log->Partitions(log::Topic::kHistory); ++i) {
    history.push_back(MakeProcessor({log::Topic::kHistory, i}, wiring.services()));
  }
  partitions = std::make_unique<partition::Partitions>(std::move(history), std::move(directory));
  const auto cores = static_cast<int>(std::thread::hardware_concurrency());
  absl::Status status = partitions->Start(std::max(cores, 1));
  ResumeVirtualClock();
  return status;
}

void Host::Core::ResumeVirtualClock() {
  if (!virtual_clock) return;
  partitions->ForEach([this](partition::Processor& processor) {
    virtual_clock->AdvanceTo(absl::FromUnixMillis(processor.fold().partition().last_time_ms()));
  });
}

absl::Status Host::Core::StartAdmin() {
  admin = std::make_unique<observe::AdminServer>(
      observe::AdminServer::Options{.listen = config.admin_listen,
                                    .metrics = &metrics,
                                    .heartbeat = &heartbeat,
                                    .heartbeat_age_max = config.heartbeat_age_max});
  admin->AddReadyCheck("partitions", [this] {
    return ready.load() ? absl::OkStatus() : absl::UnavailableError("partitions are not owned yet");
  });
  domain_metrics = std::make_unique<DomainMetrics>(&metrics);
  admin->AddStatus("process", [this] {
    return domain_metrics->StatusJson(config.instance, std::string(config::kVersion));
  });
  return admin->Start();
}

absl::Status Host::Core::BecomeOwner() {
  partitions->ForEach([this](partition::Processor& processor) {
    for (const auto& service : processor.fold().services()) {
      if (service->id() != base::v1::SERVICE_REPORTING) processor.SetAssigned(service->id(), true);
    }
  });
  const absl::Time give_up = absl::Now() + absl::Seconds(30);
  for (;;) {
    const auto round = Round();
    if (!round.ok()) return round.status();
    bool owned = vault->ready() > 0;
    partitions->ForEach([&](partition::Processor& processor) {
      for (const auto& service : processor.fold().services()) {
        if (service->id() != base::v1::SERVICE_REPORTING && !processor.Owns(service->id()))
          owned = false;
      }
    });
    if (owned) return absl::OkStatus();
    if (absl::Now() > give_up) {
      return absl::UnavailableError("the log takes no claims within 30 s; look at the disk of " +
                                    config.data_dir);
    }
    if (!*round)
      absl::SleepFor(absl::Milliseconds(1));  // a claim that failed waits for its backoff
  }
}

absl::Status Host::Core::StartServer() {
  server = std::make_unique<rpc::Server>(rpc::ServerOptions{
      .listen = config.listen,
      .tls = {.certificate = config.tls_certificate, .key = config.tls_key, .ca = config.tls_client_ca},
      .in_flight_max = config.in_flight_max,
      .message_bytes_max = config.message_bytes_max,
      .connection_age_max = config.connection_age_max,
      .metrics = &metrics,
      .on_call = virtual_clock ? [this](const rpc::Call& call) {
        int64_t now_ms = 0;
        const std::string_view text = call.metadata(kNowMetadata);
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), now_ms);
        if (error == std::errc() && end == text.data() + text.size()) {
          virtual_clock->AdvanceTo(absl::FromUnixMillis(now_ms));
        }
      } : std::function<void(const rpc::Call&)>()});
  wiring.bind(server.get(), partitions.get(), log.get());
  return server->Start();
}

absl::Status Host::Core::WritePortFile() {
  const std::string admin_host = config.admin_listen.substr(0, config.admin_listen.rfind(':'));
  observe::log::Info(kLogger, "serving",
                     {{"grpc", server->address()}, {"admin_port", admin->port()}});
  if (config.port_file.empty()) return absl::OkStatus();
  const std::string temporary = config.port_file + ".new";
  std::ofstream file(temporary);
  file << "{\"grpc\":\"" << server->address() << "\",\"admin\":\"" << admin_host << ":"
       << admin->port() << "\",\"pid\":" << getpid() << "}\n";
  file.close();
  if (!file || std::rename(temporary.c_str(), config.port_file.c_str()) != 0) {
    return absl::InvalidArgumentError("port_file: can not write " + config.port_file);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Host::Core::Round() {
  heartbeat.Beat();
  absl::Status status = vault->Pump();
  if (!status.ok() && !absl::IsUnavailable(status) && !absl::IsResourceExhausted(status))
    return status;
  const auto any = partitions->Step(log.get(), absl::Now());
  if (!any.ok()) {
    // While the disk refuses, what is not in memory can not be read; the log recovers by itself.
    if (absl::IsUnavailable(any.status())) return false;
    return any.status();
  }
  const absl::Time now = absl::Now();
  if (now >= next_flush) {
    next_flush = now + absl::Milliseconds(config.state_flush_ms);
    status = partitions->Flush();
    // The state is only a fold: what could not be stored now is stored later.
    if (!status.ok()) {
      observe::log::Warning(kLogger, "state not stored, will try again",
                            {{"why", status.ToString()}});
    }
    if (domain_metrics) domain_metrics->Update(*partitions, *vault);
  }
  return any;
}

absl::Time Host::Core::NextRound() {
  const absl::Time now = absl::Now();
  const absl::Time work = partitions->NextWork();
  if (work <= clock().Now()) return absl::InfinitePast();
  const absl::Time tick = now + kTick;
  return virtual_clock ? tick : std::min(work, tick);
}

absl::Status Host::Core::Stop() {
  observe::log::Info(kLogger, "draining", {{"in_flight", server->in_flight()}});
  admin->SetDraining();
  absl::Status status;
  const absl::Time refuse_from = absl::Now() + config.shutdown_delay;
  while (absl::Now() < refuse_from && status.ok()) {
    server->Drain(std::min(refuse_from, absl::Now() + kTick));
    status = Round().status();
  }
  server->Shutdown(config.shutdown_grace, [&] {
    partitions->GiveUpWaiting();
    const auto round = Round();
    if (!round.ok()) status = round.status();
  });
  partitions->ForEach([](partition::Processor& processor) {
    processor.FailAll(absl::UnavailableError("the server is shutting down; ask another replica"));
    if (processor.pending() == 0) processor.Release();
  });
  log->Poll(absl::ZeroDuration());
  partitions->ForEach(
      [](partition::Processor& processor) { processor.ReadBack().status().IgnoreError(); });
  status.Update(partitions->Flush());
  admin->Stop();
  if (!config.port_file.empty()) std::remove(config.port_file.c_str());
  observe::log::Info(kLogger, "stopped", {});
  return status;
}

absl::StatusOr<std::unique_ptr<Host>> Host::Open(const config::Config& config, Wiring wiring) {
  auto core = std::make_unique<Core>();
  core->config = config;
  if (core->config.instance.empty()) core->config.instance = DefaultInstance(config);
  core->wiring = std::move(wiring);
  absl::Status status = core->Open();
  if (status.ok()) status = core->StartAdmin();
  if (status.ok()) status = core->BecomeOwner();
  if (status.ok()) status = core->StartServer();
  if (status.ok()) status = core->WritePortFile();
  if (!status.ok()) return status;
  core->ready.store(true);
  return std::unique_ptr<Host>(new Host(std::move(core)));
}

Host::Host(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Host::~Host() = default;

absl::Status Host::Run(const std::atomic<bool>& stop) {
  absl::Time until = absl::InfinitePast();
  while (!stop.load(std::memory_order_relaxed)) {
    core_->server->Drain(until);
    const auto any = core_->Round();
    if (!any.ok()) return any.status();
    until = *any ? absl::InfinitePast() : core_->NextRound();
  }
  return core_->Stop();
}

}  // namespace tierline::host
