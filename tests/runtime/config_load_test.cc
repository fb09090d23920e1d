#include "runtime/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "runtime/config/settings.h"

namespace tierline::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ConfigTest : public ::testing::Test {
 protected:
  std::variant<Config, Exit> Run(const std::vector<std::string>& args) {
    return Load(args, [this](const char* name) -> const char* {
      const auto found = environment_.find(name);
      return found == environment_.end() ? nullptr : found->second.c_str();
    });
  }
  Config Accepted(const std::vector<std::string>& args) {
    auto loaded = Run(args);
    if (auto* exit = std::get_if<Exit>(&loaded)) ADD_FAILURE() << exit->text;
    return std::holds_alternative<Config>(loaded) ? std::get<Config>(loaded) : Config();
  }
  Exit Ended(const std::vector<std::string>& args) {
    auto loaded = Run(args);
    if (std::holds_alternative<Config>(loaded)) ADD_FAILURE() << "was accepted";
    return std::holds_alternative<Exit>(loaded) ? std::get<Exit>(loaded) : Exit{-1, ""};
  }

  std::string File(const std::string& text) {
    const std::string path = (std::filesystem::path(::testing::TempDir()) /
                              ("tierline_config_test_" + std::to_string(::getpid()) + ".toml"))
                                 .string();
    std::ofstream(path) << text;
    return path;
  }

  std::map<std::string, std::string> environment_;
};

TEST_F(ConfigTest, HasDefaultsThatRunOnALaptop) {
  const Config config = Accepted({});
  EXPECT_EQ(config.listen, "127.0.0.1:12371");
  EXPECT_EQ(config.admin_listen, "127.0.0.1:12372");
  EXPECT_EQ(config.PartitionCount(), 8);
  EXPECT_EQ(config.roles.size(), 4u);
  EXPECT_EQ(config.MasterKeyFile(), config.data_dir + "/master.key");
  EXPECT_FALSE(config.virtual_clock());
}

TEST_F(ConfigTest, PrefersFlagsOverEnvironmentOverFileOverDefaults) {
  const std::string file =
      File("listen = \"file:1\"\nadmin_listen = \"file:2\"\ninstance = \"file\"\n");
  environment_ = {{"TIERLINE_LISTEN", "env:1"}, {"TIERLINE_ADMIN_LISTEN", "env:2"}};
  const Config config = Accepted({"--config", file, "--listen", "flag:1"});
  EXPECT_EQ(config.listen, "flag:1");
  EXPECT_EQ(config.admin_listen, "env:2");
  EXPECT_EQ(config.instance, "file");
  EXPECT_EQ(config.kafka_replication, 3);
}

TEST_F(ConfigTest, TakesTheFileFromTheEnvironment) {
  environment_ = {{"TIERLINE_CONFIG", File("partitions = 3\n")}};
  EXPECT_EQ(Accepted({}).partitions, 3);
}

TEST_F(ConfigTest, ReadsTomlWithCommentsAndLists) {
  const Config config =
      Accepted({"--config", File("# ours\n\npartitions = 16\nroles = [\"routing\", \"intake\"]\n"
                                 "shutdown_grace = \"1m30s\"\nlog_format = 'json'\n")});
  EXPECT_EQ(config.partitions, 16);
  EXPECT_THAT(config.roles, ElementsAre(base::v1::SERVICE_ROUTING, base::v1::SERVICE_INTAKE));
  EXPECT_EQ(config.shutdown_grace, absl::Seconds(90));
  EXPECT_EQ(config.log_format, "json");
}

TEST_F(ConfigTest, TakesRolesOnceEach) {
  EXPECT_THAT(Accepted({"--roles", "reporting, intake,intake"}).roles,
              ElementsAre(base::v1::SERVICE_REPORTING, base::v1::SERVICE_INTAKE));
  EXPECT_EQ(Accepted({"--roles", "all"}).roles.size(), 4u);
}

TEST_F(ConfigTest, SetsAVirtualClock) {
  const Config config = Accepted(
      {"--clock", "virtual", "--clock-start", "2026-03-02T09:00:00+08:00", "--clock-speed", "60"});
  EXPECT_TRUE(config.virtual_clock());
  EXPECT_EQ(config.clock_start, absl::FromUnixSeconds(1772413200));
  EXPECT_EQ(config.clock_speed, 60);
}

