#include "runtime/host/host.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "runtime/host/domain_metrics.h"
#include "runtime/host/engine.h"
#include "runtime/host/publishing.h"
#include "runtime/host/replica.h"
#include "runtime/host/virtual_clock.h"
#include "runtime/keys/vault.h"
#include "runtime/observe/admin_server.h"
#include "runtime/observe/log.h"
#include "runtime/observe/metrics.h"
#include "runtime/ports.h"

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
  Uuid Fingerprint(std::string_view content) override { return vault_->Fingerprint(content); }

 private:
  keys::Vault* const vault_;
};

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
  Engine engine;
  std::unique_ptr<keys::Vault> vault;
  std::unique_ptr<VaultKeys> keys;
  std::unique_ptr<partition::Partitions> partitions;
  std::unique_ptr<Publishing> publishing;
  std::unique_ptr<DomainMetrics> domain_metrics;
  std::unique_ptr<rpc::Server> server;
  std::unique_ptr<observe::AdminServer> admin;
  std::unique_ptr<Listener> listener;
  std::atomic<bool> ready{false};
  absl::Time next_membership = absl::InfinitePast();
  absl::Time next_flush = absl::InfinitePast();

  // What waits for the log, or in a partition, holds calls of the server; and the log wakes it.
  ~Core() {
    if (engine.log) engine.log->SetWaker({});
    if (partitions) partitions->aside().SetWaker({});
    listener.reset();
    admin.reset();
    publishing.reset();
    partitions.reset();
    keys.reset();
    vault.reset();
    engine = {};
  }

  Clock& clock() { return virtual_clock ? static_cast<Clock&>(*virtual_clock) : SystemClock(); }

  absl::Status Open();
  absl::Status OpenPartitions();
  std::unique_ptr<partition::Processor> MakeProcessor(
      log::TopicPartition partition, std::vector<std::unique_ptr<Service>> services);
  void FollowTimeOfLog();
  absl::Status StartPublishing();
  absl::Status StartAdmin();
  bool NeedsKeys() const {
    return config.Serves(base::v1::SERVICE_ROUTING) || config.Serves(base::v1::SERVICE_INTAKE);
  }
  void FollowMemberships();
  bool OwnsWhatItShould() const;
  absl::Status BecomeOwner(const std::atomic<bool>& stop);
  absl::Status StartServer();
  absl::Status StartListener();
  absl::Status WritePortFile();
  absl::StatusOr<bool> Round();
  absl::Time NextRound();
  void AwaitReleases();
  absl::Status Stop();
};

absl::Status Host::Core::Open() {
  std::error_code error;
  std::filesystem::create_directories(config.data_dir, error);
  if (error)
    return absl::InvalidArgumentError("data_dir: can not make " + config.data_dir + ": " +
                                      error.message());
  const auto master = OpenMasterKey(config);
  if (!master.ok()) return master.status();
  auto opened = OpenEngine(config);
  if (!opened.ok()) return opened.status();
  engine = *std::move(opened);
  if (config.virtual_clock()) {
    virtual_clock = std::make_unique<VirtualClock>(config.clock_start.value_or(absl::Now()),
                                                   config.clock_speed);
  }
  keys::VaultOptions options;
  if (!NeedsKeys()) options.low_water = 0;
  auto started = keys::Vault::Start(
      *master, {engine.log.get(), engine.store.get(), &clock(), &SystemRandom()}, options);
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
      PartitionName(partition), std::move(services), stored ? engine.store.get() : nullptr,
      partition::FoldOptions{.cached_subjects =
                                 kCachedSubjects / engine.log->Partitions(log::Topic::kHistory)});
  partition::Ports ports{.log = engine.log.get(),
                         .clock = &clock(),
                         .random = &SystemRandom(),
                         .sealer = vault.get(),
                         .keys = keys.get(),
                         .directory = [this] {
                           partition::DirectoryAt at = wiring.directory(clock().Now());
                           if (partitions) at.position = partitions->directory().fold().offset();
                           return at;
                         }};
  return std::make_unique<partition::Processor>(
      partition, std::move(fold), std::move(ports),
      partition::ProcessorOptions{.instance = config.instance,
                                  .succeeds = stored || config.Serves(base::v1::SERVICE_ROUTING)});
}

