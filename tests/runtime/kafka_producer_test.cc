#include "runtime/log/kafka_producer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka_mock.h>

#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "tests/kit/log_driver.h"

// What the producer says of an append when brokers fail: librdkafka's mock brokers do so on
// command.

namespace tierline::log {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using tierline::testing::RecordOf;

constexpr TopicPartition kFirst{Topic::kHistory, 0};
constexpr TopicPartition kSecond{Topic::kHistory, 1};
constexpr int16_t kProduce = 0;  // number of the request in Kafka's protocol

class KafkaProducerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char error[256];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", "127.0.0.1:1", error, sizeof error);
    rd_kafka_conf_set(conf, "log_level", "0", error, sizeof error);
    host_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error));
    brokers_ = rd_kafka_mock_cluster_new(host_.get(), 1);
    for (const char* topic : {"history", "directory", "keys"})
      rd_kafka_mock_topic_create(brokers_, topic, 2, 1);
    auto producer = KafkaProducer::Open(
        {.connection = {.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(brokers_)},
         .topics = {"history", "directory", "keys"},
         .partitions = 2,
         .delivery_timeout = absl::Seconds(2),
         .signal = &signal_},
        absl::Now() + tierline::testing::kPatience);
    ASSERT_TRUE(producer.ok()) << producer.status();
    producer_ = *std::move(producer);
  }
  void TearDown() override {
    producer_.reset();
    rd_kafka_mock_cluster_destroy(brokers_);
  }

  absl::Status Append(TopicPartition to, int tag, int records = 1) {
    const std::vector<RecordView> all(static_cast<size_t>(records), RecordOf("value"));
    return producer_->Append(to, all, [this, tag](absl::Status status) {
      called_.push_back(tag);
      statuses_.push_back(std::move(status));
    });
  }
  // Until `count` appends were called back.
  bool Settle(size_t count) {
    const absl::Time deadline = absl::Now() + tierline::testing::kPatience;
    while (called_.size() < count && absl::Now() < deadline) {
      signal_.Take(absl::Milliseconds(10));
      Step();
    }
    return called_.size() == count;
  }
  void Step() {
    producer_->Serve();
    producer_->CallBack([this](TopicPartition) { return end_; });
  }
  void Fail(rd_kafka_resp_err_t error) {
    rd_kafka_mock_push_request_errors(brokers_, kProduce, 1, error);
  }

  KafkaPtr<rd_kafka_t> host_;
  rd_kafka_mock_cluster_t* brokers_ = nullptr;
  KafkaSignal signal_;
  std::unique_ptr<KafkaProducer> producer_;
  Offset end_ = 1000;  // as far as the tail has read
  std::vector<int> called_;
  std::vector<absl::Status> statuses_;
};

TEST_F(KafkaProducerTest, CallsBackInOrderAndOnlyWhatIsReadable) {
  end_ = 1;
  ASSERT_TRUE(Append(kFirst, 1).ok());
  ASSERT_TRUE(Append(kFirst, 2, 2).ok());
  ASSERT_TRUE(Settle(1));
  const absl::Time until = absl::Now() + absl::Milliseconds(300);
  while (absl::Now() < until) Step();
  EXPECT_THAT(called_, ElementsAre(1)) << "of the second the tail has read one record of two";
  end_ = 2;
  Step();
  EXPECT_THAT(called_, ElementsAre(1));
  end_ = 3;
  ASSERT_TRUE(Settle(2));
  EXPECT_TRUE(statuses_[0].ok() && statuses_[1].ok());
}

TEST_F(KafkaProducerTest, TriesAgainByItselfWhatMayPass) {
  Fail(RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  Fail(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
  ASSERT_TRUE(Append(kFirst, 1).ok());
  ASSERT_TRUE(Settle(1));
  EXPECT_TRUE(statuses_[0].ok()) << statuses_[0];
}

TEST_F(KafkaProducerTest, IsInDoubtAboutAReportWithoutAnOffset) {
  Fail(RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER);  // librdkafka takes it for a success
  ASSERT_TRUE(Append(kFirst, 1).ok());
  ASSERT_TRUE(Settle(1));
  EXPECT_TRUE(absl::IsUnavailable(statuses_[0])) << statuses_[0];
}

TEST_F(KafkaProducerTest, IsInDoubtWhenNoBrokerAnswersInTime) {
  ASSERT_TRUE(Append(kFirst, 0).ok());
  ASSERT_TRUE(Settle(1));
  rd_kafka_mock_broker_set_down(brokers_, 1);
  ASSERT_TRUE(Append(kFirst, 1, 3).ok());
  ASSERT_TRUE(Append(kSecond, 2).ok());
  const absl::Time start = absl::Now();
  ASSERT_TRUE(Settle(3));
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
  EXPECT_TRUE(absl::IsUnavailable(statuses_[1])) << statuses_[1];
  EXPECT_TRUE(absl::IsUnavailable(statuses_[2])) << statuses_[2];
  rd_kafka_mock_broker_set_up(brokers_, 1);
  ASSERT_TRUE(Append(kFirst, 3).ok());
  ASSERT_TRUE(Settle(4));
  EXPECT_TRUE(statuses_[3].ok()) << statuses_[3];
}

TEST_F(KafkaProducerTest, GoesOnWithAnotherAfterAFatalError) {
  // The broker does not know what the producer says that it has written before.
  Fail(RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
  ASSERT_TRUE(Append(kFirst, 1).ok());
  ASSERT_TRUE(Append(kSecond, 2).ok());
  ASSERT_TRUE(Settle(2));
  EXPECT_TRUE(absl::IsUnavailable(statuses_[0])) << statuses_[0];
  const size_t before = called_.size();
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (absl::Now() < deadline && absl::IsResourceExhausted(Append(kFirst, 3))) Step();
  ASSERT_TRUE(Settle(before + 1));
  EXPECT_TRUE(statuses_.back().ok()) << statuses_.back();
}

TEST_F(KafkaProducerTest, BoundsWhatIsInFlightUntilItIsSettled) {
  rd_kafka_mock_broker_set_down(brokers_, 1);
  size_t accepted = 0;
  absl::Status status;
  while (accepted < 1'000'000 && (status = Append(kFirst, 1, 100)).ok()) ++accepted;
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_GT(accepted, 600u);
  EXPECT_TRUE(absl::IsInvalidArgument(Append(kFirst, 1, 100'000)));
  ASSERT_TRUE(Settle(accepted));
  EXPECT_TRUE(Append(kFirst, 2).ok()) << "room again";
}

TEST_F(KafkaProducerTest, DropsItsCallbacksWhenItGoes) {
  rd_kafka_mock_broker_set_down(brokers_, 1);
  ASSERT_TRUE(Append(kFirst, 1).ok());
  const absl::Time start = absl::Now();
  producer_.reset();
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  EXPECT_THAT(called_, IsEmpty());
}

}  // namespace
}  // namespace tierline::log
