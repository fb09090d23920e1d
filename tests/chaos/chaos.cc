#include "tests/chaos/chaos.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tests/chaos/clients.h"
#include "tests/chaos/free_ports.h"
#include "tests/chaos/hotline.h"
#include "tests/chaos/log_copy.h"
#include "tests/chaos/pack.h"
#include "tests/chaos/proxy.h"
#include "tests/chaos/state_check.h"
#include "tests/promises/checker.h"
#include "tools/load/interrupt.h"
#include "tools/load/pack_loader.h"
#include "tools/load/scratch.h"

namespace tierline::chaos {
namespace {

constexpr int32_t kPartitions = 8;
constexpr int kBrokers = 3;
constexpr int kReplicas = 8;
constexpr absl::Duration kClocksRunOut = absl::Seconds(kLimitMaxS + 2);
constexpr absl::Duration kRest = absl::Seconds(3);  // no event for so long
constexpr absl::Duration kComesToRest = absl::Minutes(2);
constexpr int kAllKindsFromSeconds = 120;

class ChaosRun {
 public:
  explicit ChaosRun(const ChaosOptions& options) : options_(options) {}

  absl::StatusOr<Report> Play() {
    report_.seed = options_.seed;
    report_.seconds = options_.seconds;
    absl::Status status = Start();
    if (status.ok()) status = LoadPack();
    if (status.ok()) status = Disturb();
    if (status.ok()) status = Settle();
    if (status.ok()) status = Check();
    if (!status.ok() && (scratch_ == nullptr || load::Interrupted())) return status;
    if (!status.ok()) {
      scratch_->Keep();
      return absl::Status(status.code(),
                          absl::StrCat(status.message(), "\nthe logs are in ", scratch_->path()));
    }
    if (!report_.violations.empty()) {
      scratch_->Keep();
      Say("logs and copies are in " + scratch_->path());
    }
    return std::move(report_);
  }

 private:
  void Say(const std::string& line) const {
    std::FILE* const out = options_.quiet ? stderr : stdout;
    absl::FPrintF(out, "%s\n", line);
    std::fflush(out);
  }

  absl::Status Start() {
    auto scratch = load::Scratch::Create();
    if (!scratch.ok()) return scratch.status();
    scratch_ = *std::move(scratch);
    Say(absl::StrCat("chaos: seed ", options_.seed, ", ", options_.seconds,
                     " s; three brokers, two replicas of each service"));
    auto proxy = Proxy::Listen(kBrokers);
    if (!proxy.ok()) return proxy.status();
    proxy_ = *std::move(proxy);
    const auto beside = std::filesystem::path(options_.server).parent_path() / "kafka-chaos";
    auto brokers = load::Brokers::Start(
        {.tool = options_.kafka_tool,
         .dir = options_.kafka_dir.empty() ? beside.string() : options_.kafka_dir,
         .count = kBrokers,
         .advertised = proxy_->ports()});
    if (!brokers.ok()) return brokers.status();
    proxy_->Serve((*brokers)->addresses());
    const auto ports = FreePorts(kReplicas);
    if (!ports.ok()) return ports.status();
    load::DeploymentOptions deployment{.server = {.program = options_.server,
                                                  .data_dir = scratch_->path() + "/data",
                                                  .work_dir = scratch_->path(),
                                                  .clock_start = "",
                                                  .start_timeout = absl::Minutes(3)},
                                       .partitions = kPartitions};
    for (const int port : *ports) deployment.listen.push_back(absl::StrCat("127.0.0.1:", port));
    auto started = load::Deployment::OnKafka(deployment, *std::move(brokers));
    if (!started.ok()) return started.status();
    deployment_ = *std::move(started);
    return absl::OkStatus();
  }

  absl::Status LoadPack() {
    auto pack = load::ReadPackFolder(options_.pack);
    if (!pack.ok()) return pack.status();
    load::ServerClient client;
    client.set_now_ms(absl::ToUnixMillis(absl::Now()));
    absl::Status status = client.Connect(*deployment_);
    if (!status.ok()) return status;
    return load::LoadPack(&client, HurriedPack(*std::move(pack)), std::string(kPolicy)).status();
  }