absl::Status Host::Core::OpenPartitions() {
  std::vector<std::unique_ptr<Service>> directory_services;
  directory_services.push_back(wiring.directory_service());
  auto directory = MakeProcessor({log::Topic::kDirectory, 0}, std::move(directory_services));
  std::vector<std::unique_ptr<partition::Processor>> history;
  for (int32_t i = 0; i < engine.log->Partitions(log::Topic::kHistory); ++i) {
    history.push_back(MakeProcessor({log::Topic::kHistory, i}, wiring.services()));
  }
  partitions = std::make_unique<partition::Partitions>(std::move(history), std::move(directory));
  const auto cores = static_cast<int>(std::thread::hardware_concurrency());
  absl::Status status = partitions->Start(std::max(cores, 1));
  FollowTimeOfLog();
  return status;
}

// Other replicas are told the time too; what they wrote then is the latest that this one knows of
// it.
void Host::Core::FollowTimeOfLog() {
  if (!virtual_clock) return;
  partitions->ForEach([this](partition::Processor& processor) {
    virtual_clock->AdvanceTo(absl::FromUnixMillis(processor.fold().partition().last_time_ms()));
  });
}

absl::Status Host::Core::StartPublishing() {
  auto opened = Publishing::Open(config, partitions.get(), engine.log.get(), &metrics);
  if (!opened.ok()) return opened.status();
  publishing = *std::move(opened);
  return absl::OkStatus();
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

void Host::Core::FollowMemberships() {
  for (auto& [role, membership] : engine.memberships) membership->Poll();
  partitions->ForEach([this](partition::Processor& processor) {
    for (const auto& service : processor.fold().services())
      processor.SetAssigned(service->id(), engine.Assigned(service->id(), processor.partition()));
  });
}

bool Host::Core::OwnsWhatItShould() const {
  bool owns = engine.joined() && (vault->ready() > 0 || !NeedsKeys());
  partitions->ForEach([&](partition::Processor& processor) {
    for (const auto& service : processor.fold().services()) {
      owns = owns && (processor.Owns(service->id()) ||
                      !engine.Assigned(service->id(), processor.partition()));
    }
  });
  return owns;
}

absl::Status Host::Core::BecomeOwner(const std::atomic<bool>& stop) {
  const absl::Duration patience = config.kafka() ? absl::Seconds(120) : absl::Seconds(30);
  const absl::Time give_up = absl::Now() + patience;
  while (!OwnsWhatItShould() && !stop.load(std::memory_order_relaxed)) {
    const auto round = Round();
    if (!round.ok()) return round.status();
    if (absl::Now() > give_up) {
      return absl::UnavailableError(absl::StrCat(
          "no partitions to own within ", absl::FormatDuration(patience), ": look at ",
          config.kafka() ? "the brokers' group coordinator"
                         : "the disk of " + config.data_dir + ", the log takes no claims",
          "; warnings above may say more"));
    }
    // A claim that failed waits for its backoff; until then calls wait, too.
    if (!*round) server->Drain(absl::Now() + absl::Milliseconds(1));
  }
  return absl::OkStatus();
}

absl::Status Host::Core::StartServer() {
  server = std::make_unique<rpc::Server>(rpc::ServerOptions{
      .listen = config.listen,
      .tls = {.certificate = config.tls_certificate,
              .key = config.tls_key,
              .ca = config.tls_client_ca},
      .in_flight_max = config.in_flight_max,
      .message_bytes_max = config.message_bytes_max,
      .connection_age_max = config.connection_age_max,
      .peer_tls = {.certificate = config.tls_peer_ca.empty() ? "" : config.tls_certificate,
                   .key = config.tls_peer_ca.empty() ? "" : config.tls_key,
                   .ca = config.tls_peer_ca},
      .metrics = &metrics,
      .on_call = virtual_clock ? [this](const rpc::Call& call) {
        int64_t now_ms = 0;
        const std::string_view text = call.metadata(kNowMetadata);
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), now_ms);
        if (error == std::errc() && end == text.data() + text.size()) {
          virtual_clock->AdvanceTo(absl::FromUnixMillis(now_ms));
        }
      } : std::function<void(const rpc::Call&)>()});
  wiring.bind(server.get(), partitions.get(), engine.log.get());
  BindReplica(server.get(), partitions.get(), engine.log.get(), wiring.services);
  absl::Status status = server->Start();
  if (!status.ok()) return status;
  const std::string endpoint = config.endpoint.empty() ? server->address() : config.endpoint;
  partitions->ForEach([&](partition::Processor& processor) { processor.set_endpoint(endpoint); });
  engine.log->SetWaker([this] { server->Wake(); });
  partitions->aside().SetWaker([this] { server->Wake(); });
  return absl::OkStatus();
}

