#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/event_types.h"
#include "base/validity.h"
#include "escalation/escalation.h"
#include "intake/intake.h"
#include "reporting/reporting.h"
#include "routing/routing.h"
#include "runtime/partition/fold.h"
#include "tests/golden/specimen.h"

// What stands in logs must be read for ever: a specimen of every event, its frame, the hash of
// their chain, and what they fold to. A difference is either a mistake or a new version of the type
// or of the fold.
//
//   TIERLINE_GOLDEN_WRITE=1 …/test_golden   writes the files that are missing, and no other

namespace tierline::golden {
namespace {

using google::protobuf::util::MessageDifferencer;
namespace fs = std::filesystem;

const fs::path kRoot = fs::path(TIERLINE_SOURCE_DIR) / "tests" / "golden";

// The contents of `path`, which is first written with `made` where it is missing and may be
// written.
std::string Read(const fs::path& path, const std::string& made) {
  if (!fs::exists(path) && std::getenv("TIERLINE_GOLDEN_WRITE") != nullptr) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << made;
  }
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path << " is missing; TIERLINE_GOLDEN_WRITE=1 writes it";
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string ReadLine(const fs::path& path, const std::string& made) {
  std::string text = Read(path, made + "\n");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::vector<Specimen> Specimens() {
  std::vector<Specimen> all;
  for (const auto* arm : Arms()) {
    const std::string type = TypeOfArm(arm);
    const std::string text =
        Read(kRoot / "events" / (type + ".textproto"), ToText(MakeSpecimen(arm)));
    auto specimen = FromText(type, text);
    EXPECT_TRUE(specimen.ok()) << type << ": " << specimen.status();
    if (specimen.ok()) all.push_back(*std::move(specimen));
  }
  return all;
}

TEST(Golden, EveryArmOfEventHasASpecimenAndItsType) {
  const std::vector<Specimen> specimens = Specimens();
  ASSERT_EQ(specimens.size(), Arms().size());
  for (size_t i = 0; i < specimens.size(); ++i) {
    EXPECT_EQ(specimens[i].event.event_case(), Arms()[i]->number()) << specimens[i].type;
    EXPECT_EQ(TypeOf(specimens[i].event).type, specimens[i].type);
  }
}

TEST(Golden, NoEventThatWasEverWrittenIsUnknown) {
  for (const auto& file : fs::directory_iterator(kRoot / "events")) {
    EXPECT_NE(FindType(file.path().stem().string()), nullptr) << file.path() << " stands in logs";
  }
}

TEST(Golden, EveryFrameStillDecodesToItsSpecimen) {
  for (const Specimen& specimen : Specimens()) {
    std::string frame;
    EncodeRecord(specimen.view(), &frame);
    const std::string committed = absl::HexStringToBytes(
        ReadLine(kRoot / "frames" / (specimen.type + ".hex"), absl::BytesToHexString(frame)));
    EXPECT_EQ(committed, frame) << specimen.type << ": the same record has another frame";
    const auto record = DecodeRecord(committed);
    ASSERT_TRUE(record.ok()) << specimen.type << ": " << record.status();
    EXPECT_EQ(record->id, specimen.id);
    EXPECT_EQ(record->type, specimen.type);
    EXPECT_EQ(record->source, specimen.source);
    EXPECT_EQ(record->subject, specimen.subject);
    EXPECT_EQ(record->time_ms, specimen.time_ms);
    EXPECT_EQ(record->causation, specimen.causation);
    EXPECT_EQ(record->command, specimen.command);
    EXPECT_EQ(record->epoch, specimen.epoch);
    EXPECT_EQ(record->seq, specimen.seq);
    EXPECT_EQ(record->prev, specimen.prev);
    EXPECT_EQ(record->traceparent, specimen.traceparent);
    events::v1::Event event;
    ASSERT_TRUE(event.ParseFromArray(record->value.data(), static_cast<int>(record->value.size())));
    EXPECT_TRUE(MessageDifferencer::Equals(event, specimen.event)) << specimen.type;
  }
}

TEST(Golden, TheChainOverAllSpecimensHasTheCommittedHash) {
  Hash head{};
  for (const Specimen& specimen : Specimens()) head = ChainHash(head, specimen.view());
  EXPECT_EQ(HexOf(Bytes(head)), ReadLine(kRoot / "chain_hash.txt", HexOf(Bytes(head))));
}

TEST(Golden, TheSpecimensFoldToTheCommittedDigest) {
  std::vector<std::unique_ptr<Service>> services;
  services.push_back(std::make_unique<routing::RoutingService>());
  services.push_back(std::make_unique<intake::IntakeService>());
  services.push_back(std::make_unique<escalation::EscalationService>());
  services.push_back(std::make_unique<reporting::ReportingService>());
  // Specimens are no history: each stands alone, so their epochs, seqs and prevs do not fit
  // together.
  partition::Fold fold("", std::move(services), nullptr,
                       {.rules = {.epoch = false, .seq = false, .prev = false}});
  Offset offset = 0;
  for (const Specimen& specimen : Specimens()) {
    EXPECT_EQ(fold.Apply(offset++, specimen.view(), nullptr).verdict, Verdict::kValid)
        << specimen.type;
  }
  EXPECT_EQ(fold.unknown_records(), 0);
  int64_t subjects = 0;
  const auto digest = fold.Digest(&subjects);
  ASSERT_TRUE(digest.ok());
  const std::string file = absl::StrCat("digest_of_fold_", partition::kFoldVersion, ".txt");
  EXPECT_EQ(HexOf(Bytes(*digest)), ReadLine(kRoot / file, HexOf(Bytes(*digest))))
      << "the same log folds to another state: raise kFoldVersion";
}

}  // namespace
}  // namespace tierline::golden