TEST_F(ConfigTest, RefusesBadValuesNamingSettingValueRuleAndOrigin) {
  struct Row {
    std::string name, value;
  };
  for (const Row& row : {Row{"listen", "12371"},
                         Row{"listen", ":1"},
                         Row{"listen", "host:99999"},
                         Row{"roles", "billing"},
                         Row{"roles", ""},
                         Row{"engine", "kafkaesque"},
                         Row{"partitions", "-1"},
                         Row{"partitions", "8x"},
                         Row{"partitions", "99999999999"},
                         Row{"in_flight_max", "-1"},
                         Row{"shutdown_grace", "10"},
                         Row{"shutdown_grace", "-1s"},
                         Row{"log_level", "loud"},
                         Row{"clock", "sundial"},
                         Row{"clock_start", "yesterday"},
                         Row{"clock_speed", "0"},
                         Row{"clock_speed", "nan"},
                         Row{"kafka_properties", "acks"},
                         Row{"kafka_properties", "=1"},
                         Row{"kafka_properties", "sasl.password=x"},
                         Row{"kafka_session_timeout", "10"},
                         Row{"sip_listen", "5060"},
                         Row{"sip_gateway", "gw> <sip:else"},
                         Row{"sip_platform", ""},
                         Row{"sip_trunk_area", "551"},
                         Row{"sip_trunk_area", "0"},
                         Row{"sip_message_bytes_max", "65536"},
                         Row{"data_dir", ""}}) {
    environment_ = {{FindSetting(row.name)->variable(), row.value}};
    const Exit exit = Ended({});
    EXPECT_EQ(exit.code, 2);
    EXPECT_THAT(exit.text, HasSubstr(row.name + ": \"" + row.value + "\" must ")) << row.name;
    EXPECT_THAT(exit.text, HasSubstr("(" + FindSetting(row.name)->variable() + ")"));
  }
}

TEST_F(ConfigTest, TellsAllMistakesAtOnce) {
  const Exit exit = Ended({"--partitions", "2000", "--clock", "sundial"});
  EXPECT_THAT(
      exit.text,
      HasSubstr("partitions: \"2000\" must be a whole number from 0 to 1024 (flag --partitions)"));
  EXPECT_THAT(exit.text,
              HasSubstr("clock: \"sundial\" must be one of system, virtual (flag --clock)"));
}

TEST_F(ConfigTest, TakesWhatApacheKafkaNeeds) {
  const Config config =
      Accepted({"--engine", "kafka", "--kafka-brokers", "a:9092,b:9092", "--master-key-file", "k",
                "--kafka-properties", "compression.type=zstd, linger.ms = 1"});
  EXPECT_TRUE(config.kafka());
  EXPECT_EQ(config.PartitionCount(), 64);
  EXPECT_EQ(config.kafka_brokers, "a:9092,b:9092");
  EXPECT_EQ(config.kafka_properties.at("compression.type"), "zstd");
  EXPECT_EQ(config.kafka_properties.at("linger.ms"), "1");
}

TEST_F(ConfigTest, RefusesApacheKafkaWithoutWhatReplicasHaveToAgreeOn) {
  const Exit exit = Ended({"--engine", "kafka", "--listen", "0.0.0.0:1"});
  EXPECT_THAT(exit.text, HasSubstr("needs kafka_brokers"));
  EXPECT_THAT(exit.text, HasSubstr("needs master_key_file"));
  EXPECT_THAT(exit.text, HasSubstr("needs endpoint"));
  EXPECT_THAT(Ended({"--engine", "kafka", "--tls-certificate", "c", "--tls-key", "k"}).text,
              HasSubstr("needs tls_peer_ca"));
}

TEST_F(ConfigTest, TakesWhatSipNeedsAndRefusesItWithout) {
  const Config config =
      Accepted({"--sip-listen", "127.0.0.1:5060", "--sip-gateway", "gw.example:5070",
                "--sip-trunk-groups", "hefei-1=0551, wuhu=0553"});
  EXPECT_EQ(config.sip_trunk_groups.at("wuhu"), "0553");
  const Exit exit = Ended(
      {"--sip-listen", "127.0.0.1:5060", "--roles", "intake", "--sip-trunk-groups", "hefei-1=551"});
  EXPECT_THAT(exit.text, HasSubstr("sip_listen needs sip_gateway"));
  EXPECT_THAT(exit.text, HasSubstr("sip_listen needs the role routing"));
  EXPECT_THAT(exit.text, HasSubstr("hefei-1 = \"551\" must be an area code"));
}

