#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "runtime/log/rocks_log.h"
#include "tests/kit/log_driver.h"
#include "tests/kit/scratch_dir.h"

// A disk that refuses: nothing acknowledged is lost, nothing that failed is seen, and the log goes
// on by itself when the disk does.

namespace {
std::atomic<bool> fsync_fails{false};
std::atomic<int> fsyncs{0};

int Sync(long call, int fd) {
  if (fsync_fails) {
    errno = EIO;
    return -1;
  }
  ++fsyncs;
  return static_cast<int>(syscall(call, fd));
}
}  // namespace

// Take the place of the C library's, for RocksDB too.
extern "C" int fsync(int fd) { return Sync(SYS_fsync, fd); }
extern "C" int fdatasync(int fd) { return Sync(SYS_fdatasync, fd); }

namespace tierline::log {
namespace {

namespace fs = std::filesystem;
using tierline::testing::AppendAndWait;
using tierline::testing::RecordsOf;
using tierline::testing::ScratchDir;
using tierline::testing::ValuesFrom;

constexpr TopicPartition kFirst{Topic::kHistory, 0};
constexpr TopicPartition kSecond{Topic::kHistory, 1};
const RocksLogOptions kOptions{.partitions = 2, .write_buffer_bytes = 1 << 20};

class Disk {
 public:
  virtual ~Disk() = default;
  // False when this machine does not allow it.
  virtual bool Prepare(const std::string& /*dir*/) { return true; }
  virtual void Break() = 0;
  virtual void Heal() = 0;
};

// A file system of 32 MiB, filled to the brim.
class FullDisk : public Disk {
 public:
  ~FullDisk() override {
    if (!dir_.empty()) umount2(dir_.c_str(), MNT_DETACH);
  }
  bool Prepare(const std::string& dir) override {
    if (mount("tmpfs", dir.c_str(), "tmpfs", 0, "size=32m") != 0) return false;
    dir_ = dir;
    return true;
  }
  void Break() override {
    std::ofstream ballast(dir_ + "/ballast");
    while (ballast << std::string(4096, 'x') << std::flush) continue;
  }
  void Heal() override { fs::remove(dir_ + "/ballast"); }