  absl::Status Disturb() {
    clients_ = std::make_unique<Clients>(
        *deployment_, ClientsOptions{.seed = options_.seed, .clients = options_.clients});
    std::atomic<bool> stop{false};
    absl::Status played, brokers;
    Faults faults(deployment_.get(), proxy_.get(),
                  {.seed = options_.seed,
                   .duration = absl::Seconds(options_.seconds),
                   .acknowledged = [this] { return clients_->acknowledged(); },
                   .say = [this](const std::string& line) { Say(line); }});
    std::thread load([&] { played = clients_->Play(stop); });
    std::thread lane([&] { brokers = faults.PlayBrokers(); });
    // On this thread, which the kernel takes for the parent of what it starts.
    absl::Status status = faults.PlayReplicas();
    lane.join();
    status.Update(brokers);
    status.Update(faults.Heal());
    Say(absl::StrCat("healed; ", clients_->acknowledged(), " commands were acknowledged so far"));
    stop = true;
    load.join();
    status.Update(played);
    report_.faults = faults.counts();
    Count(clients_->operations(), &report_);
    if (!status.ok() || load::Interrupted()) {
      status.Update(absl::CancelledError("interrupted"));
      return status;
    }
    for (const auto& [fault, count] : report_.faults) {
      if (count > 0 || options_.seconds < kAllKindsFromSeconds) continue;
      report_.violations.push_back(
          absl::StrCat("no fault of this kind happened: ", std::string(NameOf(fault))));
    }
    return absl::OkStatus();
  }

  // Waits until all clocks have run out and no more events come.
  absl::Status ComeToRest() {
    const absl::Time begun = absl::Now();
    absl::Time since = begun;
    std::vector<int64_t> before;
    while (absl::Now() < begun + kComesToRest) {
      if (load::Interrupted()) return absl::CancelledError("interrupted");
      absl::SleepFor(absl::Milliseconds(200));
      auto positions = PositionsOf(*deployment_);
      if (!positions.ok()) return positions.status();
      const auto [least, most] = std::minmax_element(positions->begin(), positions->end());
      if (*positions != before || *least != *most) since = absl::Now();
      before = *std::move(positions);
      if (absl::Now() > begun + kClocksRunOut && absl::Now() > since + kRest)
        return absl::OkStatus();
    }
    report_.violations.push_back("the replicas do not come to rest after the faults");
    return absl::OkStatus();
  }

  absl::Status Settle() {
    due_ms_ = absl::ToUnixMillis(absl::Now());
    const absl::Status status = ComeToRest();
    if (!status.ok()) return status;
    const auto running = CompareRunning(*deployment_);
    if (!running.ok()) return running.status();
    Add(*running);
    for (load::Replica& replica : deployment_->replicas()) {
      if (replica.process->Stop()) continue;
      report_.violations.push_back(replica.name + " does not end in order after the faults");
    }
    return absl::OkStatus();
  }

  absl::Status Check() {
    const auto copy =
        CopyLog(deployment_->brokers()->bootstrap(), kPartitions, scratch_->path() + "/copy");
    if (!copy.ok()) return copy.status();
    const auto hotline = Hotline::Open(copy->get());
    if (!hotline.ok()) return hotline.status();
    std::vector<const promises::Operation*> operations;
    for (const auto& operation : clients_->operations()) operations.push_back(operation.get());
    promises::Checker checker(**hotline, std::move(operations), {.due_ms = due_ms_});
    std::vector<Offset> ends;
    for (int32_t partition = 0; partition < kPartitions; ++partition) {
      const auto last_event = checker.Read(copy->get(), partition);
      if (!last_event.ok()) return last_event.status();
      ends.push_back(*last_event + 1);
    }
    Count(checker.Finish(), &report_);
    const auto stored = CompareStored(*deployment_, copy->get(), ends);
    if (!stored.ok()) return stored.status();
    Add(*stored);
    return absl::OkStatus();
  }

  void Add(const StateCheck& check) {
    report_.digests += check.digests;
    report_.violations.insert(report_.violations.end(), check.violations.begin(),
                              check.violations.end());
  }

  const ChaosOptions options_;
  Report report_;
  std::unique_ptr<load::Scratch> scratch_;  // goes last
  std::unique_ptr<Proxy> proxy_;
  std::unique_ptr<load::Deployment> deployment_;
  std::unique_ptr<Clients> clients_;
  int64_t due_ms_ = 0;
};

}  // namespace

absl::StatusOr<Report> Run(const ChaosOptions& options) { return ChaosRun(options).Play(); }

}  // namespace tierline::chaos
