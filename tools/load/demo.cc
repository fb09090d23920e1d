#include "tools/load/demo.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "tools/load/audit.h"
#include "tools/load/closing.h"
#include "tools/load/figures.h"
#include "tools/load/interrupt.h"
#include "tools/load/progress.h"
#include "tools/load/table.h"

namespace tierline::load {
namespace {

constexpr absl::Duration kSlice = absl::Milliseconds(20);

std::string Seconds(absl::Duration duration) {
  return absl::StrFormat("%.2f s", absl::ToDoubleSeconds(duration));
}

class DemoPlay {
 public:
  explicit DemoPlay(DemoOptions options) : options_(std::move(options)) {}

  absl::StatusOr<int> Play() {
    absl::Status status = Start();
    if (status.ok()) status = LoadPack();
    if (status.ok()) status = PlayDay();
    if (status.ok()) status = PlayDaysAfter();
    if (status.ok()) status = ShowFigures();
    if (!status.ok()) return status;
    const auto audit = Prove(run_.get(), &parts_, &faults_);
    if (!audit.ok()) return audit.status();
    ShowHistory(audit->example);
    const int code = Conclude(run_.get(), parts_, *audit, faults());
    if (options_.keep) Keep(audit->example.inquiry_id);
    return code;
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
    options_.run.outlives_us = options_.keep;
    absl::PrintF("Tierline, one day of a hotline: %s calls, seed %d\n", Figure(options_.run.calls),
                 options_.run.seed);
    parts_.Begin(options_.run.kafka ? "start a Kafka broker, and two replicas of each service"
                                    : "start a server");
    auto run = Run::Start(options_.run);
    if (!run.ok()) return run.status();
    run_ = *std::move(run);
    for (const std::string& line : run_->deployment().Describe()) Say(line);
    return absl::OkStatus();
  }

  absl::Status LoadPack() {
    parts_.Begin("load the pack " + options_.run.pack);
    const auto loaded = run_->LoadPack();
    if (!loaded.ok()) return loaded.status();
    std::fputs(DiffTable(loaded->diff).c_str(), stdout);
    Say(absl::StrCat(loaded->pieces, " pieces were staged and put in force together, with policy ",
                     options_.run.policy));
    return absl::OkStatus();
  }

  absl::Status PlayDay() {
    parts_.Begin("play " + absl::FormatCivilTime(run_->date()));
    Player& player = run_->player();
    Progress progress(options_.run.calls, run_->zone());
    player.set_limit_ms(run_->MidnightMs(1) - 1);
    bool killed = !options_.kill;
    while (!player.idle()) {
      if (Interrupted()) return absl::CancelledError("interrupted");
      player.Play(absl::Now() + kSlice);
      progress.Update(player.counts().calls, run_->journal().size(), player.now_ms());
      if (killed || !IsHalfTime(player)) continue;
      killed = true;
      progress.Clear();
      absl::Status status = KillAndRevive();
      if (!status.ok()) return status;
    }
    progress.Clear();
    const PlayerCounts& counts = player.counts();
    Say(absl::StrCat(Figure(counts.repeats), " commands were repeated and gave the same event, ",
                     Figure(counts.stale), " had a stale version and were refused, ",
                     Figure(counts.invalid), " were wrong and were refused, ", Figure(counts.reads),
                     " queries read what had just been written"));
    return absl::OkStatus();
  }

  // A quiet moment would prove little.
  bool IsHalfTime(const Player& player) const {
    const int64_t calls = player.counts().calls, all = options_.run.calls;
    const bool busy = player.unanswered() >= options_.run.in_flight_max / 4;
    return calls * 2 >= all && (busy || calls * 10 >= all * 6);
  }

  absl::Status KillAndRevive() {
    Player& player = run_->player();
    player.Play(absl::InfinitePast());  // sends, and does not wait
    const int in_flight = player.unanswered();
    const int64_t acknowledged = run_->journal().size(), resent = player.counts().resent;
    const absl::Time begun = absl::Now();
    const std::vector<Replica*> victims = run_->deployment().Victims();
    absl::Status status = run_->deployment().KillAndLaunch(victims);
    if (status.ok()) status = PlayUntilServed();
    if (status.ok()) status = run_->Connect();
    if (!status.ok()) return status;
    const absl::Duration served = absl::Now() - begun;
    const int64_t meanwhile = run_->journal().size() - acknowledged;
    while (run_->journal().size() == acknowledged && !player.idle()) {
      if (Interrupted()) return absl::CancelledError("interrupted");
      player.Play(absl::Now() + kSlice);
    }
    Say(absl::StrCat(
        absl::StrJoin(victims, " and ", [](auto* out, auto* victim) { out->append(victim->name); }),
        victims.size() == 1 ? " was" : " were", " killed (SIGKILL) with ", in_flight,
        " commands without an answer; on the same data it served again after ", Seconds(served),
        meanwhile > 0
            ? absl::StrCat(", ", meanwhile, " commands were acknowledged meanwhile")
            : absl::StrCat(", the first answer came after ", Seconds(absl::Now() - begun)),
        ", ", player.counts().resent - resent, " attempts were repeated under their request ids"));
    return absl::OkStatus();
  }

