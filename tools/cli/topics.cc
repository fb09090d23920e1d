#include <algorithm>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "runtime/log/kafka_admin.h"
#include "tools/cli/commands.h"

// The topics of a log in Kafka: what is wrong with them, and to make them right. Speaks to the
// brokers themselves, since without topics no server starts.

namespace tierline::cli {
namespace {

using Kind = log::TopicDifference::Kind;

struct TopicsOptions {
  log::KafkaConnection connection;
  std::string file;
  log::TopicsWanted wanted;
};

// Lines name=value, as kcat -F reads them.
absl::Status ReadProperties(const std::string& path, log::KafkaConnection* connection) {
  std::ifstream in(path);
  if (!in) return absl::InvalidArgumentError(absl::StrCat("can not read ", path));
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    absl::StripAsciiWhitespace(&line);
    if (line.empty() || line[0] == '#') continue;
    const size_t equals = line.find('=');
    if (equals == std::string::npos)
      return absl::InvalidArgumentError(absl::StrCat(path, ":", number, ": no name=value"));
    const std::string name = line.substr(0, equals);
    if (name == "bootstrap.servers" && connection->bootstrap_servers.empty())
      connection->bootstrap_servers = line.substr(equals + 1);
    else if (name != "bootstrap.servers")
      connection->properties[name] = line.substr(equals + 1);
  }
  return absl::OkStatus();
}

const char* StateOf(const log::TopicDifference& difference) {
  switch (difference.kind) {
    case Kind::kMissing:
      return "missing";
    case Kind::kPartitions:
    case Kind::kReplication:
      return "fail";  // nothing that `apply` could mend
    case Kind::kSetting:
      return "differs";
  }
  return "";
}

class Topics {
 public:
  Topics(Program* program, TopicsOptions options)
      : program_(program), options_(std::move(options)) {}

  ExitCode Plan() {
    if (absl::Status status = Look(); !status.ok()) return Failed(status);
    Print();
    return differences_.empty() ? kOk : kUnverified;
  }

  ExitCode Apply() {
    absl::Status status = Look();
    if (status.ok()) status = Mend();
    // What was mended is looked at again, until the brokers say so.
    while (status.ok() && MendableLeft() && absl::Now() < deadline_) {
      absl::SleepFor(absl::Milliseconds(50));
      status = Look();
    }
    if (!status.ok()) return Failed(status);
    Print();
    return differences_.empty() ? kOk : kUnverified;
  }

 private:
  absl::Status Look() {
    if (admin_ == nullptr) {
      deadline_ = absl::Now() + program_->options().timeout;
      specs_ = log::PlanTopics(options_.wanted);
      specs_.push_back(log::PlanPublicTopic(options_.wanted));
      if (!options_.file.empty()) {
        absl::Status status = ReadProperties(options_.file, &options_.connection);
        if (!status.ok()) return status;
      }
      auto admin = log::KafkaAdmin::Connect(options_.connection);
      if (!admin.ok()) return admin.status();
      admin_ = *std::move(admin);
    }
    auto found = admin_->Describe(specs_, deadline_);
    if (!found.ok()) return found.status();
    differences_.clear();
    for (const log::TopicSpec& spec : specs_) {
      for (log::TopicDifference& difference : log::DiffTopic(spec, (*found)[spec.name])) {
        std::string mends =
            log::MendingCommand(spec, difference, options_.connection.bootstrap_servers);
        differences_.emplace_back(std::move(difference), std::move(mends));
      }
    }
    return absl::OkStatus();
  }

