#include "runtime/store/state_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/store/memory_store.h"
#include "runtime/store/rocks_store.h"
#include "tests/kit/scratch_dir.h"

// What runtime/store/state_store.h promises, for every store.

namespace tierline::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

struct Engine {
  std::string name;
  std::function<std::unique_ptr<StateStore>(const std::string& dir)> open;
};

Engine Memory() {
  return {"Memory", [](const std::string&) { return std::make_unique<MemoryStore>(); }};
}

Engine Rocks() {
  return {"Rocks", [](const std::string& dir) -> std::unique_ptr<StateStore> {
            auto store = RocksStore::Open(dir);
            EXPECT_TRUE(store.ok()) << store.status();
            return *std::move(store);
          }};
}

class StateStoreContract : public ::testing::TestWithParam<Engine> {
 protected:
  using Rows = std::vector<std::pair<std::string, std::string>>;

  void SetUp() override { Open(); }
  void Open() {
    store_.reset();
    store_ = GetParam().open(dir_ / "state");
  }
  void Put(const Rows& rows) {
    Batch batch;
    for (const auto& [key, value] : rows) batch.Put(key, value);
    ASSERT_TRUE(store_->Write(batch).ok());
  }
  Rows Scan(std::string_view prefix, std::string_view start = "", size_t max = 1000) {
    Rows rows;
    EXPECT_TRUE(store_
                    ->Scan(prefix, start,
                           [&](std::string_view key, std::string_view value) {
                             rows.emplace_back(key, value);
                             return rows.size() < max;
                           })
                    .ok());
    return rows;
  }

  tierline::testing::ScratchDir dir_;
  std::unique_ptr<StateStore> store_;
};

TEST_P(StateStoreContract, FindsWhatWasPut) {
  Put({{"a", "1"}, {"b", ""}, {std::string("nul\0x", 5), std::string("v\0w", 3)}});
  std::string value;
  EXPECT_TRUE(store_->Get("a", &value).ok());
  EXPECT_EQ(value, "1");
  EXPECT_TRUE(store_->Get("b", &value).ok());
  EXPECT_EQ(value, "");
  EXPECT_TRUE(store_->Get(std::string_view("nul\0x", 5), &value).ok());
  EXPECT_EQ(value, std::string("v\0w", 3));
  EXPECT_TRUE(absl::IsNotFound(store_->Get("c", &value)));
}

TEST_P(StateStoreContract, AppliesTheWritesOfABatchInOrder) {
  Put({{"a", "1"}, {"b", "1"}});
  Batch batch;
  batch.Put("a", "2");
  batch.Delete("a");
  batch.Delete("b");
  batch.Put("b", "2");
  batch.Delete("none");
  ASSERT_TRUE(store_->Write(batch).ok());
  EXPECT_THAT(Scan(""), ElementsAre(Pair("b", "2")));
}

TEST_P(StateStoreContract, ScansAPrefixInOrder) {
  Put({{"b/2", "2"}, {"a", ""}, {"b/1", "1"}, {"b0", ""}, {"b/", "0"}, {"c", ""}});
  EXPECT_THAT(Scan("b/"), ElementsAre(Pair("b/", "0"), Pair("b/1", "1"), Pair("b/2", "2")));
  EXPECT_THAT(Scan("x"), IsEmpty());
}

TEST_P(StateStoreContract, ScansFromAStartAndStopsOnDemand) {
  Put({{"p/1", ""}, {"p/3", ""}, {"p/5", ""}, {"q", ""}});
  EXPECT_THAT(Scan("p/", "p/3"), ElementsAre(Pair("p/3", ""), Pair("p/5", "")));
  EXPECT_THAT(Scan("p/", "p/2", 1), ElementsAre(Pair("p/3", "")));
  EXPECT_THAT(Scan("p/", "p/6"), IsEmpty());
  EXPECT_THAT(Scan("p/", "q"), IsEmpty()) << "the start lies behind the prefix";
  EXPECT_THAT(Scan("p/", "a", 1), ElementsAre(Pair("p/1", "")))
      << "the start lies before the prefix";
}

TEST_P(StateStoreContract, SortsKeysAsUnsignedBytes) {
  Put({{"\x7f", ""}, {"\x80", ""}, {"\xff\xff", ""}, {"\xff", ""}});
  EXPECT_THAT(Scan(""), ElementsAre(Pair("\x7f", ""), Pair("\x80", ""), Pair("\xff", ""),
                                    Pair("\xff\xff", "")));
  EXPECT_THAT(Scan("\xff"), ElementsAre(Pair("\xff", ""), Pair("\xff\xff", "")));
}

TEST_P(StateStoreContract, ClearsAPrefixAndNothingElse) {
  Put({{"a", ""}, {"b/1", ""}, {"b/\xff", ""}, {"b0", ""}});
  ASSERT_TRUE(store_->Clear("b/").ok());
  EXPECT_THAT(Scan(""), ElementsAre(Pair("a", ""), Pair("b0", "")));
  Put({{"b/1", "again"}});
  EXPECT_THAT(Scan("b/"), ElementsAre(Pair("b/1", "again")));
}

TEST_P(StateStoreContract, ClearsEverything) {
  ASSERT_TRUE(store_->Clear("").ok()) << "of an empty store";
  Put({{"a", ""}, {"\xff\xff", ""}, {"\xff", ""}});
  ASSERT_TRUE(store_->Clear("\xff").ok());
  EXPECT_THAT(Scan(""), ElementsAre(Pair("a", "")));
  ASSERT_TRUE(store_->Clear("").ok());
  EXPECT_THAT(Scan(""), IsEmpty());
}

// Engines whose contents outlive the object.
class PersistentStoreContract : public StateStoreContract {};

TEST_P(PersistentStoreContract, KeepsEverythingWhenItIsOpenedAgain) {
  Put({{"a", "1"}, {"b/1", ""}, {"c", "3"}});
  ASSERT_TRUE(store_->Clear("b/").ok());
  Open();
  EXPECT_THAT(Scan(""), ElementsAre(Pair("a", "1"), Pair("c", "3")));
}

const auto kNameOf = [](const auto& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(Engines, StateStoreContract, ::testing::Values(Memory(), Rocks()),
                         kNameOf);
INSTANTIATE_TEST_SUITE_P(Engines, PersistentStoreContract, ::testing::Values(Rocks()), kNameOf);

TEST(MemoryStore, GoesBackToASnapshot) {
  MemoryStore store;
  Batch batch;
  batch.Put("a", "1");
  ASSERT_TRUE(store.Write(batch).ok());
  const MemoryStore::Contents snapshot = store.Snapshot();
  batch.Put("b", "2");
  ASSERT_TRUE(store.Write(batch).ok());
  store.Restore(snapshot);
  std::string value;
  EXPECT_TRUE(store.Get("a", &value).ok());
  EXPECT_TRUE(absl::IsNotFound(store.Get("b", &value)));
}

}  // namespace
}  // namespace tierline::store
