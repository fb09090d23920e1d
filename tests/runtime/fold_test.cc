#include "runtime/partition/fold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/event_types.h"
#include "runtime/partition/accepted.h"
#include "tests/runtime/replica.h"

namespace tierline::testing {
namespace {

using partition::Applied;
using partition::Fold;

// A store that keeps what it held after every batch.
class BatchedStore : public store::MemoryStore {
 public:
  absl::Status Write(const store::Batch& batch) override {
    const absl::Status status = MemoryStore::Write(batch);
    boundaries.push_back(Snapshot());
    return status;
  }
  std::vector<Contents> boundaries{Contents{}};
};

// A store that counts what is looked for in it.
class CountedStore : public store::MemoryStore {
 public:
  absl::Status Get(std::string_view key, std::string* value) override {
    ++gets;
    return MemoryStore::Get(key, value);
  }
  int gets = 0;
};

class FoldTest : public ::testing::Test {
 protected:
  // A history of all toys, with void records: written by two replicas that take turns.
  void SetUp() override {
    Replica a(&log_, &clock_, "a");
    Replica b(&log_, &clock_, "b");
    uint64_t request = 0;
    for (int turn = 0; turn < 4; ++turn) {
      clock_.Advance(absl::Seconds(3));  // else the former owner would not claim again
      Replica& owner = turn % 2 == 0 ? a : b;
      Replica& other = turn % 2 == 0 ? b : a;
      for (const auto service : {kNotes, kReports, kEcho}) {
        other->SetAssigned(service, false);
        owner->SetAssigned(service, true);
      }
      owner.Settle(3);
      other.Send(MakeCommand(kNotes, "x", RequestId(++request), "note of a former owner"));
      other.Step();
      for (const char* text : {"note 1", "remind 0", "remind 3600000", "close", "reopen"}) {
        owner.Send(MakeCommand(kNotes, "x", RequestId(++request), text));
        owner.Send(MakeCommand(kNotes, "y", RequestId(++request), text));
        owner.Send(MakeCommand(kReports, "y", RequestId(++request), "report 1"));
        owner.Step();
      }
      owner.Settle(3);
    }
    records_ = AllOf(&log_);
  }

  std::unique_ptr<Fold> MakeFold(store::StateStore* store, size_t cached = 16384) {
    auto fold = std::make_unique<Fold>("0", AllToys(), store,
                                       partition::FoldOptions{.cached_subjects = cached});
    EXPECT_TRUE(fold->Load().ok());
    return fold;
  }
  // Applies the records from the fold's offset on, up to `end`.
  void Follow(Fold* fold, size_t end) {
    for (auto at = static_cast<size_t>(fold->offset()); at < end; ++at) {
      fold->Apply(static_cast<Offset>(at), records_[at].view(), nullptr);
    }
  }
  static Hash DigestOf(Fold* fold) {
    int64_t subjects = 0;
    return *fold->Digest(&subjects);
  }
  Hash FullDigest() {
    Fold fold("", AllToys(), nullptr);
    Follow(&fold, records_.size());
    return DigestOf(&fold);
  }
  // Appends to the records a valid one by `service`, whose claim it adds first.
  Applied Write(Fold* fold, std::string type, const Event& event, Uuid command = RequestId(77)) {
    const Uuid claim = MakeUuidV7(9, 9, records_.size());
    Event claimed;
    claimed.mutable_owner_claimed();
    const std::string claimed_value = claimed.SerializeAsString();
    fold->Apply(fold->offset(),
                {.id = claim, .type = kOwnerClaimed, .source = kNotes, .value = claimed_value},
                nullptr);
    const std::string value = event.SerializeAsString();
    RecordView record{
        .id = MakeUuidV7(9, 8, records_.size()), .type = type, .source = kNotes, .subject = "x"};
    record.command = command;
    record.epoch = claim;
    record.value = value;
    return fold->Apply(fold->offset(), record, nullptr);
  }

