#include "runtime/keys/vault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "runtime/log/memory_log.h"
#include "runtime/log/rocks_log.h"
#include "runtime/store/memory_store.h"
#include "tests/kit/log_driver.h"
#include "tests/kit/ports.h"
#include "tests/kit/scratch_dir.h"
#include "tierline/events/v1/event.pb.h"

namespace tierline::keys {
namespace {

using ::testing::HasSubstr;
using tierline::testing::FakeClock;
using tierline::testing::SeededRandom;

constexpr log::TopicPartition kKeysTopic{log::Topic::kKeys, 0};

MasterKey MasterOf(char fill) { return MasterKey(Key(std::string(kKeyBytes, fill))); }

// A log whose delivery reports the test holds back, or spoils.
class HeldLog : public log::EventLog {
 public:
  explicit HeldLog(log::EventLog* log) : log_(log) {}

  absl::Status Append(log::TopicPartition to, std::span<const RecordView> records,
                      log::Delivered delivered) override {
    ++appends;
    if (!refusal.ok()) return refusal;
    return log_->Append(to, records,
                        [this, delivered = std::move(delivered)](absl::Status status) mutable {
                          if (hold) {
                            held.push_back(std::move(delivered));
                          } else {
                            delivered(outcome.ok() ? status : outcome);
                          }
                        });
  }
  void Poll(absl::Duration wait) override { log_->Poll(wait); }
  absl::StatusOr<Offset> Read(log::TopicPartition of, Offset from, int64_t max,
                              log::RecordVisitor visitor) override {
    return log_->Read(of, from, max, visitor);
  }
  absl::StatusOr<Offset> ReadAside(log::TopicPartition of, Offset from, Offset to,
                                   log::RecordVisitor visitor) override {
    return log_->ReadAside(of, from, to, visitor);
  }
  absl::StatusOr<Offset> End(log::TopicPartition of) override { return log_->End(of); }
  int32_t Partitions(log::Topic topic) const override { return log_->Partitions(topic); }

  bool hold = false;
  absl::Status refusal;
  absl::Status outcome;
  int appends = 0;
  std::vector<log::Delivered> held;

 private:
  log::EventLog* log_;
};

class VaultTest : public ::testing::Test {
 protected:
  static constexpr size_t kBatch = 8;

  absl::StatusOr<std::unique_ptr<Vault>> Start(char master = 'm',
                                               store::StateStore* store = nullptr) {
    return Vault::Start(
        MasterOf(master),
        {.log = &log_, .store = store ? store : &store_, .clock = &clock_, .random = &random_},
        {.low_water = 4, .batch = kBatch, .cache_max = 4});
  }
  std::unique_ptr<Vault> MustStart(char master = 'm', store::StateStore* store = nullptr) {
    auto vault = Start(master, store);
    EXPECT_TRUE(vault.ok()) << vault.status();
    return *std::move(vault);
  }
  void Provision(Vault& vault) {
    ASSERT_TRUE(vault.Pump().ok());
    log_.Poll(absl::ZeroDuration());
    ASSERT_TRUE(vault.Pump().ok());
    ASSERT_GT(vault.ready(), 0u);
  }
  std::string MustTake(Vault& vault) {
    if (vault.ready() == 0) Provision(vault);
    auto key_id = vault.Take();
    EXPECT_TRUE(key_id.ok()) << key_id.status();
    return key_id.value_or("");
  }
  void AppendRecord(const std::string& subject, const std::string& value) {
    const RecordView record{.id = MakeUuidV7(1, 2, 3),
                            .type = "tierline.keys.data-key.v1",
                            .subject = subject,
                            .value = value};
    ASSERT_TRUE(log_.Append(kKeysTopic, {&record, 1}, [](absl::Status) {}).ok());
    log_.Poll(absl::ZeroDuration());
  }
  // The DataKey that stands in the log under `key_id`.
  Event EventOf(const std::string& key_id) {
    Event found;
    EXPECT_TRUE(memory_
                    .Read(kKeysTopic, 0, 10'000,
                          [&](Offset, const RecordView& record) {
                            Event event;
                            event.ParseFromString(std::string(record.value));
                            if (event.data_key().key_id() == key_id) found = event;
                            return true;
                          })
                    .ok());
    return found;
  }

