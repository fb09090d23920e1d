// All partitions of a process together: their start, and queries that wait for a position.
#include "runtime/partition/partitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/replica.h"

namespace tierline::testing {
namespace {

using partition::Partitions;

constexpr int kCount = 4;

class PartitionsTest : public ::testing::Test {
 protected:
  std::unique_ptr<partition::Processor> MakeProcessor(log::TopicPartition of,
                                                      store::StateStore* store) {
    partition::Ports ports{
        .log = &log_, .clock = &clock_, .random = &random_, .sealer = &sealer_, .keys = &keys_};
    ports.directory = [] { return partition::DirectoryAt{}; };
    const std::string name =
        std::to_string(static_cast<int>(of.topic)) + std::to_string(of.partition);
    return std::make_unique<partition::Processor>(
        of, std::make_unique<partition::Fold>(name, AllToys(), store), ports,
        partition::ProcessorOptions{});
  }

  std::unique_ptr<Partitions> MakePartitions(store::StateStore* store) {
    std::vector<std::unique_ptr<partition::Processor>> history;
    for (int i = 0; i < kCount; ++i) {
      history.push_back(MakeProcessor({log::Topic::kHistory, i}, store));
    }
    return std::make_unique<Partitions>(std::move(history),
                                        MakeProcessor({log::Topic::kDirectory, 0}, store));
  }

  std::unique_ptr<Partitions> Started() {
    auto partitions = MakePartitions(nullptr);
    EXPECT_TRUE(partitions->Start(1).ok());
    return partitions;
  }

  // An owner whose notes the others read.
  void Write(int notes) {
    auto owner = Started();
    owner->ForEach([](partition::Processor& processor) {
      if (processor.partition().topic == log::Topic::kHistory) {
        processor.SetAssigned(kNotes, true);
      }
    });
    int accepted = 0;
    for (int i = 0; i < notes; ++i) {
      const std::string subject = SubjectOf(i);
      owner->Of(subject).Submit(
          MakeCommand(kNotes, subject, RequestId(static_cast<uint64_t>(i) + 1), "note 1"),
          [&](const partition::CommandResult& result) { accepted += result.status.ok() ? 1 : 0; });
    }
    for (int round = 0; round < 8; ++round) Step(owner.get());
    ASSERT_EQ(accepted, notes);
  }

  void Step(Partitions* partitions, absl::Time now = absl::Now()) {
    ASSERT_TRUE(partitions->Step(&log_, now).ok());
  }

  static std::string SubjectOf(int i) {
    return MakeInquiryId("partitions", std::to_string(i), 0).ToString();
  }

  static std::vector<Hash> Digests(Partitions* partitions) {
    std::vector<Hash> digests;
    partitions->ForEach([&](partition::Processor& processor) {
      int64_t subjects = 0;
      digests.push_back(processor.fold().Digest(&subjects).value());
    });
    return digests;
  }

  FakeClock clock_;
  SeededRandom random_{1};
  log::MemoryLog log_{kCount, random_};
  FakeSealer sealer_;
  FakeKeys keys_;
};

TEST_F(PartitionsTest, StartOnSeveralThreadsFoldsTheSame) {
  Write(200);
  const auto expected = Digests(Started().get());
  for (const int threads : {2, 3, 16}) {
    auto partitions = MakePartitions(nullptr);
    ASSERT_TRUE(partitions->Start(threads).ok());
    EXPECT_EQ(Digests(partitions.get()), expected) << threads;
  }
}

class WaitTest : public PartitionsTest {
 protected:
  void SetUp() override {
    reader_ = Started();
    Write(20);  // which the reader has not read
    for (int i = 0; min_.history() == 0; ++i) {
      subject_ = SubjectOf(i);
      const auto of = reader_->Of(subject_).partition();
      min_.set_partition(of.partition);
      min_.set_history(log_.End(of).value());
    }
  }

  void Wait(absl::Time deadline = absl::InfiniteFuture()) {
    reader_->WhenAt(subject_, min_, deadline,
                    [this](absl::Status status) { answers_.push_back(status.code()); });
  }

  std::unique_ptr<Partitions> reader_;
  std::string subject_;
  base::v1::Position min_;
  std::vector<absl::StatusCode> answers_;
};

TEST_F(WaitTest, AnswersAtOnceWhenNothingIsAskedOrItIsThere) {
  const base::v1::Position asked = min_;
  min_.Clear();
  Wait();
  EXPECT_THAT(answers_, ::testing::ElementsAre(absl::StatusCode::kOk));
  min_ = asked;
  Step(reader_.get());
  Wait();
  EXPECT_THAT(answers_, ::testing::ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kOk));
}

TEST_F(WaitTest, AnswersWhenThePositionIsRead) {
  Wait();
  EXPECT_TRUE(answers_.empty());
  Step(reader_.get());
  EXPECT_THAT(answers_, ::testing::ElementsAre(absl::StatusCode::kOk));
  EXPECT_GT(reader_->NextWork(), absl::Now() + absl::Hours(1));  // nothing waits
}

TEST_F(WaitTest, IsUnavailableAtTheDeadline) {
  min_.set_history(min_.history() + 1);
  const absl::Time deadline = absl::Now() + absl::Seconds(1);
  Wait(deadline);
  EXPECT_EQ(reader_->NextWork(), deadline);
  Step(reader_.get(), deadline - absl::Milliseconds(1));
  EXPECT_TRUE(answers_.empty());
  Step(reader_.get(), deadline);
  EXPECT_THAT(answers_, ::testing::ElementsAre(absl::StatusCode::kUnavailable));
}

TEST_F(WaitTest, EndsWhenTheProcessDoes) {
  min_.set_history(min_.history() + 1);
  Wait();
  reader_->GiveUpWaiting();
  EXPECT_THAT(answers_, ::testing::ElementsAre(absl::StatusCode::kUnavailable));
}

TEST_F(WaitTest, RefusesAPositionOfAnotherPartition) {
  min_.set_partition((min_.partition() + 1) % kCount);
  Wait();
  EXPECT_THAT(answers_, ::testing::ElementsAre(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace tierline::testing
