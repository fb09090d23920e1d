// The public topic on a real broker: places, order, and what is read back.
#include "runtime/log/kafka_public_topic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "absl/time/clock.h"
#include "runtime/log/kafka_client.h"
#include "tests/kit/kafka.h"

namespace tierline::testing {
namespace {

using log::KafkaPublicTopic;
using log::PublicPlace;
using ::testing::ElementsAre;

constexpr int32_t kPartitions = 3;
constexpr absl::Duration kPatience = absl::Seconds(30);

class KafkaPublicTopicTest : public ::testing::Test {
 protected:
  log::KafkaConnection Connection() { return {.bootstrap_servers = KafkaBroker()}; }

  std::unique_ptr<KafkaPublicTopic> Open(int32_t partitions = kPartitions) {
    auto topic = KafkaPublicTopic::Open({.connection = Connection(),
                                         .topic_prefix = topics_.prefix(),
                                         .partitions = partitions,
                                         .replication = 1});
    EXPECT_TRUE(topic.ok()) << topic.status();
    return topic.ok() ? *std::move(topic) : nullptr;
  }

  static bool Until(KafkaPublicTopic* topic, const std::function<bool()>& done) {
    const absl::Time deadline = absl::Now() + kPatience;
    while (!done() && absl::Now() < deadline) {
      topic->Poll();
      absl::SleepFor(absl::Milliseconds(1));
    }
    return done();
  }

  static PublicPlace PlaceOf(KafkaPublicTopic* topic, int32_t partition) {
    topic->Follow(partition, true);
    EXPECT_TRUE(Until(topic, [&] { return topic->Place(partition).has_value(); }));
    return topic->Place(partition).value_or(PublicPlace{.next = -1});
  }

  static Uuid IdOf(uint64_t number) { return MakeUuidV7(1, number, number); }

  static void Publish(KafkaPublicTopic* topic, int32_t partition, uint64_t number) {
    const RecordView record = {.id = IdOf(number),
                               .type = "tierline.test.v1",
                               .source = base::v1::SERVICE_INTAKE,
                               .subject = "subject",
                               .time_ms = 1,
                               .value = "value"};
    ASSERT_TRUE(topic->Publish(partition, record).ok());
  }

  static void Deliver(KafkaPublicTopic* topic) {
    EXPECT_TRUE(Until(topic, [&] { return topic->in_flight() == 0; }));
  }

