#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "runtime/observe/metrics.h"

// HTTP for those who operate the server, on one thread of its own:
//
//   /metrics   Prometheus text
//   /livez     200 while the main loop beats, otherwise 503: restart me
//   /readyz    200 when every check passes, otherwise 503: send me no calls; ?verbose lists the
//   checks /statusz   one JSON object: what each callback says under its name
//
//   Heartbeat heartbeat;
//   AdminServer admin({.listen = "127.0.0.1:0", .metrics = &metrics, .heartbeat = &heartbeat});
//   admin.AddReadyCheck("partitions", [&] { return owner.Ready(); });
//   if (absl::Status s = admin.Start(); !s.ok()) …
//   while (…) { heartbeat.Beat(); … }

namespace tierline::observe {

// Says that the main loop still turns.
class Heartbeat {
 public:
  Heartbeat() { Beat(); }
  void Beat();
  absl::Duration Age() const;  // since the last beat, by a clock that never jumps

 private:
  std::atomic<int64_t> beat_ns_{0};
};

class AdminServer {
 public:
  struct Options {
    std::string listen = "127.0.0.1:0";    // host:port; port 0: any free one
    Metrics* metrics = nullptr;            // null: /metrics is empty
    const Heartbeat* heartbeat = nullptr;  // null: always alive
    absl::Duration heartbeat_age_max = absl::Seconds(10);
  };

  explicit AdminServer(Options options);
  ~AdminServer();  // stops

  // Both run on the server's thread, may be called at any time after Start, and must not block. Add
  // them before Start.
  void AddReadyCheck(std::string_view name, std::function<absl::Status()> check);
  void AddStatus(std::string_view name,
                 std::function<std::string()> json);  // returns one JSON value

  // Errors: kInvalidArgument for an address that is none, kUnavailable when it can not be bound.
  absl::Status Start();
  void Stop();

  // /readyz fails from now on, whatever the checks say: the first step of a shutdown. From any
  // thread.
  void SetDraining();

  int port() const;  // bound port; 0 before Start

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace tierline::observe
