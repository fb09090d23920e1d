#include "tools/load/crash.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tools/load/audit.h"
#include "tools/load/closing.h"
#include "tools/load/dice.h"
#include "tools/load/interrupt.h"

namespace tierline::load {
namespace {

constexpr absl::Duration kSlice = absl::Milliseconds(5);
constexpr int kCallsPerRound = 2000;  // more than a round can play
constexpr size_t kRecentMax = 100;    // inquiries looked at after a round

class CrashTest {
 public:
  explicit CrashTest(CrashOptions options)
      : options_(std::move(options)), dice_(options_.run.seed, 0xc4a54) {}

  absl::StatusOr<int> Play() {
    absl::Status status = Start();
    if (status.ok()) status = PlayRounds();
    if (status.ok()) status = PlayToTheEnd();
    if (!status.ok()) return status;
    const auto audit = Prove(run_.get(), &parts_, &faults_);
    if (!audit.ok()) return audit.status();
    return Conclude(run_.get(), parts_, *audit, faults());
  }

  // What was wrong so far.
  std::vector<std::string> faults() const {
    std::vector<std::string> all = faults_;
    if (run_ == nullptr) return all;
    const auto& wrong = run_->player().faults();
    all.insert(all.end(), wrong.begin(), wrong.end());
    return all;
  }

 private:
  absl::Status Start() {
    absl::PrintF("Tierline, crash test: %d rounds, seed %d\n", options_.rounds, options_.run.seed);
    options_.run.calls = int64_t{kCallsPerRound} * options_.rounds;
    parts_.Begin("start a server with the pack " + options_.run.pack);
    auto run = Run::Start(options_.run);
    if (!run.ok()) return run.status();
    run_ = *std::move(run);
    return run_->LoadPack().status();
  }

  absl::Status PlayRounds() {
    parts_.Begin("kill it under load");
    absl::PrintF("  round  killed after  in flight  acknowledged  checked  serves after\n");
    for (int round = 1; round <= options_.rounds; ++round) {
      absl::Status status = PlayRound(round);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status PlayRound(int round) {
    Player& player = run_->player();
    const int64_t acknowledged = run_->journal().size();
    const absl::Duration load = absl::Milliseconds(dice_.Between(50, 1500));
    const absl::Time kill_at = absl::Now() + load;
    while (absl::Now() < kill_at) {
      if (Interrupted()) return absl::CancelledError("interrupted");
      player.Play(std::min(kill_at, absl::Now() + kSlice));
    }
    run_->server().Kill();
    const int in_flight = player.unanswered();
    std::string notes;
    if (dice_.Percent(20)) {
      const absl::Duration delay = absl::Milliseconds(dice_.Between(1, 400));
      absl::Status status = run_->server().StartInVain(delay);
      if (!status.ok()) return status;
      absl::StrAppend(&notes, "  killed again ", absl::ToInt64Milliseconds(delay),
                      " ms into its start");
    }
    if (dice_.Percent(10)) {
      std::filesystem::remove_all(run_->data_dir() + "/state");
      absl::StrAppend(&notes, "  its state was deleted");
    }
    absl::Status status = run_->Revive();
    if (!status.ok()) return status;
    const auto audit =
        AuditHistories(&run_->client(), run_->journal(), run_->journal().Recent(kRecentMax),
                       {.now_ms = 0, .settled = false});
    if (!audit.ok()) return audit.status();
    faults_.insert(faults_.end(), audit->faults.begin(), audit->faults.end());
    absl::PrintF("  %5d  %9d ms  %9d  %12d  %7d  %9d ms%s%s\n", round,
                 absl::ToInt64Milliseconds(load), in_flight, run_->journal().size() - acknowledged,
                 audit->inquiries, absl::ToInt64Milliseconds(run_->server().start_time()), notes,
                 audit->faults.empty() ? "" : "  WRONG: " + audit->faults.front());
    std::fflush(stdout);
    return absl::OkStatus();
  }

  absl::Status PlayToTheEnd() {
    parts_.Begin("let everything come to its end");
    run_->player().EndCalls();
    const auto totals = run_->LetDaysPass();
    if (!totals.ok()) return totals.status();
    const PlayerCounts& counts = run_->player().counts();
    Say(absl::StrCat(counts.calls, " calls, ", counts.resent, " commands sent again, ",
                     counts.repeats + counts.stale + counts.invalid + counts.reads,
                     " probes answered rightly, residual ", totals->residual()));
    if (totals->sum().in_progress() != 0) {
      faults_.push_back(absl::StrCat("totals: ", totals->sum().in_progress(), " calls never end"));
    }
    if (totals->residual() != 0) faults_.push_back("totals: the residual is not 0");
    if (totals->sum().received() + totals->sum().test_calls() != counts.calls) {
      faults_.push_back(absl::StrCat("totals: ", totals->sum().received(), " received and ",
                                     totals->sum().test_calls(), " test calls, played were ",
                                     counts.calls));
    }
    return absl::OkStatus();
  }

  CrashOptions options_;
  Dice dice_;
  Parts parts_;
  std::unique_ptr<Run> run_;
  std::vector<std::string> faults_;
};

}  // namespace

int Crash(CrashOptions options) {
  CrashTest test(std::move(options));
  const auto code = test.Play();
  return code.ok() ? *code : GiveUp(code.status(), test.faults());
}

}  // namespace tierline::load