  // Header `name` of every record of the partition, in order.
  std::vector<std::string> Headers(int32_t partition, const char* name) {
    auto client =
        *log::MakeKafkaClient(Connection(), {.settings = {{"enable.partition.eof", "true"}}});
    auto topic =
        *log::MakeKafkaTopic(client.get(), topics_.prefix() + "tierline.public.v1", nullptr);
    rd_kafka_consume_start(topic.get(), partition, RD_KAFKA_OFFSET_BEGINNING);
    std::vector<std::string> headers;
    for (;;) {
      const log::KafkaPtr<rd_kafka_message_t> message(
          rd_kafka_consume(topic.get(), partition, 10'000));
      if (message == nullptr || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) break;
      rd_kafka_headers_t* all = nullptr;
      const void* value = nullptr;
      size_t size = 0;
      rd_kafka_message_headers(message.get(), &all);
      rd_kafka_header_get_last(all, name, &value, &size);
      headers.emplace_back(log::ViewOf(value, size));
    }
    rd_kafka_consume_stop(topic.get(), partition);
    return headers;
  }

  ScratchTopics topics_;
};

TEST_F(KafkaPublicTopicTest, BeginsAtTheBeginningOfAnEmptyPartition) {
  auto topic = Open();
  EXPECT_EQ(PlaceOf(topic.get(), 1).next, 0);
  EXPECT_TRUE(PlaceOf(topic.get(), 1).last.absent());
  EXPECT_EQ(topic->Place(0), std::nullopt);
}

TEST_F(KafkaPublicTopicTest, TheNextPublisherGoesOnBehindTheLastEvent) {
  auto first = Open();
  PlaceOf(first.get(), 1);
  first->Pass(1);
  Publish(first.get(), 1, 1);
  first->Pass(1);
  Publish(first.get(), 1, 2);
  Deliver(first.get());
  auto second = Open();
  const PublicPlace place = PlaceOf(second.get(), 1);
  EXPECT_EQ(place.next, 4);
  EXPECT_EQ(place.last, IdOf(2));
  EXPECT_EQ(PlaceOf(second.get(), 2).next, 0);
  EXPECT_THAT(Headers(1, "ce_historyoffset"), ElementsAre("1", "3"));
}

TEST_F(KafkaPublicTopicTest, WhoFollowsAgainSeesWhatOthersHavePublished) {
  auto first = Open();
  auto second = Open();
  PlaceOf(first.get(), 0);
  Publish(first.get(), 0, 1);
  Deliver(first.get());
  first->Follow(0, false);
  EXPECT_EQ(first->Place(0), std::nullopt);
  PlaceOf(second.get(), 0);
  Publish(second.get(), 0, 2);
  Deliver(second.get());
  EXPECT_EQ(PlaceOf(first.get(), 0).next, 2);
}

TEST_F(KafkaPublicTopicTest, TwoPublishersLeaveNothingOut) {
  auto first = Open();
  auto second = Open();
  PlaceOf(first.get(), 0);
  PlaceOf(second.get(), 0);
  for (uint64_t i = 0; i < 3; ++i) Publish(first.get(), 0, i);
  Deliver(first.get());
  for (uint64_t i = 0; i < 2; ++i) Publish(second.get(), 0, i);
  Deliver(second.get());
  // Whoever comes after both goes on behind the furthest event, although others stand behind it.
  auto third = Open();
  EXPECT_EQ(PlaceOf(third.get(), 0).next, 3);
  EXPECT_THAT(Headers(0, "ce_historyoffset"), ElementsAre("0", "1", "2", "0", "1"));
}

TEST_F(KafkaPublicTopicTest, AStrangersRecordIsNoPlace) {
  auto topic = Open();
  PlaceOf(topic.get(), 0);
  Publish(topic.get(), 0, 1);
  Deliver(topic.get());
  auto client = *log::MakeKafkaClient(Connection(), {.type = RD_KAFKA_PRODUCER});
  const std::string name = topics_.prefix() + "tierline.public.v1";
  std::string value = "garbage";
  rd_kafka_producev(client.get(), RD_KAFKA_V_TOPIC(name.c_str()), RD_KAFKA_V_PARTITION(0),
                    RD_KAFKA_V_VALUE(value.data(), value.size()), RD_KAFKA_V_END);
  ASSERT_EQ(rd_kafka_flush(client.get(), 10'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  EXPECT_EQ(PlaceOf(Open().get(), 0).next, 1);
}

TEST_F(KafkaPublicTopicTest, SaysWhenTheQueueIsFull) {
  auto topic = Open();
  PlaceOf(topic.get(), 0);
  absl::Status status;
  const RecordView record = {.id = IdOf(1), .type = "t", .subject = "s", .time_ms = 1};
  int64_t queued = 0;
  while (status.ok() && queued < 1'000'000) {
    status = topic->Publish(0, record);
    if (status.ok()) ++queued;
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(topic->Place(0)->next, queued);
  Deliver(topic.get());
  EXPECT_EQ(topic->Place(0)->next, queued) << "a full queue is no loss";
  Publish(topic.get(), 0, 2);
}

TEST_F(KafkaPublicTopicTest, RefusesATopicWithAnotherNumberOfPartitions) {
  Open();
  auto other = KafkaPublicTopic::Open({.connection = Connection(),
                                       .topic_prefix = topics_.prefix(),
                                       .partitions = kPartitions + 1,
                                       .replication = 1});
  EXPECT_EQ(other.status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace tierline::testing