  // Who is alive goes on meanwhile.
  absl::Status PlayUntilServed() {
    for (;;) {
      const auto serves = run_->deployment().Serves();
      if (!serves.ok()) return serves.status();
      if (*serves) return absl::OkStatus();
      if (Interrupted()) return absl::CancelledError("interrupted");
      run_->player().Play(absl::Now() + kSlice);
    }
  }

  absl::Status PlayDaysAfter() {
    parts_.Begin("let the days after it pass");
    auto totals = run_->LetDaysPass();
    if (!totals.ok()) return totals.status();
    totals_ = *std::move(totals);
    const auto& sum = totals_.sum();
    Say(absl::StrCat("what was registered was closed in time, late or not at all: ",
                     Figure(sum.deadlines_warned()), " warnings and ",
                     Figure(sum.deadlines_missed()), " misses until ",
                     absl::FormatCivilTime(run_->last_date())));
    return absl::OkStatus();
  }

  absl::Status ShowFigures() {
    parts_.Begin("count");
    const Player::Tally tally = run_->player().Count();
    std::fputs(TotalsTable(run_->date(), totals_, tally).c_str(), stdout);
    const std::vector<std::string> wrong = CheckTotals(totals_, tally);
    const auto& sum = totals_.sum();
    Say(absl::StrCat(Figure(sum.received()), " calls received = ", Figure(OutcomesOf(sum)),
                     " outcomes + ", Figure(sum.in_progress()), " in progress"));
    Say(wrong.empty()
            ? "every outcome is what the callers did; the residual of received − outcomes "
              "is 0"
            : "the figures are NOT what the callers did");
    faults_.insert(faults_.end(), wrong.begin(), wrong.end());
    return absl::OkStatus();
  }

  void ShowHistory(const History& history) {
    parts_.Begin("show one inquiry");
    Say(history.inquiry_id);
    std::fputs(HistoryTable(history, run_->zone()).c_str(), stdout);
    Say(absl::StrCat("its chain of ", history.chain.events(), " events ",
                     history.chain.verified() ? "is verified" : "is NOT verified", ", head ",
                     history.chain.head()));
    parts_.End();
  }

  void Keep(const std::string& inquiry_id) {
    run_->deployment().Leave();
    run_->scratch().Keep();
    const std::string folder = options_.run.server.substr(0, options_.run.server.rfind('/') + 1);
    absl::PrintF("\nThe %s on. Try\n", options_.run.kafka ? "servers go" : "server goes");
    for (const std::string& command :
         {std::string("route --from 13800138000 --dial 12371 --at 2009-04-01T09:00:00+08:00 "
                      "--explain"),
          "history " + inquiry_id, "deadline show " + inquiry_id,
          std::string("report totals --by office --office 340000"), std::string("--help")}) {
      Say(absl::StrCat(folder, "tierline --address ", AddressFor(command), " ", command));
    }
    absl::PrintF("Stop it with\n");
    for (const std::string& command : run_->deployment().StopCommands()) Say(command);
    Say(absl::StrCat("rm -r ", run_->scratch().path(), "  # its data"));
  }

  // Of a replica that answers the command of the CLI.
  const std::string& AddressFor(std::string_view command) {
    const auto service = command.starts_with("route")      ? kRoutingService
                         : command.starts_with("deadline") ? kEscalationService
                                                           : kReportingService;
    for (const Replica& replica : run_->deployment().replicas()) {
      if (replica.Answers(service)) return replica.process->address();
    }
    return run_->server().address();
  }

  DemoOptions options_;
  Parts parts_;
  std::unique_ptr<Run> run_;
  reporting::v1::GetTotalsResponse totals_;
  std::vector<std::string> faults_;
};

}  // namespace

int Demo(DemoOptions options) {
  DemoPlay play(std::move(options));
  const auto code = play.Play();
  return code.ok() ? *code : GiveUp(code.status(), play.faults());
}

}  // namespace tierline::load
