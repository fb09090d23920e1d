#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "runtime/log/kafka_log.h"
#include "tests/kit/broker.h"
#include "tests/kit/log_driver.h"

// A broker that dies or is silent: nothing acknowledged is lost, nothing is there twice, what is in
// doubt is said to be, and the log goes on by itself when the broker does.

namespace tierline::log {
namespace {

using tierline::testing::AppendAndWait;
using tierline::testing::Broker;
using tierline::testing::RecordOf;
using tierline::testing::ValuesFrom;

constexpr TopicPartition kFirst{Topic::kHistory, 0};

class KafkaLogFailure : public ::testing::Test {
 protected:
  KafkaLogOptions Options() const {
    return {.connection = {.bootstrap_servers = broker_.address()},
            .partitions = 1,
            .replication = 1,
            .delivery_timeout = absl::Seconds(2),
            .read_timeout = absl::Seconds(2)};
  }
  void SetUp() override { Open(); }
  void Open() {
    log_.reset();
    auto log = KafkaLog::Open(Options());
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }
  // Appends numbers, at most 100 under way, until `until`.
  void AppendNumbers(absl::Time until) {
    while (absl::Now() < until) {
      while (in_flight_ < 100) {
        const std::string value = absl::StrCat(next_);
        const RecordView record = RecordOf(value);
        if (!log_->Append(kFirst, {&record, 1},
                          [this, number = next_](absl::Status status) {
                            --in_flight_;
                            (status.ok() ? acknowledged_ : doubted_).push_back(number);
                          })
                 .ok())
          break;
        ++in_flight_;
        ++next_;
      }
      log_->Poll(absl::Milliseconds(10));
    }
  }
  void ExpectEverythingAcknowledgedOnce() {
    std::map<std::string, int> times;
    const auto values = ValuesFrom(*log_, kFirst, 1);
    ASSERT_TRUE(values.ok()) << values.status();
    int last = -1;
    for (const std::string& value : *values) {
      ++times[value];
      EXPECT_GT(std::atoi(value.c_str()), last) << "out of order";
      last = std::atoi(value.c_str());
    }
    for (const int number : acknowledged_) EXPECT_EQ(times[absl::StrCat(number)], 1) << number;
    for (const int number : doubted_) EXPECT_LE(times[absl::StrCat(number)], 1) << number;
    std::cout << acknowledged_.size() << " acknowledged, " << doubted_.size() << " in doubt, "
              << values->size() << " in the log\n";
  }

  Broker broker_;
  std::unique_ptr<KafkaLog> log_;
  int next_ = 0;
  int in_flight_ = 0;
  std::vector<int> acknowledged_;
  std::vector<int> doubted_;
};

TEST_F(KafkaLogFailure, LosesNothingAcknowledgedWhenTheBrokerIsKilled) {
  for (int round = 0; round < 2; ++round) {
    std::thread failure([this] {
      absl::SleepFor(absl::Milliseconds(std::random_device{}() % 500));
      broker_.Kill();
      broker_.Start();
    });
    AppendNumbers(absl::Now() + absl::Seconds(1));
    failure.join();
    const size_t before = acknowledged_.size();
    const absl::Time deadline = absl::Now() + tierline::testing::kPatience;
    while (acknowledged_.size() == before && absl::Now() < deadline)
      AppendNumbers(absl::Now() + absl::Milliseconds(100));
    EXPECT_GT(acknowledged_.size(), before) << "it goes on by itself";
  }
  while (in_flight_ > 0) log_->Poll(absl::Milliseconds(10));
  ExpectEverythingAcknowledgedOnce();
  Open();
  ExpectEverythingAcknowledgedOnce();
}

TEST_F(KafkaLogFailure, IsInDoubtWhileTheBrokerIsSilent) {
  ASSERT_TRUE(AppendAndWait(*log_, kFirst, {"0"}).ok());
  broker_.Pause();
  const absl::Status status = AppendAndWait(*log_, kFirst, {"1"});
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(*log_->End(kFirst), 2);
  EXPECT_EQ(ValuesFrom(*log_, kFirst, 1)->size(), 1u) << "what is in memory can be read";
  broker_.Resume();
  const absl::Time deadline = absl::Now() + tierline::testing::kPatience;
  while (!AppendAndWait(*log_, kFirst, {"2"}).ok() && absl::Now() < deadline) {
  }
  const auto values = ValuesFrom(*log_, kFirst, 1);
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(values->front(), "0");
  EXPECT_EQ(values->back(), "2");
}

}  // namespace
}  // namespace tierline::log
