#include "runtime/log/kafka_ends.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace tierline::log {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(2);
constexpr int kQueryMs = 1000;

}  // namespace

KafkaEnds::KafkaEnds(rd_kafka_t* client, const std::vector<std::string>* topics,
                     KafkaSignal* signal)
    : client_(client), topics_(topics), signal_(signal), thread_([this] { Work(); }) {}

KafkaEnds::~KafkaEnds() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  thread_.join();
}

void KafkaEnds::Ask(TopicPartition of, Delivered ready) {
  questions_.push_back({of, ++number_, absl::Now() + kPatience, std::move(ready), std::nullopt});
  absl::MutexLock lock(&mutex_);
  const auto known = std::find_if(wanted_.begin(), wanted_.end(),
                                  [&](const auto& wanted) { return wanted.first == of; });
  if (known != wanted_.end()) {
    known->second = number_;
  } else {
    wanted_.emplace_back(of, number_);
  }
}

void KafkaEnds::Work() {
  for (;;) {
    std::vector<std::pair<TopicPartition, uint64_t>> wanted;
    {
      absl::MutexLock lock(&mutex_);
      const auto asked = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stop_ || !wanted_.empty();
      };
      mutex_.Await(absl::Condition(&asked));
      if (stop_) return;
      wanted.swap(wanted_);
    }
    for (const auto& [of, number] : wanted) {
      const std::optional<Offset> end = Query(of);
      absl::MutexLock lock(&mutex_);
      if (stop_) return;
      if (end) answers_.push_back({of, number, *end});
    }
    signal_->Raise();
  }
}

std::optional<Offset> KafkaEnds::Query(TopicPartition of) {
  int64_t low = 0, high = 0;
  const std::string& topic = (*topics_)[static_cast<size_t>(of.topic)];
  const rd_kafka_resp_err_t error =
      rd_kafka_query_watermark_offsets(client_, topic.c_str(), of.partition, &low, &high, kQueryMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  return high;
}

void KafkaEnds::TakeAnswers() {
  std::vector<Answer> answers;
  {
    absl::MutexLock lock(&mutex_);
    answers.swap(answers_);
  }
  for (const Answer& answer : answers) {
    for (Question& question : questions_) {
      if (question.of == answer.of && question.number <= answer.number && !question.end)
        question.end = answer.end;
    }
  }
}

bool KafkaEnds::CallBack(absl::FunctionRef<Offset(TopicPartition of)> end) {
  if (questions_.empty()) return false;
  TakeAnswers();
  std::deque<Question> asked;
  asked.swap(questions_);  // who is called back may ask again
  bool any = false;
  for (Question& question : asked) {
    if (question.end && *question.end <= end(question.of)) {
      question.ready(absl::OkStatus());
    } else if (absl::Now() >= question.deadline) {
      question.ready(absl::UnavailableError("the end of the partition can not be found; retry"));
    } else {
      questions_.push_back(std::move(question));
      continue;
    }
    any = true;
  }
  return any;
}

}  // namespace tierline::log
