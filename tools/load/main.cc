// tierline-load: plays calls against a server of its own, and checks what becomes of them.

#include <CLI/CLI.hpp>

#include "absl/time/civil_time.h"
#include "tools/load/crash.h"
#include "tools/load/demo.h"
#include "tools/load/interrupt.h"

namespace {

constexpr char kExamples[] = R"(
Examples:
  tierline-load demo                         a day of 5,000 calls; the server is killed at half time
  tierline-load demo --calls 300             a quick one
  tierline-load demo --keep                  the server goes on; says what to type next
  tierline-load demo --kafka                 the same on separate processes and a Kafka broker
  tierline-load demo --pack deploy/packs/demo-2345 --policy standard --date 2024-03-06
  tierline-load crash --rounds 5             kill -9 under load, five times
  tierline-load crash --rounds 50 --seed 7

Exit code: 0 when everything held, 1 when something is wrong or could not be done, 130 after Ctrl-C.)";

void AddRunOptions(CLI::App* command, tierline::load::RunOptions* run) {
  command->add_option("--server", run->server, "Path of tierline-server")->capture_default_str();
  command->add_option("--pack", run->pack, "Folder of the hotline pack")->capture_default_str();
  command->add_option("--policy", run->policy, "Profile of limits")->capture_default_str();
  command
      ->add_option_function<std::string>(
          "--date",
          [run](const std::string& text) {
            if (!absl::ParseCivilTime(text, &run->date)) {
              throw CLI::ValidationError("--date", "write it as 2009-04-01");
            }
          },
          "The day that is played")
      ->type_name("YYYY-MM-DD")
      ->default_str(absl::FormatCivilTime(run->date));
  command->add_option("--seed", run->seed, "Another seed, another day")->capture_default_str();
  command->add_option("--data-dir", run->data_dir,
                      "Folder for the server's data, which stays; else a temporary one");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Plays calls against a Tierline server of its own.", "tierline-load");
  app.require_subcommand(1);
  app.footer(kExamples);

  tierline::load::DemoOptions demo;
  CLI::App* demo_command = app.add_subcommand("demo", "Play one day, show it, audit it");
  AddRunOptions(demo_command, &demo.run);
  demo_command->add_option("--calls", demo.run.calls, "Calls of the day")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  demo_command->add_flag("--keep", demo.keep, "Leave the servers running afterwards");
  demo_command->add_flag("!--no-kill", demo.kill, "Do not kill a server at half time");
  demo_command->add_flag("--kafka", demo.run.kafka,
                         "Two replicas of each service on a Kafka broker, not one server");
  demo_command->add_option("--kafka-tool", demo.run.kafka_tool, "Program that keeps the broker")
      ->capture_default_str();
  demo_command->add_option("--kafka-dir", demo.run.kafka_dir,
                           "Folder of the broker; else kafka-demo beside the server");

  tierline::load::CrashOptions crash;
  crash.run.in_flight_max = 64;
  crash.run.keep_every_mobile_prefix = 64;
  CLI::App* crash_command = app.add_subcommand("crash", "Kill the server under load, audit it");
  AddRunOptions(crash_command, &crash.run);
  crash_command->add_option("--rounds", crash.rounds, "How often it is killed")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  crash_command->add_option("--in-flight", crash.run.in_flight_max, "Commands at once")
      ->check(CLI::Range(1, 200))
      ->capture_default_str();

  CLI11_PARSE(app, argc, argv);
  tierline::load::CatchInterrupts();
  return demo_command->parsed() ? tierline::load::Demo(demo) : tierline::load::Crash(crash);
}
