#include "tests/chaos/hotline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <utility>

#include "directory/pack_reader.h"
#include "runtime/log/memory_log.h"
#include "tests/chaos/state_check.h"
#include "tests/kit/intake_commands.h"
#include "tests/kit/keys.h"
#include "tests/kit/packs.h"
#include "tests/kit/ports.h"
#include "tests/promises/checker.h"

// What the checker is told of a hotline, so that it decides again what replicas decided with keys
// and a directory.

namespace tierline::chaos {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kInquiry[] = "5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21";

// No value is sealed twice alike, as with real keys.
class ChanceSealer : public Sealer {
 public:
  base::v1::Sealed Seal(std::string_view key_id, std::string_view field,
                        std::string_view plain) override {
    base::v1::Sealed sealed = sealer_.Seal(key_id, field, plain);
    sealed.set_nonce("nonce " + std::to_string(++sealed_));
    sealed.set_ciphertext(sealed.ciphertext() + sealed.nonce());
    return sealed;
  }

 private:
  testing::FakeSealer sealer_;
  int sealed_ = 0;
};

// One replica of everything, on a log of its own.
class ChaosHotline : public ::testing::Test {
 protected:
  ChaosHotline() {
    auto service = std::make_unique<directory::DirectoryService>();
    service_ = service.get();
    std::vector<std::unique_ptr<Service>> only;
    only.push_back(std::move(service));
    directory_ = Start({log::Topic::kDirectory, 0}, std::move(only));
    history_ = Start({log::Topic::kHistory, 0}, ServicesOf("all"));
    auto files = kit::PackFiles("demo-2345");
    files["policies/strict.json"] =
        R"({"id": "strict", "version": 1, "title": {"zh": "严", "en": "Strict"},
            "limits": [{"id": "default", "workingS": 14400}]})";
    pack_ = *directory::ReadPack(files);
  }

  void Activate() {
    const auto pieces = directory::SplitPack(pack_.tables, 100'000);
    for (size_t i = 0; i < pieces.size(); ++i) {
      directory::v1::Command command;
      command.mutable_stage_pack()->set_pack_hash(pack_.hash);
      command.mutable_stage_pack()->set_index(static_cast<int>(i));
      *command.mutable_stage_pack()->mutable_part() = pieces[i];
      Change(command);
    }
    directory::v1::Command command;
    command.mutable_activate_pack()->set_pack_hash(pack_.hash);
    *command.mutable_activate_pack()->mutable_counts() = pack_.counts;
    command.mutable_activate_pack()->mutable_counts()->set_parts(static_cast<int>(pieces.size()));
    Change(command);
  }
  void Select(const std::string& policy) {
    directory::v1::Command command;
    command.mutable_select_policy()->set_policy(policy);
    Change(command);
  }
  void Change(const directory::v1::Command& body) {
    promises::Request request = RequestOf(base::v1::SERVICE_ROUTING, "directory", body);
    bool accepted = false;
    directory_->Submit(request.MakeCommand(), [&](const partition::CommandResult& result) {
      accepted = result.status.ok() && !result.rejection;
    });
    Settle();
    EXPECT_TRUE(accepted) << body.ShortDebugString();
  }
  // A command of intake, and what its client is told.
  promises::Operation& Ask(const intake::v1::Command& body) {
    promises::Operation& operation = operations_.emplace_back();
    operation.request = RequestOf(base::v1::SERVICE_INTAKE, kInquiry, body);
    operation.invoked = ++ticks_;
    history_->Submit(operation.request.MakeCommand(), [&](const partition::CommandResult& result) {
      const int64_t now_ms = absl::ToUnixMillis(clock_.Now());
      if (result.rejection) {
        operation.refusals.push_back({.reason = result.rejection->reason, .at_ms = now_ms});
      } else {
        FillReceipt(result.receipt, &operation.acceptances.emplace_back().receipt);
        operation.accepted = ++ticks_;
      }
    });
    Settle();
    return operation;
  }
  void Pass(absl::Duration time) {
    clock_.Advance(time);
    Settle();
  }

  promises::Findings Check(const promises::World& world) {
    std::vector<const promises::Operation*> operations;
    for (const auto& operation : operations_) operations.push_back(&operation);
    promises::Checker checker(world, std::move(operations), {});
    EXPECT_TRUE(checker.Read(&log_, 0).ok());
    return checker.Finish();
  }
  std::unique_ptr<Hotline> Open() { return *Hotline::Open(&log_); }

  log::EventLog* log() { return &log_; }

 private:
  std::unique_ptr<partition::Processor> Start(log::TopicPartition of,
                                              std::vector<std::unique_ptr<Service>> services) {
    partition::Ports ports{.log = &log_,
                           .clock = &clock_,
                           .random = &random_,
                           .sealer = &sealer_,
                           .keys = &keys_,
                           .directory = [this] { return Now(); }};
    auto fold = std::make_unique<partition::Fold>("", std::move(services), nullptr);
    std::vector<base::v1::Service> hosted;
    for (const auto& service : fold->services()) hosted.push_back(service->id());
    auto processor = std::make_unique<partition::Processor>(of, std::move(fold), std::move(ports),
                                                            partition::ProcessorOptions());
    EXPECT_TRUE(processor->Start().ok());
    for (const auto service : hosted) processor->SetAssigned(service, true);
    return processor;
  }
  partition::DirectoryAt Now() const {
    const auto* const now = service_->current();
    return {.directory = now,
            .position = directory_ == nullptr ? 0 : directory_->fold().offset(),
            .zone = now == nullptr ? absl::UTCTimeZone() : now->zone(),
            .edition = now == nullptr ? 0 : now->edition()};
  }
  promises::Request RequestOf(base::v1::Service service, std::string subject,
                              const google::protobuf::Message& body) {
    promises::Request request{.service = service,
                              .subject = std::move(subject),
                              .request_id = MakeUuidV7(1, 0, static_cast<uint64_t>(++requests_))};
    std::unique_ptr<google::protobuf::Message> copy(body.New());
    copy->CopyFrom(body);
    request.body = std::move(copy);
    return request;
  }
  void Settle() {
    for (int i = 0; i < 12; ++i) {
      for (auto* processor : {directory_.get(), history_.get()}) processor->Decide();
      log_.Poll(absl::ZeroDuration());
      for (auto* processor : {directory_.get(), history_.get()})
        EXPECT_TRUE(processor->ReadBack().ok());
    }
  }

  testing::SeededRandom random_;
  testing::FakeClock clock_;
  testing::FakeKeys keys_;
  ChanceSealer sealer_;
  log::MemoryLog log_{1, random_};
  directory::Pack pack_;
  const directory::DirectoryService* service_ = nullptr;
  std::unique_ptr<partition::Processor> directory_, history_;
  std::deque<promises::Operation> operations_;
  int64_t ticks_ = 0, requests_ = 0;
};