absl::Status Host::Core::StartListener() {
  if (!wiring.listen) return absl::OkStatus();
  auto opened = wiring.listen(server.get(), partitions.get(), &metrics);
  if (!opened.ok()) return opened.status();
  listener = *std::move(opened);
  return absl::OkStatus();
}

absl::Status Host::Core::WritePortFile() {
  const std::string admin_host = config.admin_listen.substr(0, config.admin_listen.rfind(':'));
  observe::log::Info(kLogger, "serving",
                     {{"grpc", server->address()}, {"admin_port", admin->port()}});
  if (config.port_file.empty()) return absl::OkStatus();
  const std::string temporary = config.port_file + ".new";
  std::ofstream file(temporary);
  file << "{\"grpc\":\"" << server->address() << "\",\"admin\":\"" << admin_host << ":"
       << admin->port();
  if (listener) file << "\",\"" << listener->name() << "\":\"" << listener->address();
  file << "\",\"pid\":" << getpid() << "}\n";
  file.close();
  if (!file || std::rename(temporary.c_str(), config.port_file.c_str()) != 0) {
    return absl::InvalidArgumentError("port_file: can not write " + config.port_file);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Host::Core::Round() {
  heartbeat.Beat();
  const absl::Time now = absl::Now();
  if (now >= next_membership) {
    next_membership = now + kTick;
    FollowMemberships();
  }
  absl::Status status = vault->Pump();
  if (!status.ok() && !absl::IsUnavailable(status) && !absl::IsResourceExhausted(status))
    return status;
  auto any = partitions->Step(engine.log.get(), now);
  if (!any.ok()) {
    // While the disk refuses, what is not in memory can not be read; the log recovers by itself.
    if (absl::IsUnavailable(any.status())) return false;
    return any.status();
  }
  if (*any) FollowTimeOfLog();
  if (publishing) any = publishing->Step(now) || *any;
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

// A successor claims when it reads the release; one that is lost only costs it time.
void Host::Core::AwaitReleases() {
  const absl::Time give_up = absl::Now() + absl::Seconds(3);
  bool releasing = true;
  while (releasing && absl::Now() < give_up) {
    engine.log->Poll(absl::Milliseconds(5));
    releasing = false;
    partitions->ForEach([&](partition::Processor& processor) {
      processor.ReadBack().status().IgnoreError();
      releasing = releasing || processor.releasing();
    });
  }
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
  const absl::Time give_up = absl::Now() + config.shutdown_grace;
  if (listener) listener->BeginShutdown();
  while (listener && listener->in_flight() > 0 && absl::Now() < give_up && status.ok()) {
    server->Drain(std::min(give_up, absl::Now() + absl::Milliseconds(1)));
    status = Round().status();
  }
  listener.reset();
  server->Shutdown(std::max(give_up - absl::Now(), absl::ZeroDuration()), [&] {
    partitions->GiveUpWaiting();
    const auto round = Round();
    if (!round.ok()) status = round.status();
  });
  partitions->ForEach([](partition::Processor& processor) {
    processor.FailAll(absl::UnavailableError("the server is shutting down; ask another replica"));
    if (processor.pending() == 0) processor.Release();
  });
  AwaitReleases();
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
  if (status.ok()) status = core->StartPublishing();
  if (status.ok()) status = core->StartAdmin();
  if (status.ok()) status = core->StartServer();
  if (!status.ok()) return status;
  return std::unique_ptr<Host>(new Host(std::move(core)));
}

Host::Host(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Host::~Host() = default;

absl::Status Host::Run(const std::atomic<bool>& stop) {
  absl::Status status = core_->BecomeOwner(stop);
  if (status.ok()) status = core_->StartListener();
  if (status.ok()) status = core_->WritePortFile();
  if (!status.ok()) return status;
  core_->ready.store(true);
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