  SeededRandom random_;
  FakeClock clock_;
  log::MemoryLog memory_{2, random_};
  HeldLog log_{&memory_};
  store::MemoryStore store_;
};

TEST_F(VaultTest, OpensWhatItSealed) {
  auto vault = MustStart();
  const std::string key_id = MustTake(*vault);
  const base::v1::Sealed sealed = vault->Seal(key_id, "caller", "13800138000");
  EXPECT_EQ(sealed.key_id(), key_id);
  EXPECT_EQ(sealed.nonce().size(), 12u);
  EXPECT_EQ(sealed.ciphertext().size(), 11u + 16u);
  EXPECT_EQ(*vault->Open(sealed, "caller"), "13800138000");
}

TEST_F(VaultTest, SealsTheSameValueDifferentlyEachTime) {
  auto vault = MustStart();
  const std::string key_id = MustTake(*vault);
  EXPECT_NE(vault->Seal(key_id, "f", "x").ciphertext(), vault->Seal(key_id, "f", "x").ciphertext());
}

TEST_F(VaultTest, HasNothingToSealInAnAbsentValue) {
  auto vault = MustStart();
  const base::v1::Sealed sealed = vault->Seal(MustTake(*vault), "f", "");
  EXPECT_EQ(sealed.ByteSizeLong(), 0u);
  EXPECT_EQ(*vault->Open(sealed, "f"), "");
}

TEST_F(VaultTest, NoticesEveryChangedByteAndAnotherFieldOrKey) {
  auto vault = MustStart();
  const std::string key_id = MustTake(*vault);
  const base::v1::Sealed sealed = vault->Seal(key_id, "caller", "name");
  for (size_t i = 0; i < sealed.ciphertext().size(); ++i) {
    base::v1::Sealed changed = sealed;
    (*changed.mutable_ciphertext())[i] ^= 1;
    EXPECT_TRUE(absl::IsDataLoss(vault->Open(changed, "caller").status())) << i;
  }
  base::v1::Sealed changed = sealed;
  (*changed.mutable_nonce())[0] ^= 1;
  EXPECT_TRUE(absl::IsDataLoss(vault->Open(changed, "caller").status()));
  changed = sealed;
  changed.mutable_nonce()->pop_back();
  EXPECT_TRUE(absl::IsDataLoss(vault->Open(changed, "caller").status()));
  changed = sealed;
  changed.mutable_ciphertext()->resize(3);
  EXPECT_TRUE(absl::IsDataLoss(vault->Open(changed, "caller").status()));
  changed = sealed;
  changed.set_key_id(MustTake(*vault));
  EXPECT_TRUE(absl::IsDataLoss(vault->Open(changed, "caller").status()));
  EXPECT_TRUE(absl::IsDataLoss(vault->Open(sealed, "note").status())) << "moved to another field";
  EXPECT_EQ(*vault->Open(sealed, "caller"), "name");
}

TEST_F(VaultTest, OpensAtAnotherReplicaAndAfterARestart) {
  auto vault = MustStart();
  const base::v1::Sealed sealed = vault->Seal(MustTake(*vault), "f", "text");
  store::MemoryStore other;
  EXPECT_EQ(*MustStart('m', &other)->Open(sealed, "f"), "text");
  vault = MustStart();
  EXPECT_EQ(*vault->Open(sealed, "f"), "text");
}

TEST_F(VaultTest, OpensUnderAKeyThatItHasNotFollowedYet) {
  store::MemoryStore other;
  auto reader = MustStart('m', &other);
  auto vault = MustStart();
  const base::v1::Sealed sealed = vault->Seal(MustTake(*vault), "f", "text");
  EXPECT_EQ(*reader->Open(sealed, "f"), "text");
}

TEST_F(VaultTest, DoesNotNeedMoreKeysInMemoryThanItsCacheHolds) {
  auto vault = MustStart();
  std::vector<base::v1::Sealed> sealed;
  for (int i = 0; i < 20; ++i)
    sealed.push_back(vault->Seal(MustTake(*vault), "f", absl::StrCat(i)));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(*vault->Open(sealed[i], "f"), absl::StrCat(i));
}

TEST_F(VaultTest, HasNoKeyBeforeThePoolIsFilled) {
  auto vault = MustStart();
  EXPECT_TRUE(absl::IsUnavailable(vault->Take().status()));
}

TEST_F(VaultTest, HandsOutEachKeyOnceAndRefillsBelowTheLowWaterMark) {
  auto vault = MustStart();
  std::set<std::string> taken;
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(taken.insert(MustTake(*vault)).second);
    Provision(*vault);
    EXPECT_LE(vault->ready(), 4 + kBatch);
  }
  for (const std::string& key_id : taken) EXPECT_EQ(key_id.size(), 16u);
}

TEST_F(VaultTest, TakesNoKeyBeforeItIsDeliveredAndReadBack) {
  auto vault = MustStart();
  ASSERT_TRUE(vault->Pump().ok());
  EXPECT_EQ(vault->ready(), 0u) << "only queued";
  ASSERT_TRUE(vault->Pump().ok());
  EXPECT_EQ(log_.appends, 1) << "one batch at a time";
  log_.hold = true;
  log_.Poll(absl::ZeroDuration());
  ASSERT_TRUE(vault->Pump().ok());
  EXPECT_EQ(vault->ready(), 0u) << "read back but not delivered";
  for (log::Delivered& delivered : log_.held) delivered(absl::OkStatus());
  EXPECT_EQ(vault->ready(), 0u) << "delivered, but this replica has not looked";
  ASSERT_TRUE(vault->Pump().ok());
  EXPECT_EQ(vault->ready(), kBatch);
}

TEST_F(VaultTest, NeverUsesKeysWhoseDeliveryIsInDoubt) {
  auto vault = MustStart();
  log_.outcome = absl::UnavailableError("lost");
  ASSERT_TRUE(vault->Pump().ok());
  log_.Poll(absl::ZeroDuration());
  ASSERT_TRUE(vault->Pump().ok());
  EXPECT_EQ(vault->ready(), 0u) << "they are in the log, but nobody promised that they stay";
  EXPECT_EQ(log_.appends, 2) << "so it makes others";
  log_.outcome = absl::OkStatus();
  log_.Poll(absl::ZeroDuration());
  ASSERT_TRUE(vault->Pump().ok());
  EXPECT_EQ(vault->ready(), kBatch);
}

TEST_F(VaultTest, TriesAgainWhenTheQueueOfTheLogIsFull) {
  auto vault = MustStart();
  log_.refusal = absl::ResourceExhaustedError("full");
  ASSERT_TRUE(vault->Pump().ok());
  log_.refusal = absl::OkStatus();
  Provision(*vault);
}

TEST_F(VaultTest, LeavesTheUnusedKeysOfAnEarlierRunAlone) {
  auto vault = MustStart();
  std::set<std::string> earlier;
  Provision(*vault);
  for (size_t i = 0; i < kBatch; ++i) earlier.insert(*vault->Take());
  vault = MustStart();
  EXPECT_EQ(vault->ready(), 0u);
  for (size_t i = 0; i < kBatch; ++i) EXPECT_FALSE(earlier.contains(MustTake(*vault)));
}

TEST_F(VaultTest, OutlivesADeliveryThatComesAfterItsEnd) {
  auto vault = MustStart();
  ASSERT_TRUE(vault->Pump().ok());
  vault.reset();
  log_.Poll(absl::ZeroDuration());
}

TEST_F(VaultTest, TakesAGivenBackKeyAgainButOnlyOnce) {
  auto vault = MustStart();
  const std::string key_id = MustTake(*vault);
  const size_t ready = vault->ready();
  vault->GiveBack(key_id);
  vault->GiveBack(key_id);
  vault->GiveBack("no key of this log");
  EXPECT_EQ(vault->ready(), ready + 1);
  EXPECT_EQ(*vault->Take(), key_id);
}

TEST_F(VaultTest, IgnoresASecondValueUnderAnId) {
  auto vault = MustStart();
  const std::string key_id = MustTake(*vault);
  const base::v1::Sealed sealed = vault->Seal(key_id, "f", "text");
  Event second = EventOf(key_id);
  second.mutable_data_key()->set_wrapped(EventOf(MustTake(*vault)).data_key().wrapped());
  AppendRecord(HexOf(key_id), second.SerializeAsString());
  ASSERT_TRUE(vault->Pump().ok());
  EXPECT_EQ(vault->counts().ignored, 1);
  EXPECT_EQ(*vault->Open(sealed, "f"), "text");

  store::MemoryStore other;  // both in one window
  vault = MustStart('m', &other);
  EXPECT_EQ(vault->counts().ignored, 1);
  EXPECT_EQ(*vault->Open(sealed, "f"), "text");
}

TEST_F(VaultTest, ErasesForGood) {
  auto vault = MustStart();
  const std::string key_id = MustTake(*vault);
  const base::v1::Sealed sealed = vault->Seal(key_id, "f", "text");
  const Event before = EventOf(key_id);
  ASSERT_TRUE(vault->Erase(key_id, [](absl::Status) {}).ok());
  log_.Poll(absl::ZeroDuration());
  AppendRecord(HexOf(key_id), before.SerializeAsString());  // someone writes it once more
  ASSERT_TRUE(vault->Pump().ok());
  EXPECT_EQ(vault->counts().erased, 1);
  EXPECT_EQ(vault->counts().ignored, 1);
  EXPECT_TRUE(absl::IsNotFound(vault->Open(sealed, "f").status()));
  EXPECT_TRUE(absl::IsNotFound(vault->Load(key_id)));
  EXPECT_EQ(vault->Seal(key_id, "f", "text").ByteSizeLong(), 0u);
  EXPECT_EQ(vault->counts().unsealable, 1);
  for (const auto& [key, value] : store_.Snapshot()) {
    EXPECT_THAT(value, ::testing::Not(HasSubstr(before.data_key().wrapped())));
  }
  store::MemoryStore other;
  EXPECT_TRUE(absl::IsNotFound(MustStart('m', &other)->Open(sealed, "f").status()));
}

TEST_F(VaultTest, DoesNotHandOutAKeyThatIsErased) {
  auto vault = MustStart();
  const std::string key_id = MustTake(*vault);
  vault->GiveBack(key_id);
  ASSERT_TRUE(vault->Erase(key_id, [](absl::Status) {}).ok());
  log_.Poll(absl::ZeroDuration());
  ASSERT_TRUE(vault->Pump().ok());
  vault->GiveBack(key_id);
  while (vault->ready() > 0) EXPECT_NE(*vault->Take(), key_id);
}

TEST_F(VaultTest, CountsRecordsThatAreNoDataKey) {
  AppendRecord("no id", "x");
  AppendRecord(std::string(32, 'a'), "x");
  EXPECT_EQ(MustStart()->counts().malformed, 2);
}

TEST_F(VaultTest, NamesBothMasterKeysWhenItIsGivenTheWrongOne) {
  Provision(*MustStart('m'));
  store::MemoryStore empty;
  for (store::StateStore* store :
       {static_cast<store::StateStore*>(&store_), static_cast<store::StateStore*>(&empty)}) {
    const auto wrong = Start('w', store);
    ASSERT_TRUE(absl::IsFailedPrecondition(wrong.status())) << wrong.status();
    EXPECT_THAT(std::string(wrong.status().message()),
                ::testing::AllOf(HasSubstr(MasterOf('m').id), HasSubstr(MasterOf('w').id)));
  }
  EXPECT_TRUE(Start('m').ok());
}

TEST_F(VaultTest, ReadsTheKeysAnewWhenTheStoreIsOfAnotherLog) {
  auto vault = MustStart();
  const base::v1::Sealed sealed = vault->Seal(MustTake(*vault), "f", "text");
  log::MemoryLog other(2, random_);
  const auto elsewhere = Vault::Start(MasterOf('m'), {&other, &store_, &clock_, &random_});
  ASSERT_TRUE(elsewhere.ok()) << elsewhere.status();
  EXPECT_TRUE(absl::IsNotFound((*elsewhere)->Open(sealed, "f").status()));
}

TEST_F(VaultTest, ReadsTheKeysAnewWhenItWasAwayForTooLong) {
  Provision(*MustStart());
  EXPECT_EQ(MustStart()->counts().keys, 0) << "goes on where it was";
  clock_.Advance(absl::Hours(21));
  EXPECT_EQ(MustStart()->counts().keys, static_cast<int64_t>(kBatch));
}

TEST_F(VaultTest, ReadsAgainWhatAStoreInACrashHasLost) {
  auto vault = MustStart();
  const store::MemoryStore::Contents before = store_.Snapshot();
  const base::v1::Sealed sealed = vault->Seal(MustTake(*vault), "f", "text");
  store_.Restore(before);
  EXPECT_EQ(*MustStart()->Open(sealed, "f"), "text");
}

TEST_F(VaultTest, FingerprintsContentUnderTheMasterKey) {
  auto vault = MustStart();
  const Uuid fingerprint = vault->Fingerprint("content");
  EXPECT_FALSE(fingerprint.absent());
  EXPECT_EQ(vault->Fingerprint("content"), fingerprint);
  EXPECT_NE(vault->Fingerprint("Content"), fingerprint);
  log::MemoryLog log(1, random_);
  store::MemoryStore store;
  EXPECT_EQ(
      (*Vault::Start(MasterOf('m'), {&log, &store, &clock_, &random_}))->Fingerprint("content"),
      fingerprint);
  store::MemoryStore second;
  EXPECT_NE(
      (*Vault::Start(MasterOf('w'), {&log, &second, &clock_, &random_}))->Fingerprint("content"),
      fingerprint);
}

// RFC 5869 and RFC 2104 by another implementation: Python's hmac and hashlib.
TEST(KeyedHash, AgreesWithAnotherImplementation) {
  KeyedHash hash(Key(std::string(kKeyBytes, 'm')), "tierline.content.v1");
  EXPECT_EQ(HexOf(hash.Of("content")),
            "b88e623ed792dde7167046a4c521f0afed4d1771766396980616187cf2ca9c7b");
}

TEST(VaultOnDisk, LeavesNoPlaintextAndNoBareKeyInTheLog) {
  tierline::testing::ScratchDir dir;
  SeededRandom random;
  FakeClock clock;
  store::MemoryStore store;
  auto log = *log::RocksLog::Open(dir / "log", {.partitions = 1});
  auto vault = *Vault::Start(MasterOf('m'), {log.get(), &store, &clock, &random},
                             {.low_water = 4, .batch = 8});
  ASSERT_TRUE(vault->Pump().ok());
  log->Poll(absl::ZeroDuration());
  ASSERT_TRUE(vault->Pump().ok());
  const std::string key_id = *vault->Take();
  const std::string secret = "a name that nobody may read";
  const std::string value = vault->Seal(key_id, "caller", secret).SerializeAsString();
  ASSERT_TRUE(tierline::testing::AppendAndWait(*log, {log::Topic::kHistory, 0}, {value}).ok());
  vault.reset();
  log.reset();
  std::string bytes;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    bytes.append(std::istreambuf_iterator<char>(in), {});
  }
  EXPECT_THAT(bytes, HasSubstr(key_id)) << "looked in the wrong place";
  EXPECT_EQ(bytes.find(secret), std::string::npos);
  EXPECT_EQ(bytes.find(std::string(kKeyBytes, 'm')), std::string::npos);
  SeededRandom same;  // draws what the vault drew: its data keys are among every 32 bytes in a row
  std::string drawn;
  for (int i = 0; i < 200; ++i) {
    const uint64_t number = same.Next();
    drawn.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  int keys_found = 0;
  for (size_t at = 0; at + kKeyBytes <= drawn.size(); at += 8) {
    keys_found += bytes.find(drawn.substr(at, kKeyBytes)) != std::string::npos;
  }
  EXPECT_EQ(keys_found, 0);
}

class MasterKeyFile : public ::testing::Test {
 protected:
  std::string Write(const std::string& contents, mode_t mode) {
    std::ofstream(path_) << contents;
    chmod(path_.c_str(), mode);
    return path_;
  }
  tierline::testing::ScratchDir dir_;
  const std::string path_ = dir_ / "master.key";
};

TEST_F(MasterKeyFile, IsReadBackAsItWasCreated) {
  const auto created = CreateMasterKey(path_);
  ASSERT_TRUE(created.ok()) << created.status();
  struct stat facts;
  ASSERT_EQ(stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  const auto loaded = LoadMasterKey(path_);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->key.bytes(), created->key.bytes());
  EXPECT_EQ(loaded->id, created->id);
  EXPECT_EQ(loaded->id, HexOf(Bytes(Sha256Of(created->key.bytes()))).substr(0, 8));
}

TEST_F(MasterKeyFile, IsNeverOverwritten) {
  const auto first = CreateMasterKey(path_);
  EXPECT_TRUE(absl::IsAlreadyExists(CreateMasterKey(path_).status()));
  EXPECT_EQ(LoadMasterKey(path_)->id, first->id);
}

TEST_F(MasterKeyFile, IsRefusedWhenOthersCanReadItAndSaysWhatToRun) {
  const std::string digits(64, 'a');
  for (const mode_t open : {0644u, 0604u, 0602u, 0620u}) {
    const auto refused = LoadMasterKey(Write(digits, open));
    ASSERT_TRUE(absl::IsPermissionDenied(refused.status())) << refused.status();
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr("chmod 600 " + path_));
  }
  EXPECT_TRUE(LoadMasterKey(Write(digits, 0440)).ok()) << "as a mounted secret";
}

TEST_F(MasterKeyFile, HoldsSixtyFourHexDigits) {
  EXPECT_TRUE(absl::IsNotFound(LoadMasterKey(path_).status()));
  const std::string digits(64, 'a');
  EXPECT_EQ(LoadMasterKey(Write(digits + "\n", 0600))->key.bytes(), std::string(32, '\xaa'));
  for (const std::string& wrong :
       {std::string(), digits.substr(1), digits + "a", digits + "\n\n\n\na", "g" + digits.substr(1),
        digits.substr(0, 32) + " " + digits.substr(33)}) {
    EXPECT_TRUE(absl::IsInvalidArgument(LoadMasterKey(Write(wrong, 0600)).status())) << wrong;
  }
}

}  // namespace
}  // namespace tierline::keys
