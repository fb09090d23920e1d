#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace tierline::chaos {

// The network between replicas and brokers: one port for each broker, which brokers name to their
// clients instead of their own. Who connects is known by the client id in its first request
// (KIP-511 header: i32 size, i16 key, i16 version, i32 correlation, i16 length, client id), which
// is the replica's instance name; so the network of one replica is cut and not that of the others.
//
//   replica --> port n of the proxy --> broker n
class Proxy {
 public:
  enum class Weather {
    kFair,
    kCut,      // connections are reset, and new ones as soon as they say who they are
    kStalled,  // connections stay, and nothing passes
  };

  // Listens on `brokers` free ports of 127.0.0.1; connections wait until the targets are known.
  static absl::StatusOr<std::unique_ptr<Proxy>> Listen(int brokers);
  ~Proxy();

  const std::vector<int>& ports() const { return ports_; }
  // The brokers' own addresses; then connections are passed on.
  void Serve(const std::vector<std::string>& brokers);
  // How many connections of `client` that meets.
  int Set(const std::string& client, Weather weather) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Flow {  // one direction of a connection
    int from = -1, to = -1;
    std::string waiting;  // read and not yet written
    bool ended = false;
  };
  struct Connection {
    Flow up, down;
    std::string client;  // empty until its first request is there
  };

  Proxy() = default;
  void Run();
  void Accept(size_t broker);
  // False when the connection is over.
  bool Carry(Connection* connection, short up_events, short down_events);
  static bool Move(Flow* flow, bool readable);
  Weather WeatherOf(const std::string& client) ABSL_LOCKS_EXCLUDED(mutex_);

  std::vector<int> listeners_, ports_, targets_;
  std::thread thread_;
  std::atomic<bool> stop_{false};
  std::vector<std::unique_ptr<Connection>> connections_;  // of the thread
  absl::Mutex mutex_;
  std::map<std::string, Weather> weather_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int> connected_ ABSL_GUARDED_BY(mutex_);  // connections by client
};

}  // namespace tierline::chaos