  SeededRandom random_;
  log::MemoryLog log_{1, random_};
  FakeClock clock_;
  std::vector<Logged> records_;
};

TEST_F(FoldTest, IsNotFoundedASecondTime) {
  auto fold = MakeFold(nullptr);
  Follow(fold.get(), records_.size());
  const std::string log_id = fold->partition().log_id();
  const Hash digest = DigestOf(fold.get());
  Event genesis;
  genesis.mutable_genesis()->set_log_id("another");
  const std::string value = genesis.SerializeAsString();
  const Applied applied = fold->Apply(
      fold->offset(), {.id = MakeUuidV7(1, 2, 3), .type = kGenesis, .value = value}, nullptr);
  EXPECT_EQ(applied.verdict, Verdict::kStaleEpoch);
  EXPECT_FALSE(log_id.empty());
  EXPECT_EQ(fold->partition().log_id(), log_id);
  EXPECT_EQ(DigestOf(fold.get()), digest);
}

TEST_F(FoldTest, FindsVoidRecordsInTheHistoryOfTheseTests) {
  Fold fold("", AllToys(), nullptr);
  Follow(&fold, records_.size());
  EXPECT_GT(fold.partition().void_records(), 0);
  EXPECT_GT(fold.partition().valid_records(), 60);
}

TEST_F(FoldTest, GoesOnFromAnyBatchBoundary) {
  BatchedStore store;
  auto fold = MakeFold(&store);
  for (size_t at = 0; at < records_.size(); ++at) {
    Follow(fold.get(), at + 1);
    if (at % 3 == 0) {
      ASSERT_TRUE(fold->Flush().ok());
    }
  }
  const Hash whole = FullDigest();
  ASSERT_GT(store.boundaries.size(), 20u);
  for (auto& boundary : store.boundaries) {
    store::MemoryStore reopened;
    reopened.Restore(boundary);
    auto again = MakeFold(&reopened);
    Follow(again.get(), records_.size());
    EXPECT_EQ(DigestOf(again.get()), whole);
    EXPECT_EQ(again->partition().valid_records(), fold->partition().valid_records());
  }
}

TEST_F(FoldTest, KeepsStateAndOffsetInOneBatch) {
  BatchedStore store;
  auto fold = MakeFold(&store);
  Follow(fold.get(), records_.size());
  ASSERT_TRUE(fold->Flush().ok());
  EXPECT_EQ(store.boundaries.size(), 2u);
  ASSERT_TRUE(fold->Flush().ok());
  EXPECT_EQ(store.boundaries.size(), 2u);  // nothing changed
}

TEST_F(FoldTest, ReadsSubjectsBackThatItDoesNotKeepInMemory) {
  store::MemoryStore store;
  auto fold = MakeFold(&store, /*cached=*/1);
  for (size_t at = 0; at < records_.size(); ++at) {
    Follow(fold.get(), at + 1);
    ASSERT_TRUE(fold->Flush().ok());
  }
  EXPECT_EQ(DigestOf(fold.get()), FullDigest());
}

TEST_F(FoldTest, LooksIntoItsStoreOnlyForWhatItPutOutOfMemory) {
  CountedStore store;
  auto fold = MakeFold(&store, /*cached=*/1);
  Follow(fold.get(), records_.size());
  ASSERT_TRUE(fold->Flush().ok());
  store.gets = 0;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(*fold->Find("new-" + std::to_string(i)), nullptr);
  EXPECT_LT(store.gets, 10);  // a filter may err
  const int before = store.gets;
  EXPECT_NE(*fold->Find("x"), nullptr);
  EXPECT_EQ(store.gets, before + 1);
}

TEST_F(FoldTest, LosesNothingWithItsStore) {
  store::MemoryStore store;
  auto fold = MakeFold(&store);
  Follow(fold.get(), records_.size());
  ASSERT_TRUE(fold->Flush().ok());
  store.Restore({});
  auto again = MakeFold(&store);
  EXPECT_EQ(again->offset(), 0);
  Follow(again.get(), records_.size());
  EXPECT_EQ(DigestOf(again.get()), FullDigest());
}

TEST_F(FoldTest, DropsStateOfAnotherVersion) {
  store::MemoryStore store;
  auto fold = MakeFold(&store);
  Follow(fold.get(), records_.size());
  ASSERT_TRUE(fold->Flush().ok());
  state::v1::Partition head = fold->partition();
  head.set_fold_version(partition::kFoldVersion + 1);
  store::Batch batch;
  batch.Put("p/0/", head.SerializeAsString());
  ASSERT_TRUE(store.Write(batch).ok());
  EXPECT_EQ(MakeFold(&store)->offset(), 0);
}

TEST_F(FoldTest, DropsStateThatOtherServicesLeft) {
  store::MemoryStore store;
  auto fold = MakeFold(&store);
  Follow(fold.get(), records_.size());
  ASSERT_TRUE(fold->Flush().ok());
  std::vector<std::unique_ptr<Service>> fewer;
  fewer.push_back(MakeNotes());
  Fold other("0", std::move(fewer), &store);
  ASSERT_TRUE(other.Load().ok());
  EXPECT_EQ(other.offset(),
            0);  // else the others' parts of its subjects would stay what they are for ever
}

TEST_F(FoldTest, KeepsFoldsOfOneStoreApart) {
  store::MemoryStore store;
  Fold first("1", AllToys(), &store);
  Fold eleventh("11", AllToys(), &store);
  Follow(&first, records_.size());
  ASSERT_TRUE(first.Flush().ok());
  ASSERT_TRUE(eleventh.Load().ok());
  EXPECT_EQ(eleventh.offset(), 0);
  ASSERT_TRUE(eleventh.Reset().ok());
  Fold again("1", AllToys(), &store);
  ASSERT_TRUE(again.Load().ok());
  EXPECT_EQ(DigestOf(&again), FullDigest());
}

TEST_F(FoldTest, RemembersWhyARecordIsVoid) {
  store::MemoryStore store;
  auto stored = MakeFold(&store);
  auto flushed = MakeFold(nullptr);
  std::vector<Verdict> verdicts;
  for (size_t i = 0; i < records_.size(); ++i) {
    verdicts.push_back(stored->Apply(static_cast<Offset>(i), records_[i].view(), nullptr).verdict);
    flushed->Apply(static_cast<Offset>(i), records_[i].view(), nullptr);
    if (i == records_.size() / 2) {
      ASSERT_TRUE(stored->Flush().ok());
    }
  }
  ASSERT_NE(std::count(verdicts.begin(), verdicts.end(), Verdict::kStaleEpoch), 0);
  for (size_t i = 0; i < records_.size(); ++i) {
    EXPECT_EQ(stored->VerdictOf(static_cast<Offset>(i)).value(), verdicts[i]) << i;
    EXPECT_EQ(flushed->VerdictOf(static_cast<Offset>(i)).value(), verdicts[i]) << i;
  }
}

TEST_F(FoldTest, CountsAnUnknownTypeAndAdvancesTheHead) {
  Fold fold("", AllToys(), nullptr);
  Follow(&fold, records_.size());
  const Subject before = **fold.Find("x");
  Event event;
  event.mutable_note_added();
  const Applied applied = Write(&fold, "tierline.intake.invented-later.v1", event);
  EXPECT_EQ(applied.verdict, Verdict::kValid);
  EXPECT_EQ(fold.unknown_records(), 1);
  const Subject after = **fold.Find("x");
  EXPECT_EQ(after.events(), before.events() + 1);
  EXPECT_NE(after.head(), before.head());
  EXPECT_EQ(after.inquiry().notes(), before.inquiry().notes());  // what it says is not known
  EXPECT_GT(after.commands_size(), before.commands_size());      // its request id stays taken
}

TEST_F(FoldTest, KeepsTheContentOfACommandWhoseEventIsUnknown) {
  Fold fold("", AllToys(), nullptr);
  Follow(&fold, records_.size());
  Event event;
  event.set_content("0123456789abcdef");
  Write(&fold, "tierline.intake.invented-later.v1", event);
  const auto accepted = partition::FindAccepted(**fold.Find("x"), RequestId(77));
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->content.bytes(), "0123456789abcdef");
}

TEST_F(FoldTest, ClearsAnObligationWithAnUnknownEvent) {
  Fold fold("", AllToys(), nullptr);
  Follow(&fold, records_.size());
  Event event;
  const Uuid cause = MakeUuidV7(1, 2, 3);
  Subject subject;
  Owe(cause, "echo", kNotes, 0, &subject);
  event.set_reaction("echo");
  partition::ApplyToSubject(fold.services(), {.id = RequestId(1), .causation = cause}, event,
                            {.id = RequestId(1), .source = kNotes, .causation = cause}, Hash{},
                            false, &subject);
  EXPECT_EQ(subject.obligations_size(), 0);
}

TEST_F(FoldTest, TakesAValueThatDoesNotParseAsUnknown) {
  Fold fold("", AllToys(), nullptr);
  const Uuid claim = MakeUuidV7(9, 9, 9);
  fold.Apply(0, {.id = claim, .type = kOwnerClaimed, .source = kNotes}, nullptr);
  RecordView record{.id = RequestId(5),
                    .type = "tierline.intake.note-added.v1",
                    .source = kNotes,
                    .subject = "x"};
  record.epoch = claim;
  record.value = "\xff\xff\xff";
  EXPECT_EQ(fold.Apply(1, record, nullptr).verdict, Verdict::kValid);
  EXPECT_EQ((*fold.Find("x"))->events(), 1);
  EXPECT_EQ(fold.unknown_records(), 2);  // the claim had no value either
}

TEST_F(FoldTest, DigestsWhatSubjectsOweAndAccepted) {
  const auto digest = [&](const Event& event, Uuid command) {
    Fold fold("", AllToys(), nullptr);
    Follow(&fold, records_.size());
    Write(&fold, "tierline.intake.note-added.v1", event, command);
    return DigestOf(&fold);
  };
  Event event;
  event.mutable_note_added();
  const Hash hash = digest(event, RequestId(1000));
  EXPECT_EQ(digest(event, RequestId(1000)), hash);
  EXPECT_NE(digest(event, RequestId(1001)), hash);
  event.set_content("another content!");
  EXPECT_NE(digest(event, RequestId(1000)), hash);
}

TEST_F(FoldTest, DigestsNothingOfTheEngine) {
  Fold fold("", AllToys(), nullptr);
  Follow(&fold, records_.size());
  const Hash before = DigestOf(&fold);
  // A void record moves every later offset and nothing else.
  fold.Apply(fold.offset(),
             {.id = RequestId(1), .type = "tierline.intake.note-added.v1", .source = kNotes},
             nullptr);
  EXPECT_EQ(DigestOf(&fold), before);
}

TEST_F(FoldTest, VisitsSubjectsInOrderFromAStart) {
  store::MemoryStore store;
  for (store::StateStore* where :
       {static_cast<store::StateStore*>(nullptr), static_cast<store::StateStore*>(&store)}) {
    Fold fold("0", AllToys(), where);
    Follow(&fold, records_.size());
    std::vector<std::string> ids;
    const auto visit = [&](std::string_view id, const Subject&) {
      ids.emplace_back(id);
      return true;
    };
    ASSERT_TRUE(fold.Visit("", visit).ok());
    ASSERT_TRUE(fold.Visit("xa", visit).ok());
    EXPECT_THAT(ids, ::testing::ElementsAre("x", "y", "y"));
  }
}

}  // namespace
}  // namespace tierline::testing
