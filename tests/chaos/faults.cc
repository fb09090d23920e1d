#include "tests/chaos/faults.h"

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/text.h"
#include "tools/load/interrupt.h"

namespace tierline::chaos {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, kFaults> kNames = {
    "replica killed",  "replica stopped", "disk full",   "state deleted",
    "rolling restart", "broker killed",   "network cut", "network stalled"};
constexpr absl::Duration kZombie = absl::Seconds(20);  // twice the session of a group's member
constexpr absl::Duration kNap = absl::Milliseconds(50);

void Wait(absl::Duration duration) {
  const absl::Time until = absl::Now() + duration;
  while (absl::Now() < until && !load::Interrupted()) {
    absl::SleepFor(std::min(kNap, until - absl::Now()));
  }
}

absl::Duration DrawTime(load::Dice* dice, double least_s, double most_s) {
  return absl::Milliseconds(
      dice->Between(static_cast<int64_t>(least_s * 1000), static_cast<int64_t>(most_s * 1000)));
}

// 'R', 'S', 'T' …; 0 when there is no such process.
char StateOf(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const size_t name_end = text.rfind(')');
  return name_end == std::string::npos || name_end + 2 >= text.size() ? 0 : text[name_end + 2];
}

uintmax_t BytesBelow(const std::string& dir) {
  uintmax_t bytes = 0;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(dir, error)) {
    std::error_code gone;
    const uintmax_t size = entry.file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

absl::Status CheckAlive(const load::Replica& replica) {
  const char state = StateOf(replica.process->pid());
  if (state != 0 && state != 'Z') return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat(replica.name, " died by itself; see ", replica.process->log_path()));
}

void LimitFiles(pid_t pid, rlim_t bytes) {
  const rlimit limit{.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
  prlimit(pid, RLIMIT_FSIZE, &limit, nullptr);
}

}  // namespace

std::string_view NameOf(Fault fault) { return kNames[static_cast<size_t>(fault)]; }

Faults::Faults(load::Deployment* deployment, Proxy* proxy, Options options)
    : deployment_(deployment), proxy_(proxy), options_(std::move(options)), begun_(absl::Now()) {}

absl::Status Faults::PlayReplicas() {
  return Play({Fault::kReplicaKilled, Fault::kReplicaStopped, Fault::kDiskFull,
               Fault::kStateDeleted, Fault::kRollingRestart},
              1, &replicas_);
}

absl::Status Faults::PlayBrokers() {
  return Play({Fault::kBrokerKilled, Fault::kNetworkCut, Fault::kNetworkStalled}, 2, &brokers_);
}

absl::Status Faults::Play(const std::vector<Fault>& kinds, uint64_t stream, Lane* lane) {
  load::Dice dice(options_.seed, stream);
  std::vector<Fault> deck;
  while (absl::Now() < begun_ + options_.duration && !load::Interrupted()) {
    Wait(DrawTime(&dice, 0.5, 3));
    if (deck.empty()) deck = kinds;
    const auto drawn = deck.begin() + dice.Below(std::ssize(deck));
    Event event{.at_s = absl::ToDoubleSeconds(absl::Now() - begun_), .fault = *drawn};
    deck.erase(drawn);
    absl::Status status = Do(event.fault, &dice, &event);
    lane->push_back(event);
    Say(event);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Faults::Do(Fault fault, load::Dice* dice, Event* event) {
  switch (fault) {
    case Fault::kReplicaKilled:
      return KillReplica(dice, false, event);
    case Fault::kReplicaStopped:
      return StopReplica(dice, event);
    case Fault::kDiskFull:
      return FillDisk(dice, event);
    case Fault::kStateDeleted:
      return KillReplica(dice, true, event);
    case Fault::kRollingRestart:
      return RestartAll(event);
    case Fault::kBrokerKilled:
      return KillBroker(dice, event);
    case Fault::kNetworkCut:
      return DisturbNetwork(dice, Proxy::Weather::kCut, event);
    case Fault::kNetworkStalled:
      return DisturbNetwork(dice, Proxy::Weather::kStalled, event);
  }
  return absl::OkStatus();
}

absl::Status Faults::KillReplica(load::Dice* dice, bool delete_state, Event* event) {
  load::Replica& replica =
      deployment_->replicas()[dice->Below(std::ssize(deployment_->replicas()))];
  const absl::Duration away = DrawTime(dice, 0, 4);
  event->what = absl::StrCat(replica.name, ", away for ", absl::FormatDuration(away));
  absl::Status status = CheckAlive(replica);
  if (!status.ok()) return status;
  replica.process->Kill();
  const std::string state = replica.process->data_dir() + "/state";
  const bool had_state = BytesBelow(state) > 0;
  if (delete_state) fs::remove_all(state);
  event->happened = had_state || !delete_state;
  Wait(away);
  status = replica.process->Launch();
  return status.ok() ? replica.process->WaitUntilServes() : status;
}

absl::Status Faults::StopReplica(load::Dice* dice, Event* event) {
  // The first six decide and own partitions; reporting owns none.
  load::Replica& replica = deployment_->replicas()[dice->Below(6)];
  const absl::Duration away = std::min(kZombie, options_.duration / 4);
  event->what = absl::StrCat(replica.name, " for ", absl::FormatDuration(away));
  replica.process->Signal(SIGSTOP);
  Wait(away);
  event->happened = StateOf(replica.process->pid()) == 'T';
  replica.process->Signal(SIGCONT);
  return absl::OkStatus();
}

absl::Status Faults::FillDisk(load::Dice* dice, Event* event) {
  load::Replica& replica =
      deployment_->replicas()[dice->Below(std::ssize(deployment_->replicas()))];
  const absl::Duration away = DrawTime(dice, 4, 8);
  event->what = absl::StrCat(replica.name, " for ", absl::FormatDuration(away));
  const std::string state = replica.process->data_dir() + "/state";
  LimitFiles(replica.process->pid(), 1);
  Wait(absl::Seconds(1));  // what was open and empty may still be there
  const uintmax_t before = BytesBelow(state);
  const int64_t acknowledged = options_.acknowledged();
  Wait(away - absl::Seconds(1));
  // Work was done, and nothing of it could be stored.
  event->happened = BytesBelow(state) <= before && options_.acknowledged() > acknowledged;
  LimitFiles(replica.process->pid(), RLIM_INFINITY);
  return CheckAlive(replica);
}

absl::Status Faults::RestartAll(Event* event) {
  int in_order = 0;
  for (load::Replica& replica : deployment_->replicas()) {
    if (load::Interrupted()) return absl::OkStatus();
    absl::Status status = CheckAlive(replica);
    if (!status.ok()) return status;
    in_order += replica.process->Stop();
    status = replica.process->Launch();
    if (status.ok()) status = replica.process->WaitUntilServes();
    if (!status.ok()) return status;
  }
  event->what = absl::StrCat(in_order, " of ", deployment_->replicas().size(), " ended in order");
  event->happened = in_order > 0;
  return absl::OkStatus();
}

absl::Status Faults::KillBroker(load::Dice* dice, Event* event) {
  const int broker =
      static_cast<int>(dice->Between(1, std::ssize(deployment_->brokers()->addresses())));
  const absl::Duration away = DrawTime(dice, 0, 6);
  event->what = absl::StrCat("broker ", broker, ", away for ", absl::FormatDuration(away));
  absl::Status status = deployment_->brokers()->Do("kill", broker);
  event->happened = status.ok();
  Wait(away);
  status.Update(deployment_->brokers()->Do("start", broker));
  return load::Interrupted() ? absl::OkStatus() : status;
}

absl::Status Faults::DisturbNetwork(load::Dice* dice, Proxy::Weather weather, Event* event) {
  load::Replica& replica =
      deployment_->replicas()[dice->Below(std::ssize(deployment_->replicas()))];
  const absl::Duration away = DrawTime(dice, 3, 15);
  const int connections = proxy_->Set(replica.name, weather);
  event->what = absl::StrCat(replica.name, " with ", connections, " connections, for ",
                             absl::FormatDuration(away));
  event->happened = connections > 0;
  Wait(away);
  proxy_->Set(replica.name, Proxy::Weather::kFair);
  return absl::OkStatus();
}

absl::Status Faults::Heal() {
  absl::Status status;
  for (load::Replica& replica : deployment_->replicas()) {
    proxy_->Set(replica.name, Proxy::Weather::kFair);
    replica.process->Signal(SIGCONT);
    LimitFiles(replica.process->pid(), RLIM_INFINITY);
    status.Update(CheckAlive(replica));
  }
  return status;
}

void Faults::Say(const Event& event) const {
  options_.say(absl::StrFormat("  %6.1f s  %-15s  %s%s", event.at_s, NameOf(event.fault),
                               event.what, event.happened ? "" : "  (did not happen)"));
}

std::vector<Faults::Event> Faults::events() const {
  std::vector<Event> all = replicas_;
  all.insert(all.end(), brokers_.begin(), brokers_.end());
  std::ranges::stable_sort(all, {}, &Event::at_s);
  return all;
}

std::map<Fault, int> Faults::counts() const {
  std::map<Fault, int> counts;
  for (int fault = 0; fault < kFaults; ++fault) counts[static_cast<Fault>(fault)] = 0;
  for (const Event& event : events()) counts[event.fault] += event.happened;
  return counts;
}

}  // namespace tierline::chaos
