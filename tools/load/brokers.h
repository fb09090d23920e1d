#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tierline::load {

struct BrokerOptions {
  std::string tool = "tools/kafka";  // the program that keeps brokers
  std::string dir;                   // of the cluster; what was there is replaced
  int count = 1;
  // Ports that clients are told instead of the brokers' own, one each; empty: the own ones.
  std::vector<int> advertised;
};

// A Kafka cluster of our own on 127.0.0.1, kept by tools/kafka.
//
//   auto brokers = Brokers::Start({.dir = "build/kafka-demo"});
//   … --kafka-brokers (*brokers)->bootstrap() …
//   absl::Status status = (*brokers)->Do("kill", 1);
class Brokers {
 public:
  // Returns when all of them serve. Errors: kUnavailable with what the tool said.
  static absl::StatusOr<std::unique_ptr<Brokers>> Start(const BrokerOptions& options);
  // Stops them and deletes their data, unless they were left running.
  ~Brokers();

  // What clients begin with.
  const std::string& bootstrap() const { return bootstrap_; }
  // The brokers' own addresses, by their numbers, from 1 at index 0.
  const std::vector<std::string>& addresses() const { return addresses_; }
  // kill, start, pause or resume the broker of that number, from 1; waits until that is done.
  absl::Status Do(std::string_view verb, int broker);
  // They go on when this process ends.
  void Leave() { left_ = true; }
  // What stops them then and deletes their data.
  std::string StopCommand() const;

 private:
  explicit Brokers(BrokerOptions options) : options_(std::move(options)) {}

  const BrokerOptions options_;
  std::string bootstrap_;
  std::vector<std::string> addresses_;
  bool left_ = false;
};

}  // namespace tierline::load