  absl::Status Mend() {
    for (const log::TopicSpec& spec : specs_) {
      const std::vector<log::TopicDifference> differences = Of(spec);
      if (differences.empty() || !log::CanMend(differences)) continue;
      const bool missing = differences[0].kind == Kind::kMissing;
      absl::Status status =
          missing ? admin_->Create({spec}, deadline_) : admin_->Mend(spec, deadline_);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  std::vector<log::TopicDifference> Of(const log::TopicSpec& spec) const {
    std::vector<log::TopicDifference> differences;
    for (const auto& [difference, mends] : differences_) {
      if (difference.topic == spec.name) differences.push_back(difference);
    }
    return differences;
  }
  bool MendableLeft() const {
    return std::any_of(specs_.begin(), specs_.end(), [this](const log::TopicSpec& spec) {
      const std::vector<log::TopicDifference> differences = Of(spec);
      return !differences.empty() && log::CanMend(differences);
    });
  }

  void Print() const {
    if (program_->out().json()) return PrintJson();
    if (differences_.empty()) return program_->out().Print("the topics are as they must be");
    Table table({"TOPIC", "STATE", "SETTING", "FOUND", "WANTED"});
    for (const auto& [difference, mends] : differences_) {
      table.Add({difference.topic, StateOf(difference), difference.name, difference.found,
                 difference.wanted});
    }
    program_->out().Print(table);
    program_->out().Print(MendableLeft() ? "\nWhat to do: tierline topics apply, or"
                                         : "\nWhat to do:");
    for (const auto& [difference, mends] : differences_) program_->out().Print("  " + mends);
  }

  void PrintJson() const {
    nlohmann::json rows = nlohmann::json::array();
    for (const auto& [difference, mends] : differences_) {
      rows.push_back({{"topic", difference.topic},
                      {"state", StateOf(difference)},
                      {"setting", difference.name},
                      {"found", difference.found},
                      {"wanted", difference.wanted},
                      {"advice", mends}});
    }
    if (program_->out().format() == Format::kJson) {
      program_->out().Print(nlohmann::json{{"differences", rows}}.dump(1));
      return;
    }
    for (const auto& row : rows) program_->out().Print(row.dump());
  }

  ExitCode Failed(const absl::Status& status) const {
    Complain(std::string(status.message()));
    if (absl::IsUnavailable(status)) return kUnreachable;
    return absl::IsInvalidArgument(status) ? kUsage : kRefused;
  }

  Program* program_;
  TopicsOptions options_;
  std::unique_ptr<log::KafkaAdmin> admin_;
  absl::Time deadline_;
  std::vector<log::TopicSpec> specs_;
  std::vector<std::pair<log::TopicDifference, std::string>> differences_;  // and what mends them
};

std::shared_ptr<TopicsOptions> AddOptions(CLI::App* command) {
  auto options = std::make_shared<TopicsOptions>();
  command->add_option("--bootstrap-servers", options->connection.bootstrap_servers,
                      "Brokers, host:port,…");
  command->add_option("--config", options->file,
                      "File of librdkafka settings, name=value: TLS, SASL, bootstrap.servers");
  command->add_option("--partitions", options->wanted.partitions, "Of the history, for ever")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command->add_option("--replication", options->wanted.replication, "Copies of every record")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command->add_option("--prefix", options->wanted.prefix, "Before every topic's name");
  return options;
}

}  // namespace

void AddTopics(CLI::App* root, Program* program) {
  CLI::App* topics =
      AddGroup(root, "topics", "The topics of a log in Kafka, which the servers need",
               "tierline topics plan --bootstrap-servers kafka-0:9092\n"
               "tierline topics apply --bootstrap-servers kafka-0:9092 --partitions 64");
  CLI::App* plan = AddCommand(topics, "plan", "How they differ from what they must be",
                              "tierline topics plan --bootstrap-servers kafka-0:9092\n"
                              "tierline topics plan --config client.properties -o json");
  program->OnRun(
      plan, [program, options = AddOptions(plan)] { return Topics(program, *options).Plan(); });
  CLI::App* apply = AddCommand(topics, "apply", "Make those that are missing, mend their settings",
                               "tierline topics apply --bootstrap-servers kafka-0:9092\n"
                               "tierline topics apply --config client.properties --replication 3");
  program->OnRun(
      apply, [program, options = AddOptions(apply)] { return Topics(program, *options).Apply(); });
}

}  // namespace tierline::cli
