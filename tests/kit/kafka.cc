#include "tests/kit/kafka.h"

#include <librdkafka/rdkafka.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <vector>

namespace tierline::testing {
namespace {

constexpr const char* kTopics[] = {"tierline.history.v1", "tierline.directory.v1",
                                   "tierline.keys.v1", "tierline.public.v1"};

void DeleteTopics(const std::string& prefix) {
  char error[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", KafkaBroker().c_str(), error, sizeof error);
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  rd_kafka_queue_t* results = rd_kafka_queue_new(client);
  std::vector<rd_kafka_DeleteTopic_t*> topics;
  for (const char* topic : kTopics)
    topics.push_back(rd_kafka_DeleteTopic_new((prefix + topic).c_str()));
  rd_kafka_DeleteTopics(client, topics.data(), topics.size(), nullptr, results);
  constexpr int kTimeoutMs = 5000;
  if (rd_kafka_event_t* event = rd_kafka_queue_poll(results, kTimeoutMs))
    rd_kafka_event_destroy(event);
  rd_kafka_DeleteTopic_destroy_array(topics.data(), topics.size());
  rd_kafka_queue_destroy(results);
  rd_kafka_destroy(client);
}

}  // namespace

std::string KafkaBroker() {
  const char* path = std::getenv("TIERLINE_TEST_KAFKA_FILE");
  std::string address;
  if (path != nullptr) std::ifstream(path) >> address;
  if (address.empty()) {
    std::fprintf(stderr,
                 "no broker: run the test with ctest, or set TIERLINE_TEST_KAFKA_FILE to the file "
                 "'bootstrap' of a cluster that tools/dev kafka up made\n");
    std::abort();
  }
  return address;
}

ScratchTopics::ScratchTopics() {
  static std::atomic<int> number{0};
  prefix_ = "t" + std::to_string(getpid()) + "-" + std::to_string(std::random_device{}()) + "-" +
            std::to_string(number++) + ".";
}

ScratchTopics::~ScratchTopics() { DeleteTopics(prefix_); }

}  // namespace tierline::testing