 private:
  std::string dir_;
};

// No file may grow: writes fail with EFBIG.
class LimitedFileSize : public Disk {
 public:
  ~LimitedFileSize() override { Heal(); }
  bool Prepare(const std::string&) override {
    signal(SIGXFSZ, SIG_IGN);
    return getrlimit(RLIMIT_FSIZE, &before_) == 0;
  }
  void Break() override {
    const rlimit none{0, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
  }
  void Heal() override { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

// Writes succeed and their fsync does not: the worst, since the bytes may be there or not.
class FailingSync : public Disk {
 public:
  ~FailingSync() override { Heal(); }
  void Break() override { fsync_fails = true; }
  void Heal() override { fsync_fails = false; }
};

struct Failure {
  std::string name;
  std::unique_ptr<Disk> (*make)();
};

class RocksLogOn : public ::testing::TestWithParam<Failure> {
 protected:
  void SetUp() override {
    disk_ = GetParam().make();
    if (!disk_->Prepare(dir_.path())) GTEST_SKIP() << GetParam().name << " is not permitted here";
    std::cout << "with " << GetParam().name << "\n";
    Open();
  }
  void TearDown() override {
    log_.reset();
    disk_.reset();
  }
  void Open() {
    log_.reset();
    auto log = RocksLog::Open(dir_ / "log", kOptions);
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }

  // One batch over two partitions, with a serial number of its own.
  absl::Status AppendBoth() {
    const std::string value = absl::StrCat(serial_++, " ", std::string(3000, '.'));
    absl::Status first = absl::UnknownError("not called");
    EXPECT_TRUE(
        log_->Append(kFirst, RecordsOf({value, value}), [&](absl::Status s) { first = s; }).ok());
    const absl::Status second = AppendAndWait(*log_, kSecond, {value});
    EXPECT_EQ(first, second) << "one batch";
    if (second.ok()) {
      acknowledged_.push_back(value);
    } else {
      failed_.insert(value);
    }
    return second;
  }

  // Until the disk refuses; the first error.
  absl::Status AppendUntilItFails() {
    absl::Status status;
    for (int i = 0; i < 10'000 && status.ok(); ++i) status = AppendBoth();
    return status;
  }

  bool RecoversInTime() {
    const absl::Time deadline = absl::Now() + tierline::testing::kPatience;
    absl::Status status;
    while (!(status = AppendBoth()).ok() && absl::Now() < deadline) {
      EXPECT_TRUE(absl::IsResourceExhausted(status))
          << "not written, and known not to be: " << status;
    }
    EXPECT_TRUE(status.ok()) << status;
    return status.ok();
  }

  void ExpectExactlyWhatWasAcknowledged() {
    EXPECT_EQ(*log_->End(kSecond), static_cast<Offset>(acknowledged_.size()) + 1);
    const auto second = ValuesFrom(*log_, kSecond, 1);
    ASSERT_TRUE(second.ok()) << second.status();
    EXPECT_TRUE(*second == acknowledged_);
    const auto first = ValuesFrom(*log_, kFirst, 1);
    ASSERT_TRUE(first.ok()) << first.status();
    ASSERT_EQ(first->size(), 2 * acknowledged_.size());
    for (size_t i = 0; i < first->size(); ++i)
      EXPECT_TRUE(first->at(i) == acknowledged_[i / 2]) << i;
  }

  ScratchDir dir_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<RocksLog> log_;
  int serial_ = 0;
  std::vector<std::string> acknowledged_;
  std::set<std::string> failed_;
};

TEST_P(RocksLogOn, LosesNothingAndGoesOnWithoutARestart) {
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(AppendBoth().ok());  // some of it in tables
  for (int round = 0; round < 3; ++round) {
    disk_->Break();
    const absl::Status failure = AppendUntilItFails();
    EXPECT_TRUE(absl::IsUnavailable(failure)) << "in doubt: " << failure;
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(absl::IsResourceExhausted(AppendBoth()));
    ExpectExactlyWhatWasAcknowledged();
    disk_->Heal();
    ASSERT_TRUE(RecoversInTime());
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(AppendBoth().ok());
    ExpectExactlyWhatWasAcknowledged();
  }
  Open();
  ExpectExactlyWhatWasAcknowledged();
}

TEST_P(RocksLogOn, SyncsBeforeItCallsBack) {
  for (int i = 0; i < 20; ++i) {
    const int before = fsyncs;
    const std::vector<std::string> values = {"x"};
    bool synced = false;
    ASSERT_TRUE(
        log_->Append(kFirst, RecordsOf(values), [&](absl::Status) { synced = fsyncs > before; })
            .ok());
    log_->Poll(absl::ZeroDuration());
    EXPECT_TRUE(synced);
  }
}

// Right after a start nothing is in memory that recovery would have to flush.
TEST_P(RocksLogOn, GoesOnWhenTheFirstAppendFails) {
  disk_->Break();
  ASSERT_TRUE(absl::IsUnavailable(AppendUntilItFails()));
  disk_->Heal();
  ASSERT_TRUE(RecoversInTime());
  ExpectExactlyWhatWasAcknowledged();
  Open();
  ExpectExactlyWhatWasAcknowledged();
}

// A failed batch that was longer than what was appended after it must not look out behind.
TEST_P(RocksLogOn, NeverShowsTheRestOfAFailedBatch) {
  disk_->Break();
  absl::Status status;
  while (status.ok()) {
    const std::vector<std::string> values(100, "failed");
    status = AppendAndWait(*log_, kSecond, values);
    if (status.ok()) acknowledged_.insert(acknowledged_.end(), values.begin(), values.end());
  }
  disk_->Heal();
  const absl::Time deadline = absl::Now() + tierline::testing::kPatience;
  while (!AppendAndWait(*log_, kSecond, {"after"}).ok()) ASSERT_LT(absl::Now(), deadline);
  acknowledged_.push_back("after");
  Open();
  EXPECT_TRUE(*ValuesFrom(*log_, kSecond, 1) == acknowledged_);
}

// The process ends before the disk is back: the last batch in doubt is there as a whole, or not at
// all.
TEST_P(RocksLogOn, ShowsAllOrNothingOfTheBatchInDoubtAfterARestart) {
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(AppendBoth().ok());
  disk_->Break();
  ASSERT_TRUE(absl::IsUnavailable(AppendUntilItFails()));
  log_.reset();
  disk_->Heal();
  Open();
  const auto second = *ValuesFrom(*log_, kSecond, 1);
  if (second.size() > acknowledged_.size()) acknowledged_.push_back(*failed_.begin());
  ExpectExactlyWhatWasAcknowledged();
  EXPECT_TRUE(AppendBoth().ok());
  ExpectExactlyWhatWasAcknowledged();
}

INSTANTIATE_TEST_SUITE_P(
    Disks, RocksLogOn,
    ::testing::Values(
        Failure{"FullDisk", []() -> std::unique_ptr<Disk> { return std::make_unique<FullDisk>(); }},
        Failure{"LimitedFileSize",
                []() -> std::unique_ptr<Disk> { return std::make_unique<LimitedFileSize>(); }},
        Failure{"FailingSync",
                []() -> std::unique_ptr<Disk> { return std::make_unique<FailingSync>(); }}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tierline::log
