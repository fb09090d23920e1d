#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "directory/directory.h"
#include "directory/pack.h"
#include "tierline/reporting/v1/reporting.pb.h"
#include "tools/load/deployment.h"
#include "tools/load/journal.h"
#include "tools/load/pack_loader.h"
#include "tools/load/player.h"
#include "tools/load/scratch.h"

namespace tierline::load {

struct RunOptions {
  std::string server = "build/tierline-server";
  std::string pack = "deploy/packs/12371";
  std::string policy = "bureau-12345";
  absl::CivilDay date{2009, 4, 1};  // a Wednesday, the first day of the formal opening
  std::string data_dir;             // empty: a temporary one
  int64_t calls = 5000;
  uint64_t seed = 1;
  int in_flight_max = 32;
  int keep_every_mobile_prefix = 1;  // one in so many
  bool outlives_us = false;
  bool kafka = false;                      // many processes on Kafka, not one on an embedded log
  std::string kafka_tool = "tools/kafka";  // the program that keeps the brokers
  std::string kafka_dir;                   // of the brokers; empty: kafka-demo beside the server
};

// A deployment of our own with a pack in force, and a day that is ready to be played against it.
class Run {
 public:
  // Reads the pack, plans the day, and starts the servers. Errors: kFailedPrecondition for a data
  // folder that is in use, and those of the parts.
  static absl::StatusOr<std::unique_ptr<Run>> Start(const RunOptions& options);
  absl::StatusOr<LoadedPack> LoadPack();

  // Starts the server again, which was killed, and connects everybody to it.
  absl::Status Revive();
  // Connects the player and the client to the servers as they run now.
  absl::Status Connect();
  // Plays until `now_ms` and tells the servers that it is that late.
  absl::Status AdvanceTo(int64_t now_ms);
  // Lets the days after the played one pass, hour by hour, until everything that can be due is, and
  // waits until all calls have an outcome, all deadlines an end, and reporting has read everything
  // that was acknowledged, up to a minute.
  absl::StatusOr<reporting::v1::GetTotalsResponse> LetDaysPass();
  // The last of these days.
  absl::CivilDay last_date() const;

  const directory::Pack& pack() const { return pack_; }
  // As the server has it, once the pack is loaded.
  const directory::Directory& directory() const { return *directory_; }
  absl::TimeZone zone() const { return zone_; }
  absl::CivilDay date() const { return options_.date; }
  // Midnight at the beginning of the day, and of the days after it.
  int64_t MidnightMs(int64_t days = 0) const;
  const std::string& data_dir() const { return data_dir_; }
  Scratch& scratch() { return *scratch_; }
  Deployment& deployment() { return *deployment_; }
  // The only process, or the first.
  ServerProcess& server() { return *deployment_->replicas().front().process; }
  ServerClient& client() { return *client_; }
  Journal& journal() { return *journal_; }
  Player& player() { return *player_; }

 private:
  Run() = default;
  absl::Status StartDeployment();
  absl::StatusOr<reporting::v1::GetTotalsResponse> Settle();
  bool Settled(const reporting::v1::GetTotalsResponse& totals) const;
  RunOptions options_;
  std::unique_ptr<Scratch> scratch_;  // goes last
  std::string data_dir_;
  directory::Pack pack_;
  std::shared_ptr<const directory::Directory> directory_;
  absl::TimeZone zone_;
  std::vector<CallPlan> plans_;
  std::unique_ptr<Deployment> deployment_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Player> player_;
  std::unique_ptr<ServerClient> client_;
};

}  // namespace tierline::load
