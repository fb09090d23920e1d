#pragma once

#include <string>

// The real broker that ctest starts for tests whose name says Kafka, and topics of one's own on it.

namespace tierline::testing {

// Its address, from the file that TIERLINE_TEST_KAFKA_FILE names. Dies without one: a test that
// needs a broker fails where there is none.
std::string KafkaBroker();

// A prefix for topics, of this object alone; the topics are deleted at the end.
class ScratchTopics {
 public:
  ScratchTopics();
  // Topics under a prefix that somebody else chose.
  explicit ScratchTopics(std::string prefix) : prefix_(std::move(prefix)) {}
  ~ScratchTopics();
  ScratchTopics(const ScratchTopics&) = delete;
  ScratchTopics& operator=(const ScratchTopics&) = delete;

  const std::string& prefix() const { return prefix_; }

 private:
  std::string prefix_;
};

}  // namespace tierline::testing
