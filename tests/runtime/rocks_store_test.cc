#include "runtime/store/rocks_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/kit/child.h"
#include "tests/kit/scratch_dir.h"

// What only the store on disk can do: survive a crash, and put itself aside when it is damaged.

namespace tierline::store {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using tierline::testing::Child;
using tierline::testing::ScratchDir;

std::unique_ptr<RocksStore> MustOpen(const std::string& dir, std::string* moved_aside = nullptr) {
  absl::StatusOr<std::unique_ptr<RocksStore>> store = RocksStore::Open(dir, moved_aside);
  EXPECT_TRUE(store.ok()) << store.status();
  return store.ok() ? *std::move(store) : nullptr;
}

void PutOne(RocksStore& store, std::string_view key, std::string_view value) {
  Batch batch;
  batch.Put(key, value);
  ASSERT_TRUE(store.Write(batch).ok());
}

std::string ValueOf(RocksStore& store, std::string_view key) {
  std::string value;
  const absl::Status status = store.Get(key, &value);
  return status.ok() ? value : std::string(status.message());
}

std::vector<fs::path> FilesOf(const std::string& dir, const std::string& extension) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(dir)) {
    if (entry.path().extension() == extension && entry.file_size() > 0)
      files.push_back(entry.path());
  }
  return files;
}

void Damage(const fs::path& file) {
  std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
  out.seekp(static_cast<std::streamoff>(fs::file_size(file) / 2));
  out << "damage";
}

// Batches of two keys, one at each end, that always say the same.
TEST(RocksStoreChild, DISABLED_WritesForEver) {
  auto store = MustOpen(tierline::testing::ChildArgument());
  int64_t number = 0;
  ASSERT_TRUE(absl::SimpleAtoi(ValueOf(*store, "a"), &number) || number == 0);
  for (;;) {
    Batch batch;
    batch.Put("a", absl::StrCat(++number));
    batch.Put(absl::StrCat("m", number), std::string(200, '.'));
    batch.Delete(absl::StrCat("m", number - 3));
    batch.Put("z", absl::StrCat(number));
    ASSERT_TRUE(store->Write(batch).ok());
    tierline::testing::ReportToParent(number);
  }
}

TEST(RocksStore, HasAPrefixOfWholeBatchesWhenItIsKilled) {
  ScratchDir dir;
  const uint64_t seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  for (int round = 0; round < 8; ++round) {
    Child child("RocksStoreChild.DISABLED_WritesForEver", dir / "state");
    const std::vector<int64_t> written = child.KillAfter(absl::Microseconds(random() % 60'000));
    ASSERT_FALSE(written.empty());
    std::string moved_aside;
    auto store = MustOpen(dir / "state", &moved_aside);
    ASSERT_NE(store, nullptr);
    EXPECT_EQ(moved_aside, "");
    int64_t last = 0;
    ASSERT_TRUE(absl::SimpleAtoi(ValueOf(*store, "a"), &last));
    EXPECT_GE(last, written.back()) << "the system had them, and only the process died";
    EXPECT_EQ(ValueOf(*store, "z"), absl::StrCat(last));
    int rows = 0;
    ASSERT_TRUE(
        store->Scan("m", "", [&](std::string_view, std::string_view) { return ++rows < 10; }).ok());
    EXPECT_EQ(rows, static_cast<int>(std::min<int64_t>(last, 3)));
  }
}

TEST(RocksStore, KeepsThePrefixBeforeATornTail) {
  ScratchDir dir;
  auto store = MustOpen(dir / "state");
  for (int i = 1; i <= 20; ++i) PutOne(*store, "last", absl::StrCat(i));
  store.reset();
  const std::vector<fs::path> logs = FilesOf(dir / "state", ".log");
  ASSERT_EQ(logs.size(), 1u);
  fs::resize_file(logs[0], fs::file_size(logs[0]) - 5);
  std::string moved_aside;
  store = MustOpen(dir / "state", &moved_aside);
  EXPECT_EQ(moved_aside, "");
  EXPECT_EQ(ValueOf(*store, "last"), "19");
}

TEST(RocksStore, MovesADamagedStoreAsideAndStartsEmpty) {
  ScratchDir dir;
  for (int n = 1; n <= 2; ++n) {
    PutOne(*MustOpen(dir / "state"), "key", "value");
    MustOpen(dir / "state").reset();  // what was replayed is in a table now
    for (const fs::path& table : FilesOf(dir / "state", ".sst")) fs::resize_file(table, 10);
    std::string moved_aside;
    auto store = MustOpen(dir / "state/", &moved_aside);
    EXPECT_EQ(ValueOf(*store, "key"), "no such key");
    const std::string place = absl::StrCat(dir / "state.corrupt-", n);
    EXPECT_THAT(moved_aside,
                ::testing::AllOf(HasSubstr("damaged"), HasSubstr("moved to " + place)));
    EXPECT_TRUE(fs::exists(place));
    PutOne(*store, "key", "again");
    EXPECT_EQ(ValueOf(*store, "key"), "again");
  }
}

TEST(RocksStore, MovesAsideWhatOnlyAReadFoundDamaged) {
  ScratchDir dir;
  {
    auto store = MustOpen(dir / "state");
    for (int i = 0; i < 1000; ++i)
      PutOne(*store, absl::StrCat(i), std::string(1000, static_cast<char>('a' + i % 26)));
  }
  MustOpen(dir / "state").reset();
  for (const fs::path& table : FilesOf(dir / "state", ".sst")) Damage(table);
  std::string moved_aside;
  {
    auto store = MustOpen(dir / "state", &moved_aside);
    ASSERT_EQ(moved_aside, "") << "an open does not read everything";
    const absl::Status found =
        store->Scan("", "", [](std::string_view, std::string_view) { return true; });
    EXPECT_TRUE(absl::IsDataLoss(found)) << found;
  }
  auto store = MustOpen(dir / "state", &moved_aside);
  EXPECT_THAT(moved_aside, HasSubstr("moved to"));
  EXPECT_EQ(ValueOf(*store, "1"), "no such key");
}

// No file of this process may grow, until the end of the scope: every write fails, as on a full
// disk.
class NoFileGrows {
 public:
  NoFileGrows() {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{0, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
  }
  ~NoFileGrows() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST(RocksStore, WritesAgainAsSoonAsTheDiskTakesIt) {
  const ScratchDir dir;
  auto store = MustOpen(dir / "state");
  PutOne(*store, "a", "1");
  for (int round = 0; round < 3; ++round) {
    const NoFileGrows full;
    Batch batch;
    batch.Put("a", "2");
    EXPECT_FALSE(store->Write(batch).ok());
    EXPECT_EQ(ValueOf(*store, "a"), "1") << "what was stored can be read all the time";
  }
  PutOne(*store, "a", "3");
  PutOne(*store, "b", "4");
  store.reset();
  std::string moved_aside;
  store = MustOpen(dir / "state", &moved_aside);
  EXPECT_EQ(ValueOf(*store, "a"), "3");
  EXPECT_EQ(ValueOf(*store, "b"), "4");
  EXPECT_EQ(moved_aside, "");
}

TEST(RocksStore, TellsWhichLockASecondOpenerHits) {
  ScratchDir dir;
  auto first = MustOpen(dir / "state");
  const auto second = RocksStore::Open(dir / "state");
  ASSERT_TRUE(absl::IsFailedPrecondition(second.status())) << second.status();
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(dir / "state/LOCK"));
}

}  // namespace
}  // namespace tierline::store
