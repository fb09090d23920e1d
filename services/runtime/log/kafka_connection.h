#pragma once

#include <map>
#include <string>

namespace tierline::log {

// How a client of Apache Kafka finds its brokers and proves who it is. The values are those of
// librdkafka's settings of the same names; an empty one leaves the setting alone.
struct KafkaConnection {
  std::string bootstrap_servers;  // "kafka-0:9092,kafka-1:9092"
  std::string client_id;          // in the brokers' logs and quotas; empty: "tierline"
  std::string security_protocol;  // plaintext (default), ssl, sasl_plaintext, sasl_ssl
  std::string ssl_ca;             // file of PEM certificates
  std::string ssl_certificate;    // file, of this client
  std::string ssl_key;            // file, of this client
  std::string sasl_mechanism;     // SCRAM-SHA-512, PLAIN, …
  std::string sasl_username;
  std::string sasl_password_file;  // read at Open; a newline at its end is dropped
  // Any other setting of librdkafka by its name; wins over what Tierline sets, except where a value
  // would break a promise (acks, enable.idempotence, auto.offset.reset, …): those are refused.
  std::map<std::string, std::string> properties;
};

}  // namespace tierline::log
