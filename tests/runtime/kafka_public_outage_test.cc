// The public topic while its broker is away: nothing waits for it, and nothing is left out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "absl/time/clock.h"
#include "runtime/log/kafka_public_topic.h"
#include "tests/kit/broker.h"

namespace tierline::testing {
namespace {

using log::KafkaPublicTopic;

constexpr absl::Duration kPatience = absl::Seconds(60);

class KafkaPublicOutageTest : public ::testing::Test {
 protected:
  std::unique_ptr<KafkaPublicTopic> Open() {
    auto topic = KafkaPublicTopic::Open({.connection = {.bootstrap_servers = broker_.address()},
                                         .partitions = 1,
                                         .replication = 1});
    EXPECT_TRUE(topic.ok()) << topic.status();
    (*topic)->Follow(0, true);
    EXPECT_TRUE(Until(topic->get(), [&] { return (*topic)->Place(0).has_value(); }));
    return *std::move(topic);
  }

  // Polls until `done`; no poll may wait for a broker.
  static bool Until(KafkaPublicTopic* topic, const std::function<bool()>& done,
                    absl::Duration patience = kPatience) {
    const absl::Time deadline = absl::Now() + patience;
    while (!done() && absl::Now() < deadline) {
      const absl::Time start = absl::Now();
      topic->Poll();
      EXPECT_LT(absl::Now() - start, absl::Seconds(1));
      absl::SleepFor(absl::Milliseconds(5));
    }
    return done();
  }

  static void Publish(KafkaPublicTopic* topic, int count) {
    for (int i = 0; i < count; ++i) {
      const auto id = MakeUuidV7(1, static_cast<uint64_t>(i), 1);
      ASSERT_TRUE(
          topic->Publish(0, {.id = id, .type = "t", .subject = "s", .time_ms = 1, .value = "v"})
              .ok());
    }
  }

  Broker broker_;
};

TEST_F(KafkaPublicOutageTest, WhatIsQueuedMeanwhileComesWhenTheBrokerIsBack) {
  auto topic = Open();
  Publish(topic.get(), 3);
  ASSERT_TRUE(Until(topic.get(), [&] { return topic->in_flight() == 0; }));
  broker_.Kill();
  Publish(topic.get(), 5);
  EXPECT_FALSE(Until(
      topic.get(), [&] { return topic->in_flight() == 0; }, absl::Seconds(3)));
  EXPECT_EQ(topic->in_flight(), 5U);
  broker_.Start();
  EXPECT_TRUE(Until(topic.get(), [&] { return topic->in_flight() == 0; }));
  EXPECT_EQ(topic->Place(0)->next, 8);
  EXPECT_EQ(Open()->Place(0)->next, 8);
}

TEST_F(KafkaPublicOutageTest, APlaceIsFoundWhenTheBrokerIsBack) {
  auto topic = Open();
  Publish(topic.get(), 2);
  ASSERT_TRUE(Until(topic.get(), [&] { return topic->in_flight() == 0; }));
  topic->Follow(0, false);
  broker_.Kill();
  topic->Follow(0, true);
  EXPECT_FALSE(Until(
      topic.get(), [&] { return topic->Place(0).has_value(); }, absl::Seconds(2)));
  broker_.Start();
  EXPECT_TRUE(Until(topic.get(), [&] { return topic->Place(0).has_value(); }));
  EXPECT_EQ(topic->Place(0)->next, 2);
}

}  // namespace
}  // namespace tierline::testing
