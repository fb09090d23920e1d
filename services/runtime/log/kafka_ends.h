#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "runtime/log/event_log.h"
#include "runtime/log/kafka_client.h"
#include "runtime/log/kafka_signal.h"

namespace tierline::log {

// Asks the brokers where partitions end now: what has been appended elsewhere and not arrived yet
// is unknown to the tail. librdkafka only has a call that blocks, so a thread of its own makes it;
// questions that come meanwhile share the next one.
class KafkaEnds {
 public:
  // `client` is a consumer of the log, `topics` its names by Topic; both outlive this object.
  KafkaEnds(rd_kafka_t* client, const std::vector<std::string>* topics, KafkaSignal* signal);
  ~KafkaEnds();

  // `ready` is called from CallBack: OK once `end` has reached what the broker said after this
  // call, kUnavailable when that does not come about within two seconds.
  void Ask(TopicPartition of, Delivered ready);
  // True when it called back.
  bool CallBack(absl::FunctionRef<Offset(TopicPartition of)> end);

 private:
  struct Question {
    TopicPartition of;
    uint64_t number;
    absl::Time deadline;
    Delivered ready;
    std::optional<Offset> end;
  };
  struct Answer {
    TopicPartition of;
    uint64_t number;  // of the last question that it answers
    Offset end;
  };

  void Work();
  std::optional<Offset> Query(TopicPartition of);
  void TakeAnswers();

  rd_kafka_t* const client_;
  const std::vector<std::string>* const topics_;
  KafkaSignal* const signal_;
  // Of the log's thread.
  std::deque<Question> questions_;
  uint64_t number_ = 0;

  absl::Mutex mutex_;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  // One a partition, with its last question.
  std::vector<std::pair<TopicPartition, uint64_t>> wanted_ ABSL_GUARDED_BY(mutex_);
  std::vector<Answer> answers_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace tierline::log