// As if nothing were sealed.
class Unsealed : public promises::World {
 public:
  explicit Unsealed(const World& hotline) : hotline_(hotline) {}
  std::vector<std::unique_ptr<Service>> MakeServices() const override {
    return hotline_.MakeServices();
  }
  partition::DirectoryAt DirectoryAt(int64_t position) const override {
    return hotline_.DirectoryAt(position);
  }

 private:
  const World& hotline_;
};

TEST_F(ChaosHotline, DecidesAgainWhatWasSealedAndWhatTheDirectorySaid) {
  Activate();
  EXPECT_FALSE(Ask(testing::OpenByHand("920300", "supply")).acceptances.empty());
  EXPECT_FALSE(Ask(testing::Register()).acceptances.empty());  // and a deadline is set
  Select("strict");
  EXPECT_FALSE(Ask(testing::Close()).acceptances.empty());
  EXPECT_FALSE(Ask(testing::Close()).refusals.empty());
  EXPECT_FALSE(Ask(testing::Reopen()).acceptances.empty());  // another deadline, by the new policy
  Pass(absl::Hours(24 * 30));                                // and missed
  const promises::Findings findings = Check(*Open());
  EXPECT_THAT(findings.violations, IsEmpty());
  EXPECT_THAT(findings.left_open, IsEmpty());
  EXPECT_EQ(findings.valid_by_type.at("tierline.escalation.deadline-set.v1"), 2);
  EXPECT_EQ(findings.valid_by_type.at("tierline.escalation.deadline-missed.v1"), 1);
}

TEST_F(ChaosHotline, IsNoSealerOfTheSameValue) {
  Activate();
  Ask(testing::OpenByHand("920300", "supply"));
  const auto hotline = Open();
  EXPECT_THAT(Check(Unsealed(*hotline)).violations, Contains(HasSubstr("would be another event")));
}

TEST_F(ChaosHotline, KnowsTheDirectoryOfEveryPosition) {
  const int64_t none = *log()->End({log::Topic::kDirectory, 0});
  Activate();
  const int64_t activated = *log()->End({log::Topic::kDirectory, 0});
  Select("strict");
  const int64_t selected = *log()->End({log::Topic::kDirectory, 0});
  const auto hotline = Open();
  EXPECT_EQ(hotline->DirectoryAt(none).directory, nullptr);
  EXPECT_EQ(hotline->DirectoryAt(activated - 1).directory, nullptr);
  EXPECT_EQ(hotline->DirectoryAt(activated).directory->policy().id(), "standard");
  EXPECT_EQ(hotline->DirectoryAt(selected - 1).directory->policy().id(), "standard");
  EXPECT_EQ(hotline->DirectoryAt(selected).directory->policy().id(), "strict");
}

}  // namespace
}  // namespace tierline::chaos
