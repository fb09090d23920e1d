#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "tierline/base/v1/options.pb.h"

// The settings of a server. Each has one name everywhere:
//
//   file   listen = "127.0.0.1:12371"      TOML or INI, named by --config or TIERLINE_CONFIG
//   env    TIERLINE_LISTEN=127.0.0.1:12371
//   flag   --listen 127.0.0.1:12371
//
// defaults < file < environment < flags. Unknown flags and keys of the file are refused; unknown
// TIERLINE_* variables are not, because Kubernetes sets some for a service named tierline.

namespace tierline::config {

inline constexpr std::string_view kVersion = "0.1.0";

struct Config {
  std::vector<base::v1::Service> roles = {base::v1::SERVICE_ROUTING, base::v1::SERVICE_INTAKE,
                                          base::v1::SERVICE_ESCALATION,
                                          base::v1::SERVICE_REPORTING};
  // embedded (RocksDB in data_dir) | kafka | memory (nothing survives)
  std::string engine = "embedded";
  // Has state/, which may be deleted; and log/ when the engine is embedded, which may not.
  std::string data_dir = "tierline-data";
  int32_t partitions = 0;       // fixed for ever when the log is founded; 0: PartitionCount()
  std::string instance;         // name of this replica in its claims; empty: <host>-<port>
  std::string master_key_file;  // empty: <data_dir>/master.key

  std::string kafka_brokers;                          // host:port,…
  std::string kafka_topic_prefix;                     // before the names of topics and groups
  int32_t kafka_replication = 3;                      // copies of every record
  std::string kafka_security_protocol = "plaintext";  // ssl | sasl_plaintext | sasl_ssl
  std::string kafka_ssl_ca;                           // PEM
  std::string kafka_ssl_certificate;                  // PEM, of this client
  std::string kafka_ssl_key;
  std::string kafka_sasl_mechanism;
  std::string kafka_sasl_username;
  std::string kafka_sasl_password_file;
  std::map<std::string, std::string> kafka_properties;  // of librdkafka
  // Silence of a replica after which others take over its partitions.
  absl::Duration kafka_session_timeout = absl::Seconds(10);

  std::string listen = "127.0.0.1:12371";  // gRPC
  std::string endpoint;  // what other replicas call this one; empty: the bound address
  std::string admin_listen = "127.0.0.1:12372";  // HTTP: /metrics /livez /readyz /statusz
  std::string port_file;        // JSON with the bound addresses and the pid, written when ready
  std::string tls_certificate;  // PEM; empty: no TLS
  std::string tls_key;
  std::string tls_client_ca;    // PEM; set: clients need a certificate of it
  std::string tls_peer_ca;      // PEM; set: other replicas are called with TLS
  int32_t in_flight_max = 256;  // calls; those beyond get RESOURCE_EXHAUSTED
  int32_t message_bytes_max = 4 << 20;
  absl::Duration connection_age_max = absl::Minutes(10);

  std::string sip_listen;            // host:port, UDP and TCP; empty: no SIP
  std::string sip_gateway;           // host[:port] that rings the offices' lines
  std::string sip_voicemail;         // URI for calls that no person answers now; empty: refused
  std::string sip_platform = "sip";  // name of the platform in the events
  std::string sip_trunk_area;        // area code, with its 0, of a call that names no trunk
  std::map<std::string, std::string> sip_trunk_groups;  // area code by label (RFC 4904)
  int32_t sip_in_flight_max = 1024;  // requests without an answer; those beyond get 503
  int32_t sip_message_bytes_max = 16 << 10;

  std::string log_level = "info";   // debug | info | warning | error | off
  std::string log_format = "text";  // text | json

  std::string clock = "system";           // system | virtual
  std::optional<absl::Time> clock_start;  // of a virtual clock over an empty log; absent: now
  double clock_speed = 1;                 // seconds of a virtual clock per second

  absl::Duration shutdown_delay;                         // between not ready and refusing calls
  absl::Duration shutdown_grace = absl::Seconds(10);     // for the calls in flight
  int32_t state_flush_ms = 1000;                         // how often dirty state is written
  absl::Duration heartbeat_age_max = absl::Seconds(10);  // of the main loop; older: /livez fails

  bool kafka() const { return engine == "kafka"; }
  int32_t PartitionCount() const {
    if (partitions != 0) return partitions;
    return kafka() ? 64 : 8;
  }
  bool Serves(base::v1::Service role) const {
    return std::find(roles.begin(), roles.end(), role) != roles.end();
  }
  bool virtual_clock() const { return clock == "virtual"; }
  std::string MasterKeyFile() const {
    return master_key_file.empty() ? data_dir + "/master.key" : master_key_file;
  }
};

// The program ends: `text` goes to stdout when `code` is 0 (--help, --version, --print-config),
// else to stderr.
struct Exit {
  int code = 0;
  std::string text;
};

// Value of the environment variable `name`, or null.
using Environment = std::function<const char*(const char* name)>;

// `args` without the program's name. Bad settings: Exit 2, naming each setting, its value, the rule
// and where it is from.
std::variant<Config, Exit> Load(std::span<const std::string> args, const Environment& environment);
// From main's arguments and the process's environment.
std::variant<Config, Exit> Load(int argc, const char* const* argv);

}  // namespace tierline::config
