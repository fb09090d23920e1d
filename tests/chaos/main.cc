// tierline-chaos: lets things go wrong under load, and checks that nothing was lost.

#include <CLI/CLI.hpp>

#include <cstdio>
#include <random>

#include "absl/strings/str_format.h"
#include "tests/chaos/chaos.h"
#include "tools/load/interrupt.h"

namespace {

constexpr char kExamples[] = R"(
Examples:
  tools/dev chaos                            120 s with a seed of its own
  tools/dev chaos --seconds 20               a short one, with some of the faults
  tools/dev chaos --seconds 120 --seed 7 -o json

The seed repeats the faults and the commands that are drawn, not the moments at which they meet.
Exit code: 0 when everything held, 1 when something is wrong or could not be done, 130 after Ctrl-C.)";

}  // namespace

int main(int argc, char** argv) {
  tierline::chaos::ChaosOptions options;
  options.seed = static_cast<uint64_t>(std::random_device()());
  std::string output = "text";
  CLI::App app("Lets things go wrong under load, and checks that nothing was lost.",
               "tierline-chaos");
  app.footer(kExamples);
  app.add_option("--seconds", options.seconds, "How long things go wrong")
      ->check(CLI::Range(5, 86'400))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Another seed, other faults; else a random one");
  app.add_option("--clients", options.clients, "Clients, each with one command at a time")
      ->check(CLI::Range(1, 200))
      ->capture_default_str();
  app.add_option("--server", options.server, "Path of tierline-server")->capture_default_str();
  app.add_option("--pack", options.pack, "Folder of demo-2345")->capture_default_str();
  app.add_option("--kafka-tool", options.kafka_tool, "Program that keeps the brokers")
      ->capture_default_str();
  app.add_option("--kafka-dir", options.kafka_dir,
                 "Folder of the brokers; else kafka-chaos beside the server");
  app.add_option("-o,--output", output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  options.quiet = output == "json";
  tierline::load::CatchInterrupts();
  const auto report = tierline::chaos::Run(options);
  const bool holds = report.ok() && report->violations.empty();
  if (report.ok()) {
    std::fputs(options.quiet ? ToJson(*report).c_str() : ToText(*report).c_str(), stdout);
  } else {
    absl::FPrintF(stderr, "tierline-chaos: %s\n", report.status().message());
  }
  if (tierline::load::Interrupted()) return 130;
  if (!holds) {
    absl::FPrintF(stderr, "repeat with: tools/dev chaos --seconds %d --seed %d\n", options.seconds,
                  options.seed);
  }
  return holds ? 0 : 1;
}
