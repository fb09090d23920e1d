#include "runtime/log/rocks_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "runtime/log/genesis.h"
#include "tests/kit/child.h"
#include "tests/kit/log_driver.h"
#include "tests/kit/scratch_dir.h"

// What only the log on disk can do: survive a crash, and notice damage.

namespace tierline::log {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tierline::testing::AppendAndWait;
using tierline::testing::Child;
using tierline::testing::RecordsOf;
using tierline::testing::ScratchDir;
using tierline::testing::ValuesFrom;

constexpr TopicPartition kFirst{Topic::kHistory, 0};
const RocksLogOptions kSmall{.partitions = 3,
                             .write_buffer_bytes = 256 << 10};  // so that it flushes often

std::unique_ptr<RocksLog> MustOpen(const std::string& dir,
                                   const RocksLogOptions& options = kSmall) {
  absl::StatusOr<std::unique_ptr<RocksLog>> log = RocksLog::Open(dir, options);
  EXPECT_TRUE(log.ok()) << log.status();
  return log.ok() ? *std::move(log) : nullptr;
}

std::string Contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void Overwrite(const fs::path& file, const std::string& contents) {
  std::ofstream(file, std::ios::binary) << contents;
}

void Damage(const fs::path& file) {
  std::string contents = Contents(file);
  contents[contents.size() / 2] ^= 0x20;
  Overwrite(file, contents);
}

// The largest file of the kind: the others may be empty.
fs::path FileOf(const std::string& dir, const std::string& extension) {
  fs::path found;
  for (const fs::directory_entry& entry : fs::directory_iterator(dir)) {
    if (entry.path().extension() != extension) continue;
    if (found.empty() || entry.file_size() > fs::file_size(found)) found = entry.path();
  }
  EXPECT_FALSE(found.empty()) << "no " << extension << " in " << dir;
  return found;
}

// Tables and write-ahead logs by name, as they are.
std::map<std::string, std::string> DataOf(const std::string& dir) {
  std::map<std::string, std::string> data;
  for (const fs::directory_entry& entry : fs::directory_iterator(dir)) {
    const fs::path& path = entry.path();
    if (path.extension() == ".sst" || path.extension() == ".log")
      data[path.filename()] = Contents(path);
  }
  return data;
}

// Random bytes, which no compression makes smaller.
std::string Noise(size_t size, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string noise(size, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  return noise;
}

TEST(RocksLog, FindsNoLogWhereThereIsNoneToOpen) {
  ScratchDir dir;
  const auto log = RocksLog::Open(dir / "log", {.create = false});
  EXPECT_TRUE(absl::IsNotFound(log.status())) << log.status();
  EXPECT_FALSE(fs::exists(dir / "log" + "/CURRENT"));
}

TEST(RocksLog, NamesBothNumbersOfPartitions) {
  ScratchDir dir;
  MustOpen(dir / "log", {.partitions = 3}).reset();
  const auto log = RocksLog::Open(dir / "log", {.partitions = 5});
  ASSERT_TRUE(absl::IsFailedPrecondition(log.status())) << log.status();
  EXPECT_THAT(std::string(log.status().message()),
              ::testing::AllOf(HasSubstr("3 partitions"), HasSubstr("5 were asked for"),
                               HasSubstr(dir / "log")));
  EXPECT_EQ(MustOpen(dir / "log", {.partitions = 3})->Partitions(Topic::kHistory), 3);
}

TEST(RocksLog, ReadsFromDiskWhatTheTailNoLongerHolds) {
  ScratchDir dir;
  auto log = MustOpen(dir / "log");
  std::vector<std::string> values;
  for (int i = 0; i < 200; ++i) {  // 12 MiB, in the tail are at most 4
    values.push_back(absl::StrCat(i, Noise(60'000, i)));
    ASSERT_TRUE(AppendAndWait(*log, kFirst, {values.back()}).ok());
  }
  EXPECT_EQ(*ValuesFrom(*log, kFirst, 1), values);
  for (const Offset at : {1, 77, 200}) {
    Offset visited = -1;
    EXPECT_EQ(*log->Read(kFirst, at, 1,
                         [&](Offset offset, const RecordView& record) {
                           visited = offset;
                           EXPECT_EQ(record.value, values[static_cast<size_t>(at - 1)]);
                           return true;
                         }),
              at + 1);
    EXPECT_EQ(visited, at);
  }
  int visits = 0;
  EXPECT_EQ(*log->Read(kFirst, 1, 1000, [&](Offset, const RecordView&) { return ++visits < 3; }),
            4);
}

TEST(RocksLog, TellsWhichLockASecondOpenerHits) {
  ScratchDir dir;
  Child holder("RocksLogChild.DISABLED_AppendsForEver", dir / "log");
  ASSERT_TRUE(holder.WaitForReport());
  const auto second = RocksLog::Open(dir / "log", kSmall);
  ASSERT_TRUE(absl::IsFailedPrecondition(second.status())) << second.status();
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(dir / "log/LOCK"));
}

// Appends to random partitions values that name their partition and offset, and reports what was
// acknowledged as offset * 4 + partition.
TEST(RocksLogChild, DISABLED_AppendsForEver) {
  auto log = MustOpen(tierline::testing::ChildArgument());
  std::mt19937_64 random(std::random_device{}());
  for (;;) {
    for (int32_t partition = 0; partition < kSmall.partitions; ++partition) {
      const TopicPartition to{Topic::kHistory, partition};
      const Offset end = *log->End(to);
      std::vector<std::string> values;
      for (uint64_t i = 0, n = random() % 20; i < n; ++i) {
        values.push_back(absl::StrCat(partition, " ", end + static_cast<Offset>(i),
                                      std::string(random() % 500, '.')));
      }
      if (values.empty()) continue;
      const Offset last = end + static_cast<Offset>(values.size()) - 1;
      ASSERT_TRUE(log->Append(to, RecordsOf(values),
                              [=](absl::Status status) {
                                if (status.ok())
                                  tierline::testing::ReportToParent(last * 4 + partition);
                              })
                      .ok());
    }
    log->Poll(absl::ZeroDuration());
  }
}

TEST(RocksLog, LosesNothingAcknowledgedWhenItIsKilled) {
  ScratchDir dir;
  const uint64_t seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  std::map<int32_t, Offset> acknowledged;
  for (int round = 0; round < 12; ++round) {
    Child child("RocksLogChild.DISABLED_AppendsForEver", dir / "log");
    for (const int64_t report : child.KillAfter(absl::Microseconds(random() % 150'000))) {
      Offset& last = acknowledged[static_cast<int32_t>(report % 4)];
      EXPECT_GT(report / 4, last) << "acknowledged out of order";
      last = report / 4;
    }
    auto log = MustOpen(dir / "log");
    ASSERT_NE(log, nullptr);
    for (const auto& [partition, last] : acknowledged) {
      const TopicPartition of{Topic::kHistory, partition};
      EXPECT_GT(*log->End(of), last) << "partition " << partition << " in round " << round;
      const auto values = ValuesFrom(*log, of, 1);
      ASSERT_TRUE(values.ok()) << values.status();
      for (size_t i = 0; i < values->size(); ++i) {
        const std::string expected = absl::StrCat(partition, " ", i + 1);
        ASSERT_EQ(values->at(i).substr(0, expected.size()), expected);
        ASSERT_EQ(values->at(i).find_first_not_of('.', expected.size()), std::string::npos);
      }
    }
  }
  EXPECT_EQ(acknowledged.size(), 3u);
}

// Appends `count` pairs of records, ten pairs to a batch.
void Fill(const std::string& dir, int count) {
  auto log = MustOpen(dir);
  for (int done = 0; done < count;) {
    std::vector<std::string> values;
    for (int i = 0; i < 10 && done < count; ++i, ++done) {
      values.push_back(absl::StrCat("value ", done));
      values.push_back(Noise(1000, static_cast<uint64_t>(done)));
    }
    ASSERT_TRUE(AppendAndWait(*log, kFirst, values).ok());
  }
}

TEST(RocksLog, RefusesADamagedTable) {
  ScratchDir dir;
  Fill(dir / "log", 2000);
  const fs::path table = FileOf(dir / "log", ".sst");
  Damage(table);
  const auto log = RocksLog::Open(dir / "log", kSmall);
  const absl::Status found = log.ok() ? ValuesFrom(**log, kFirst, 0).status() : log.status();
  ASSERT_TRUE(absl::IsDataLoss(found)) << found;
  EXPECT_THAT(std::string(found.message()),
              ::testing::AllOf(HasSubstr(table.filename().string()), HasSubstr(dir / "log"),
                               HasSubstr("nothing was changed"), HasSubstr("backup")));
}

TEST(RocksLog, RefusesAMissingTable) {
  ScratchDir dir;
  Fill(dir / "log", 2000);
  const fs::path table = FileOf(dir / "log", ".sst");
  fs::remove(table);
  const auto log = RocksLog::Open(dir / "log", kSmall);
  ASSERT_TRUE(absl::IsDataLoss(log.status())) << log.status();
  EXPECT_THAT(std::string(log.status().message()), HasSubstr(table.stem().string()));
}

TEST(RocksLog, RefusesDamageInTheMiddleOfTheWriteAheadLogAndChangesNothing) {
  ScratchDir dir;
  Fill(dir / "log", 50);
  const fs::path wal = FileOf(dir / "log", ".log");
  Damage(wal);
  const auto before = DataOf(dir / "log");
  const auto log = RocksLog::Open(dir / "log", kSmall);
  ASSERT_TRUE(absl::IsDataLoss(log.status())) << log.status();
  EXPECT_THAT(std::string(log.status().message()),
              ::testing::AllOf(HasSubstr(wal.filename().string()), HasSubstr(dir / "log"),
                               HasSubstr("nothing was changed"), HasSubstr("backup")));
  EXPECT_EQ(DataOf(dir / "log"), before);
  Damage(wal);  // flips the same bit back: the backup
  EXPECT_EQ(*MustOpen(dir / "log")->End(kFirst), 101);
}

TEST(RocksLog, DropsATornTailAsAWhole) {
  ScratchDir dir;
  Fill(dir / "log", 3);
  const fs::path wal = FileOf(dir / "log", ".log");
  const size_t whole = Contents(wal).size();
  {  // one Poll, three partitions
    auto log = MustOpen(dir / "log");
    for (int32_t partition = 0; partition < 3; ++partition) {
      ASSERT_TRUE(log->Append({Topic::kHistory, partition}, RecordsOf({"torn", "torn"}),
                              [](absl::Status) {})
                      .ok());
    }
    log->Poll(absl::ZeroDuration());
    EXPECT_EQ(*log->End(kFirst), 9);
  }
  const fs::path last = FileOf(dir / "log", ".log");
  ASSERT_NE(last, wal) << "of " << whole << " bytes: an open begins a new file";
  const std::string contents = Contents(last);
  for (size_t size = contents.size() - 1; size > 0; size -= std::min<size_t>(size, 97)) {
    fs::remove_all(dir / "torn");
    fs::copy(dir / "log", dir / "torn");
    fs::resize_file(fs::path(dir / "torn") / last.filename(), size);
    auto log = MustOpen(dir / "torn");
    ASSERT_NE(log, nullptr) << size << " of " << contents.size() << " bytes";
    for (int32_t partition = 0; partition < 3; ++partition) {
      EXPECT_EQ(*log->End({Topic::kHistory, partition}), partition == 0 ? 7 : 1)
          << size << " bytes are left";
    }
    EXPECT_TRUE(AppendAndWait(*log, kFirst, {"after"}).ok());
    EXPECT_THAT(*ValuesFrom(*log, kFirst, 7), ElementsAre("after"));
  }
}

TEST(RocksLog, FoundsALogWhereACrashLeftAnEmptyDatabase) {
  ScratchDir dir;
  MustOpen(dir / "log").reset();
  fs::resize_file(FileOf(dir / "log", ".log"), 0);  // the genesis records never arrived
  auto log = MustOpen(dir / "log");
  for (const TopicPartition of : AllPartitions(3)) EXPECT_EQ(*log->End(of), 1);
}

}  // namespace
}  // namespace tierline::log
