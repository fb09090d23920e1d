#include "runtime/config/settings.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/area_code.h"
#include "base/record.h"
#include "base/text.h"

namespace tierline::config {
namespace {

constexpr std::initializer_list<base::v1::Service> kServices = {
    base::v1::SERVICE_ROUTING, base::v1::SERVICE_INTAKE, base::v1::SERVICE_ESCALATION,
    base::v1::SERVICE_REPORTING};

bool IsHostPort(std::string_view value) {
  const size_t colon = value.rfind(':');
  int port = 0;
  return colon != std::string_view::npos && colon > 0 &&
         absl::SimpleAtoi(ToAbsl(value.substr(colon + 1)), &port) && port >= 0 && port <= 65535;
}

Setting Text(std::string_view name, std::string Config::*field, std::string_view help) {
  return {name,
          help,
          "must be text",
          true,
          [=](std::string_view value, Config* config) {
            config->*field = std::string(value);
            return true;
          },
          [=](const Config& config) { return config.*field; }};
}

Setting NonEmpty(std::string_view name, std::string Config::*field, std::string_view help) {
  Setting setting = Text(name, field, help);
  setting.rule = "must not be empty";
  setting.set = [=](std::string_view value, Config* config) {
    config->*field = std::string(value);
    return !value.empty();
  };
  return setting;
}

Setting Address(std::string_view name, std::string Config::*field, std::string_view help) {
  Setting setting = Text(name, field, help);
  setting.rule = "must be host:port; port 0 takes any free one";
  setting.set = [=](std::string_view value, Config* config) {
    config->*field = std::string(value);
    return IsHostPort(value);
  };
  return setting;
}

// An address, or nothing.
Setting AddressIfAny(std::string_view name, std::string Config::*field, std::string_view help) {
  Setting setting = Address(name, field, help);
  setting.rule = "must be host:port or empty; port 0 takes any free one";
  setting.set = [=](std::string_view value, Config* config) {
    config->*field = std::string(value);
    return value.empty() || IsHostPort(value);
  };
  return setting;
}

// What stands in a header as it is given here: nothing that would end it, or begin another one.
Setting Uri(std::string_view name, std::string Config::*field, std::string_view help) {
  Setting setting = Text(name, field, help);
  setting.rule = "must be printable ASCII without spaces, quotes and angle brackets";
  setting.set = [=](std::string_view value, Config* config) {
    config->*field = std::string(value);
    return std::all_of(value.begin(), value.end(), [](char c) {
      return c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>';
    });
  };
  return setting;
}

Setting AreaCode(std::string_view name, std::string Config::*field, std::string_view help) {
  Setting setting = Text(name, field, help);
  setting.rule = "must be an area code with its 0, or empty";
  setting.set = [=](std::string_view value, Config* config) {
    config->*field = std::string(value);
    return value.empty() || LooksLikeAreaCode(value);
  };
  return setting;
}

Setting OneOf(std::string_view name, std::string Config::*field,
              const std::vector<std::string>& values, std::string_view help) {
  Setting setting = Text(name, field, help);
  setting.rule = "must be one of " + absl::StrJoin(values, ", ");
  setting.set = [=](std::string_view value, Config* config) {
    config->*field = std::string(value);
    return std::find(values.begin(), values.end(), value) != values.end();
  };
  return setting;
}

Setting Number(std::string_view name, int32_t Config::*field, int32_t min, int32_t max,
               std::string_view help) {
  return {name,
          help,
          absl::StrCat("must be a whole number from ", min, " to ", max),
          false,
          [=](std::string_view value, Config* config) {
            return absl::SimpleAtoi(ToAbsl(value), &(config->*field)) && config->*field >= min &&
                   config->*field <= max;
          },
          [=](const Config& config) { return absl::StrCat(config.*field); }};
}

Setting Duration(std::string_view name, absl::Duration Config::*field, absl::Duration min,
                 absl::Duration max, std::string_view help) {
  return {name,
          help,
          absl::StrCat("must be a duration like 10s or 1m30s, from ", absl::FormatDuration(min),
                       " to ", absl::FormatDuration(max)),
          true,
          [=](std::string_view value, Config* config) {
            return absl::ParseDuration(ToAbsl(value), &(config->*field)) && config->*field >= min &&
                   config->*field <= max;
          },
          [=](const Config& config) { return absl::FormatDuration(config.*field); }};
}

Setting Properties(std::string_view name, std::map<std::string, std::string> Config::*field,
                   std::string_view help) {
  return {
      name,
      help,
      "must be name=value, several with commas, and no passwords: those belong in files",
      true,
      [=](std::string_view value, Config* config) {
        (config->*field).clear();
        if (absl::StrContains(ToAbsl(value), "password")) return false;
        for (absl::string_view part : absl::StrSplit(ToAbsl(value), ',', absl::SkipWhitespace())) {
          const std::pair<absl::string_view, absl::string_view> pair =
              absl::StrSplit(part, absl::MaxSplits('=', 1));
          const auto key = absl::StripAsciiWhitespace(pair.first);
          if (key.empty() || part.find('=') == part.npos) return false;
          (config->*field)[std::string(key)] = std::string(absl::StripAsciiWhitespace(pair.second));
        }
        return true;
      },
      [=](const Config& config) {
        return absl::StrJoin(config.*field, ",", absl::PairFormatter("="));
      }};
}

bool SetRoles(std::string_view value, Config* config) {
  config->roles.clear();
  if (value == "all") config->roles = kServices;
  if (value == "all") return true;
  for (absl::string_view part : absl::StrSplit(ToAbsl(value), ',')) {
    const std::string_view name = ToStd(absl::StripAsciiWhitespace(part));
    const auto* found = std::find_if(kServices.begin(), kServices.end(),
                                     [&](auto service) { return ServiceName(service) == name; });
    if (found == kServices.end()) return false;
    if (std::find(config->roles.begin(), config->roles.end(), *found) == config->roles.end()) {
      config->roles.push_back(*found);
    }
  }
  return true;
}

std::string GetRoles(const Config& config) {
  return absl::StrJoin(config.roles, ",", [](std::string* out, base::v1::Service service) {
    absl::StrAppend(out, ToAbsl(ServiceName(service)));
  });
}

bool SetClockStart(std::string_view value, Config* config) {
  config->clock_start.reset();
  if (value.empty()) return true;
  absl::Time start;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, ToAbsl(value), &start, &error)) return false;
  config->clock_start = start;
  return true;
}