TEST_F(ConfigTest, RefusesSettingsThatDoNotGoTogether) {
  EXPECT_THAT(Ended({"--tls-certificate", "a.pem"}).text, HasSubstr("tls_key"));
  EXPECT_THAT(Ended({"--tls-client-ca", "a.pem"}).text, HasSubstr("tls_certificate"));
  EXPECT_THAT(Ended({"--clock-speed", "2"}).text, HasSubstr("virtual"));
}

TEST_F(ConfigTest, RefusesUnknownKeysAndFlags) {
  const std::string file = File("lisen = \"a:1\"\n");
  const Exit key = Ended({"--config", file});
  EXPECT_EQ(key.code, 2);
  EXPECT_THAT(key.text, HasSubstr("lisen: no setting has this name (file " + file + ")"));
  EXPECT_THAT(Ended({"--config", File("[server]\nlisten = \"a:1\"\n")}).text,
              HasSubstr("server.listen"));
  const Exit flag = Ended({"--lisen", "a:1"});
  EXPECT_EQ(flag.code, 2);
  EXPECT_THAT(flag.text, HasSubstr("--lisen"));
  EXPECT_THAT(Ended({"--config", "/no/such/file.toml"}).text, HasSubstr("/no/such/file.toml"));
}

TEST_F(ConfigTest, IgnoresUnknownVariables) {
  environment_ = {
      {"TIERLINE_SERVICE_HOST", "10.0.0.1"}};  // Kubernetes sets it for a service named tierline
  EXPECT_EQ(Accepted({}).listen, "127.0.0.1:12371");
}

TEST_F(ConfigTest, PrintsWhereEachValueIsFrom) {
  const std::string file = File("partitions = 3\n");
  environment_ = {{"TIERLINE_LOG_FORMAT", "json"}};
  const Exit exit = Ended({"--config", file, "--instance", "a", "--print-config"});
  EXPECT_EQ(exit.code, 0);
  EXPECT_THAT(exit.text, HasSubstr("# file " + file + "\npartitions = 3\n"));
  EXPECT_THAT(exit.text, HasSubstr("# TIERLINE_LOG_FORMAT\nlog_format = \"json\"\n"));
  EXPECT_THAT(exit.text, HasSubstr("# flag --instance\ninstance = \"a\"\n"));
  EXPECT_THAT(exit.text, HasSubstr("# default\nlisten = \"127.0.0.1:12371\"\n"));
}

TEST_F(ConfigTest, PrintsWhatItCanReadAgain) {
  const std::vector<std::string> flags = {
      "--clock", "virtual",       "--clock-start", "2026-03-02T09:00:00+08:00", "--roles",
      "intake",  "--clock-speed", "0.25",          "--shutdown-grace",          "1m30s"};
  std::vector<std::string> printing = flags;
  printing.push_back("--print-config");
  const std::string text = Ended(printing).text;
  const Config again = Accepted({"--config", File(text)});
  const Config config = Accepted(flags);
  for (const Setting& setting : Settings())
    EXPECT_EQ(setting.get(again), setting.get(config)) << setting.name;
}

TEST_F(ConfigTest, ExplainsItself) {
  const Exit help = Ended({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.text, HasSubstr("Examples:"));
  for (const Setting& setting : Settings()) EXPECT_THAT(help.text, HasSubstr(setting.flag()));
  const Exit version = Ended({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.text, HasSubstr(std::string(kVersion)));
}

TEST(Settings, AreNamedOnceAndKeepTheirDefaults) {
  for (const Setting& setting : Settings()) {
    EXPECT_EQ(FindSetting(setting.name), &setting);
    Config config;
    const std::string before = setting.get(config);
    EXPECT_TRUE(setting.set(before, &config)) << setting.name << " refuses its default " << before;
    EXPECT_EQ(setting.get(config), before) << setting.name;
  }
}

}  // namespace
}  // namespace tierline::config
