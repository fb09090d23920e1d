#include "tools/load/run.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tierline/reporting/v1/reporting.pb.h"
#include "tools/load/generator.h"
#include "tools/load/interrupt.h"

namespace tierline::load {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kHourMs = 3'600'000;
// Closed after two weeks, reopened after one or two days more, and then 13 working days over a
// holiday: the last deadline.
constexpr int64_t kDaysAfter = 45;
constexpr absl::Duration kSettleTimeout = absl::Minutes(1);
constexpr absl::Duration kAskAgain = absl::Milliseconds(50);
constexpr absl::Duration kPlaySlice = absl::Milliseconds(50);

absl::Status CheckFolders(const RunOptions& options) {
  std::error_code error;
  if (!fs::is_regular_file(options.server, error)) {
    return absl::NotFoundError(absl::StrCat("--server: there is no program ", options.server));
  }
  if (!options.data_dir.empty() && fs::exists(options.data_dir, error) &&
      !fs::is_empty(options.data_dir, error)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "--data-dir: ", options.data_dir, " holds something; name a new folder or an empty one"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Deployment>> StartOnKafka(const RunOptions& run,
                                                         const DeploymentOptions& options) {
  const fs::path beside = fs::path(run.server).parent_path() / "kafka-demo";
  auto brokers = Brokers::Start(
      {.tool = run.kafka_tool, .dir = run.kafka_dir.empty() ? beside.string() : run.kafka_dir});
  if (!brokers.ok()) return brokers.status();
  return Deployment::OnKafka(options, *std::move(brokers));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Run>> Run::Start(const RunOptions& options) {
  absl::Status status = CheckFolders(options);
  if (!status.ok()) return status;
  std::unique_ptr<Run> run(new Run);
  run->options_ = options;
  auto pack = ReadPackFolder(options.pack);
  if (!pack.ok()) return pack.status();
  run->pack_ = options.keep_every_mobile_prefix > 1
                   ? ThinPack(*pack, options.keep_every_mobile_prefix)
                   : *std::move(pack);
  const std::string& zone = run->pack_.tables.hotline().time_zone();
  if (!absl::LoadTimeZone(zone, &run->zone_)) {
    return absl::NotFoundError(absl::StrCat("this machine does not know the time zone ", zone));
  }
  run->plans_ = PlanDay(
      run->pack_.tables,
      {.date = options.date, .zone = run->zone_, .calls = options.calls, .seed = options.seed});
  auto scratch = Scratch::Create();
  if (!scratch.ok()) return scratch.status();
  run->scratch_ = *std::move(scratch);
  run->data_dir_ = options.data_dir.empty() ? run->scratch_->path() + "/data" : options.data_dir;
  auto journal = Journal::Create(run->scratch_->path() + "/acknowledged.jsonl");
  if (!journal.ok()) return journal.status();
  run->journal_ = *std::move(journal);
  status = run->StartDeployment();
  if (!status.ok()) return status;
  run->player_ = std::make_unique<Player>(
      &run->plans_, PlayerOptions{.in_flight_max = options.in_flight_max, .seed = options.seed},
      run->journal_.get());
  status = run->Connect();
  if (!status.ok()) return status;
  return run;
}

absl::Status Run::StartDeployment() {
  const DeploymentOptions options{
      .server = {.program = options_.server,
                 .data_dir = data_dir_,
                 .work_dir = scratch_->path(),
                 .clock_start = absl::FormatTime(absl::RFC3339_sec,
                                                 absl::FromCivil(options_.date, zone_), zone_),
                 .outlives_us = options_.outlives_us}};
  auto deployment = options_.kafka ? StartOnKafka(options_, options) : Deployment::Alone(options);
  if (!deployment.ok()) return deployment.status();
  deployment_ = *std::move(deployment);
  return absl::OkStatus();
}

absl::StatusOr<LoadedPack> Run::LoadPack() {
  auto loaded = load::LoadPack(client_.get(), pack_, options_.policy);
  if (!loaded.ok()) return loaded;
  const auto built = directory::Directory::Build(pack_.tables, pack_.hash);
  if (!built.ok()) return built.status();
  directory_ = (*built)->From(loaded->in_force_from);
  return loaded;
}

absl::Status Run::Connect() {
  if (client_ == nullptr) client_ = std::make_unique<ServerClient>();
  client_->set_now_ms(player_->now_ms());
  absl::Status status = client_->Connect(*deployment_);
  if (status.ok()) status = player_->Connect(*deployment_);
  return status;
}

absl::Status Run::Revive() {
  const absl::Status status = server().Restart();
  return status.ok() ? Connect() : status;
}

int64_t Run::MidnightMs(int64_t days) const {
  return absl::ToUnixMillis(absl::FromCivil(options_.date + days, zone_));
}

absl::Status Run::AdvanceTo(int64_t now_ms) {
  player_->set_limit_ms(now_ms);
  while (!player_->idle()) {
    if (Interrupted()) return absl::CancelledError("interrupted");
    player_->Play(absl::Now() + kPlaySlice);
  }
  return client_->TellTime(now_ms);
}

absl::CivilDay Run::last_date() const { return options_.date + kDaysAfter; }

absl::StatusOr<reporting::v1::GetTotalsResponse> Run::LetDaysPass() {
  for (int64_t at_ms = MidnightMs(1); at_ms <= MidnightMs(kDaysAfter); at_ms += kHourMs) {
    absl::Status status = AdvanceTo(at_ms);
    if (!status.ok()) return status;
  }
  return Settle();
}

absl::StatusOr<reporting::v1::GetTotalsResponse> Run::Settle() {
  reporting::v1::GetTotalsRequest request;
  request.set_group_by(reporting::v1::GROUP_BY_LEVEL);
  const absl::Time give_up = absl::Now() + kSettleTimeout;
  for (;;) {
    auto totals =
        client_->Ask<reporting::v1::GetTotalsResponse>(kReportingService, "GetTotals", request);
    if (!totals.ok()) return totals;
    if (Settled(*totals) || absl::Now() >= give_up || Interrupted()) return totals;
    absl::SleepFor(kAskAgain);
  }
}

bool Run::Settled(const reporting::v1::GetTotalsResponse& totals) const {
  for (const auto& position : totals.positions()) {
    const auto known = player_->positions().find(position.partition());
    if (known != player_->positions().end() && position.history() < known->second) return false;
  }
  const auto& sum = totals.sum();
  return sum.in_progress() == 0 &&
         sum.deadlines_set() == sum.deadlines_met() + sum.deadlines_missed() &&
         sum.callbacks_set() == sum.callbacks_met() + sum.callbacks_missed();
}

}  // namespace tierline::load