std::string GetClockStart(const Config& config) {
  return config.clock_start
             ? absl::FormatTime(absl::RFC3339_full, *config.clock_start, absl::UTCTimeZone())
             : "";
}

bool SetClockSpeed(std::string_view value, Config* config) {
  return absl::SimpleAtod(ToAbsl(value), &config->clock_speed) &&
         std::isfinite(config->clock_speed) && config->clock_speed > 0 &&
         config->clock_speed <= 1e6;
}

std::vector<Setting> Table() {
  using C = Config;
  const absl::Duration zero;
  return {
      {"roles", "Services of this process.",
       "must be all, or some of routing, intake, escalation, reporting with commas", true, SetRoles,
       GetRoles},
      OneOf("engine", &C::engine, {"embedded", "kafka", "memory"},
            "Where the log is: in data_dir, on Apache Kafka, or in memory only."),
      NonEmpty("data_dir", &C::data_dir,
               "Directory of the embedded log, the state and the master key."),
      Number("partitions", &C::partitions, 0, 1024,
             "Partitions of a log that is founded, fixed for ever; 0: 64 on Kafka, else 8."),
      Text("instance", &C::instance, "Name of this replica; empty: <host>-<port>."),
      Text("master_key_file", &C::master_key_file,
           "File of the key that wraps all data keys; empty: <data_dir>/master.key."),
      Text("kafka_brokers", &C::kafka_brokers, "Brokers to begin with, host:port with commas."),
      Text("kafka_topic_prefix", &C::kafka_topic_prefix,
           "What stands before the names of topics and groups."),
      Number("kafka_replication", &C::kafka_replication, 1, 9,
             "Copies of every record; 1 loses the log with a broker's disk."),
      OneOf("kafka_security_protocol", &C::kafka_security_protocol,
            {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"}, "How brokers are called."),
      Text("kafka_ssl_ca", &C::kafka_ssl_ca, "PEM file of the authority of the brokers."),
      Text("kafka_ssl_certificate", &C::kafka_ssl_certificate,
           "PEM file of this client's certificate; empty: none."),
      Text("kafka_ssl_key", &C::kafka_ssl_key, "PEM file of its private key."),
      Text("kafka_sasl_mechanism", &C::kafka_sasl_mechanism, "SCRAM-SHA-512, PLAIN, …"),
      Text("kafka_sasl_username", &C::kafka_sasl_username, "User of the brokers."),
      Text("kafka_sasl_password_file", &C::kafka_sasl_password_file, "File with its password."),
      Properties("kafka_properties", &C::kafka_properties,
                 "More settings of librdkafka, name=value with commas."),
      Duration("kafka_session_timeout", &C::kafka_session_timeout, absl::Seconds(1),
               absl::Minutes(5),
               "Silence of a replica after which others take over its partitions."),
      Address("listen", &C::listen, "Where gRPC listens."),
      Text("endpoint", &C::endpoint,
           "Where other replicas reach this one; empty: the address it listens on."),
      Address("admin_listen", &C::admin_listen,
              "Where HTTP serves /metrics, /livez, /readyz and /statusz."),
      Text("port_file", &C::port_file,
           "File for the bound addresses and the pid, as JSON, written when ready; empty: none."),
      Text("tls_certificate", &C::tls_certificate,
           "PEM file of the server's certificate chain; empty: no TLS."),
      Text("tls_key", &C::tls_key, "PEM file of its private key."),
      Text("tls_client_ca", &C::tls_client_ca,
           "PEM file; set: clients need a certificate that it signed."),
      Text("tls_peer_ca", &C::tls_peer_ca,
           "PEM file; set: other replicas are called with TLS and need a certificate that it "
           "signed."),
      Number("in_flight_max", &C::in_flight_max, 1, 4096,
             "Calls under way; more are refused with RESOURCE_EXHAUSTED."),
      Number("message_bytes_max", &C::message_bytes_max, 1024, 64 << 20,
             "Size of a request or a reply."),
      Duration("connection_age_max", &C::connection_age_max, absl::Seconds(1), absl::Hours(24),
               "Age at which connections are closed in order."),
      AddressIfAny("sip_listen", &C::sip_listen,
                   "Where SIP listens, UDP and TCP; empty: it does not."),
      Uri("sip_gateway", &C::sip_gateway,
          "host[:port] of the gateway that rings the offices' lines; calls are redirected there."),
      Uri("sip_voicemail", &C::sip_voicemail,
          "URI that calls which no person answers now are redirected to; empty: they get 480."),
      NonEmpty("sip_platform", &C::sip_platform,
               "Name of the voice platform in the events; with the Call-ID it names a call, so all "
               "replicas need the same."),
      AreaCode("sip_trunk_area", &C::sip_trunk_area,
               "Area code of the trunk of a call that names no trunk group."),
      Properties("sip_trunk_groups", &C::sip_trunk_groups,
                 "Area codes of trunk groups (tgrp, RFC 4904), label=code with commas."),
      Number("sip_in_flight_max", &C::sip_in_flight_max, 1, 65536,
             "SIP requests under way; more are refused with 503."),
      Number("sip_message_bytes_max", &C::sip_message_bytes_max, 1024, 65535,
             "Size of a SIP message; longer ones are refused with 413."),
      OneOf("log_level", &C::log_level, {"debug", "info", "warning", "error", "off"},
            "Least level that is logged."),
      OneOf("log_format", &C::log_format, {"text", "json"}, "Form of a log line."),
      OneOf("clock", &C::clock, {"system", "virtual"},
            "Time of the events: the system's, or one for demonstrations."),
      {"clock_start", "Where a virtual clock begins on an empty log; empty: now.",
       "must be an RFC 3339 instant like 2026-03-02T09:00:00+08:00", true, SetClockStart,
       GetClockStart},
      {"clock_speed", "Seconds of a virtual clock per second.",
       "must be a number greater than 0, at most 1000000", false, SetClockSpeed,
       [](const Config& config) { return absl::StrCat(config.clock_speed); }},
      Duration("shutdown_delay", &C::shutdown_delay, zero, absl::Minutes(5),
               "Time between not being ready and refusing calls."),
      Duration("shutdown_grace", &C::shutdown_grace, zero, absl::Minutes(10),
               "Time for the calls that are under way."),
      Number("state_flush_ms", &C::state_flush_ms, 1, 600'000,
             "Milliseconds between two writes of changed state."),
      Duration("heartbeat_age_max", &C::heartbeat_age_max, absl::Seconds(1), absl::Minutes(10),
               "Silence of the main loop after which /livez fails."),
  };
}

}  // namespace

namespace {

// What replicas on one log have to agree on, or must know of each other.
void CheckKafka(const Config& config, std::vector<std::string>* wrong) {
  const std::string host = config.listen.substr(0, config.listen.rfind(':'));
  if (config.kafka_brokers.empty()) wrong->push_back("engine = \"kafka\" needs kafka_brokers");
  if (config.master_key_file.empty()) {
    wrong->push_back(
        "engine = \"kafka\" needs master_key_file, the same key for all replicas; make one with: "
        "(umask 077; openssl rand -hex 32 > master.key)");
  }
  if (!config.tls_certificate.empty() && config.tls_peer_ca.empty()) {
    wrong->push_back(
        "engine = \"kafka\" with tls_certificate needs tls_peer_ca: replicas pass commands on to "
        "each "
        "other");
  }
  if (config.endpoint.empty() && (host == "0.0.0.0" || host == "[::]")) {
    wrong->push_back(
        "engine = \"kafka\" needs endpoint, where other replicas reach this one: it listens on all "
        "addresses");
  }
}

void CheckSip(const Config& config, std::vector<std::string>* wrong) {
  if (config.sip_gateway.empty()) {
    wrong->push_back("sip_listen needs sip_gateway, to which the calls are redirected");
  }
  if (!config.Serves(base::v1::SERVICE_ROUTING)) {
    wrong->push_back("sip_listen needs the role routing");
  }
  for (const auto& [label, area] : config.sip_trunk_groups) {
    if (LooksLikeAreaCode(area)) continue;
    wrong->push_back(absl::StrCat("sip_trunk_groups: ", label, " = \"", area,
                                  "\" must be an area code with its 0"));
  }
}

}  // namespace

std::string Setting::flag() const { return "--" + absl::StrReplaceAll(ToAbsl(name), {{"_", "-"}}); }

std::string Setting::variable() const { return "TIERLINE_" + absl::AsciiStrToUpper(ToAbsl(name)); }

std::span<const Setting> Settings() {
  static const auto& table = *new std::vector<Setting>(Table());
  return table;
}

const Setting* FindSetting(std::string_view name) {
  const std::span<const Setting> all = Settings();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Setting& setting) { return setting.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> CheckTogether(const Config& config) {
  std::vector<std::string> wrong;
  if (config.tls_certificate.empty() != config.tls_key.empty()) {
    wrong.push_back("tls_certificate and tls_key must be set together");
  }
  if (!config.tls_client_ca.empty() && config.tls_certificate.empty()) {
    wrong.push_back("tls_client_ca needs tls_certificate");
  }
  if (!config.virtual_clock() && (config.clock_start || config.clock_speed != 1)) {
    wrong.push_back("clock_start and clock_speed need clock = \"virtual\"");
  }
  if (config.kafka()) CheckKafka(config, &wrong);
  if (!config.sip_listen.empty()) CheckSip(config, &wrong);
  return wrong;
}

}  // namespace tierline::config
