#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "tests/chaos/report.h"

namespace tierline::chaos {

struct ChaosOptions {
  std::string server = "build/tierline-server";
  std::string pack = "deploy/packs/demo-2345";
  std::string kafka_tool = "tools/kafka";  // the program that keeps the brokers
  std::string kafka_dir;                   // of the brokers; empty: kafka-chaos beside the server
  int seconds = 120;                       // while things go wrong
  uint64_t seed = 1;
  int clients = 24;
  bool quiet = false;  // nothing on stdout but the report
};

// Two replicas of each service on three brokers, clients that work on the same inquiries, and
// faults; then everything heals, and log, answers and states are compared. Errors: something could
// not be done, or did not heal.
absl::StatusOr<Report> Run(const ChaosOptions& options);

}  // namespace tierline::chaos
