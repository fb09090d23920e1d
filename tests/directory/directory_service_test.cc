#include "directory/directory_service.h"

#include <gtest/gtest.h>

#include "directory/pack_reader.h"
#include "tests/kit/packs.h"

namespace tierline::directory {
namespace {

// A service and its log, without a log: events are applied as they are decided.
class DirectoryServiceTest : public testing::Test {
 protected:
  Decision Send(const v1::Command& body) {
    Command command;
    command.body = std::make_unique<v1::Command>(body);
    Context context;
    context.now = absl::FromUnixMillis(++now_ms_ * 1000);
    Decision decision = service_.Decide(subject_, command, context);
    if (auto* event = std::get_if<Event>(&decision)) {
      event->set_occurred_at_ms(now_ms_ * 1000);
      service_.Evolve(*event, {}, &subject_);
    }
    return decision;
  }

  Decision StageOne(const Pack& pack, const std::vector<v1::PackPart>& parts, int index) {
    v1::Command body;
    body.mutable_stage_pack()->set_pack_hash(pack.hash);
    body.mutable_stage_pack()->set_index(index);
    *body.mutable_stage_pack()->mutable_part() = parts[index];
    return Send(body);
  }

  v1::PackCounts Stage(const Pack& pack) {
    const auto parts = SplitPack(pack.tables, 256 << 10);
    for (size_t i = 0; i < parts.size(); ++i) StageOne(pack, parts, static_cast<int>(i));
    v1::PackCounts counts = pack.counts;
    counts.set_parts(static_cast<int>(parts.size()));
    return counts;
  }

  Decision Activate(const Pack& pack, const v1::PackCounts& counts) {
    v1::Command body;
    body.mutable_activate_pack()->set_pack_hash(pack.hash);
    *body.mutable_activate_pack()->mutable_counts() = counts;
    return Send(body);
  }

  // The second pack in its `edition`.
  static Pack Small(int edition) {
    Pack pack = *ReadPack(kit::PackFiles("demo-2345"));
    pack.tables.mutable_hotline()->set_name("edition " + std::to_string(edition));
    pack.hash = HashPack(pack.tables);
    return pack;
  }

  static std::string ReasonOf(const Decision& decision) {
    const auto* rejection = std::get_if<Rejection>(&decision);
    return rejection == nullptr ? "accepted" : rejection->reason;
  }

  DirectoryService service_;
  Subject subject_;
  int64_t now_ms_ = 0;
};

TEST_F(DirectoryServiceTest, PutsAStagedPackInForceOnlyWhenItIsActivated) {
  const Pack& pack = kit::NationalPack();
  const auto counts = Stage(pack);
  EXPECT_EQ(service_.current(), nullptr);
  EXPECT_EQ(ReasonOf(Activate(pack, counts)), "accepted");
  ASSERT_NE(service_.current(), nullptr);
  EXPECT_EQ(service_.current()->offices().size(), 3216u);
}

TEST_F(DirectoryServiceTest, RefusesAPackThatIsInForceAlready) {
  const Pack& pack = kit::NationalPack();
  Activate(pack, Stage(pack));
  EXPECT_EQ(ReasonOf(Activate(pack, Stage(pack))), "PACK_IN_FORCE");
}

TEST_F(DirectoryServiceTest, RefusesAPackOfWhichAPieceIsMissing) {
  const Pack& pack = kit::NationalPack();
  const auto parts = SplitPack(pack.tables, 256 << 10);
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i != 2) StageOne(pack, parts, static_cast<int>(i));
  }
  v1::PackCounts counts = pack.counts;
  counts.set_parts(static_cast<int>(parts.size()));
  EXPECT_EQ(ReasonOf(Activate(pack, counts)), "PACK_INCOMPLETE");
  EXPECT_EQ(service_.current(), nullptr);
}

TEST_F(DirectoryServiceTest, RefusesAPackWhosePiecesHaveAnotherHash) {
  Pack pack = kit::NationalPack();
  pack.tables.mutable_offices(5)->set_name("Elsewhere");
  EXPECT_EQ(ReasonOf(Activate(pack, Stage(pack))), "INVALID_FIELD");
}

TEST_F(DirectoryServiceTest, RefusesAFaultyPackWholeAndKeepsTheOldOne) {
  Activate(kit::NationalPack(), Stage(kit::NationalPack()));
  Pack pack = kit::NationalPack();
  pack.tables.mutable_lines(7)->set_office("123456");
  pack.hash = HashPack(pack.tables);
  const Decision decision = Activate(pack, Stage(pack));
  EXPECT_EQ(ReasonOf(decision), "PACK_FAULTY");
  EXPECT_EQ(std::get<Rejection>(decision).field, "lines[7].office");
  EXPECT_EQ(service_.current()->pack_hash(), kit::NationalPack().hash);
}

TEST_F(DirectoryServiceTest, ShowsWhatAPackWouldChange) {
  Activate(kit::NationalPack(), Stage(kit::NationalPack()));
  Pack pack = kit::NationalPack();
  pack.tables.mutable_offices(5)->set_name("Elsewhere");
  pack.tables.mutable_lines()->RemoveLast();
  pack.hash = HashPack(pack.tables);
  pack.counts = CountPack(pack.tables);
  const auto diff = service_.Diff(pack.hash, Stage(pack), absl::FromUnixMillis(now_ms_ * 1000));
  const auto& response = std::get<v1::DiffPackResponse>(diff);
  ASSERT_EQ(response.changes_size(), 2);
  EXPECT_EQ(response.changes(0).table(), "offices");
  EXPECT_EQ(response.changes(0).changed(), 1);
  EXPECT_EQ(response.changes(1).removed(), 1);
}

TEST_F(DirectoryServiceTest, KeepsWhatWasInForceAtAPastInstant) {
  Activate(kit::NationalPack(), Stage(kit::NationalPack()));
  const absl::Time before = absl::FromUnixMillis(now_ms_ * 1000);
  v1::Command select;
  select.mutable_select_policy()->set_policy("bureau-12345");
  EXPECT_EQ(ReasonOf(Send(select)), "accepted");
  EXPECT_EQ(service_.current()->policy().id(), "bureau-12345");
  EXPECT_EQ(service_.current()->At(before).policy().id(), "source-2009");
}

TEST_F(DirectoryServiceTest, RefusesAPolicyThatThePackDoesNotHave) {
  Activate(kit::NationalPack(), Stage(kit::NationalPack()));
  v1::Command select;
  select.mutable_select_policy()->set_policy("strict");
  EXPECT_EQ(ReasonOf(Send(select)), "INVALID_FIELD");
}

TEST_F(DirectoryServiceTest, RefusesAPackThatWasNeverStaged) {
  EXPECT_EQ(ReasonOf(Activate(kit::NationalPack(), kit::NationalPack().counts)), "PACK_NOT_STAGED");
}

TEST_F(DirectoryServiceTest, RefusesCountsThatDifferAndSaysWhich) {
  v1::PackCounts counts = Stage(Small(0));
  counts.set_lines(9);
  const Decision decision = Activate(Small(0), counts);
  EXPECT_EQ(std::get<Rejection>(decision).field, "counts");
  EXPECT_EQ(std::get<Rejection>(decision).value, "lines: 8, not 9");
}

TEST_F(DirectoryServiceTest, RefusesPiecesThatCanNotBe) {
  v1::Command body;
  auto* stage = body.mutable_stage_pack();
  stage->set_pack_hash("0x12");
  EXPECT_EQ(std::get<Rejection>(Send(body)).field, "pack_hash");
  stage->set_pack_hash(std::string(64, 'a'));
  stage->set_index(1024);
  EXPECT_EQ(std::get<Rejection>(Send(body)).field, "index");
  stage->set_index(0);
  stage->mutable_part()->mutable_hotline()->set_name(std::string(1'000'001, 'x'));
  EXPECT_EQ(std::get<Rejection>(Send(body)).field, "part");
}

TEST_F(DirectoryServiceTest, KeepsTwoStagedPacksAndLetsTheOldestGo) {
  const auto first = Stage(Small(0));
  const auto second = Stage(Small(1));
  const auto third = Stage(Small(2));
  EXPECT_EQ(ReasonOf(Activate(Small(0), first)), "PACK_NOT_STAGED");
  EXPECT_EQ(ReasonOf(Activate(Small(1), second)), "accepted");
  EXPECT_EQ(ReasonOf(Activate(Small(2), third)), "accepted");
}

TEST_F(DirectoryServiceTest, TakesAPieceAgainWithoutEffect) {
  const auto counts = Stage(Small(0));
  Stage(Small(0));
  EXPECT_EQ(ReasonOf(Activate(Small(0), counts)), "accepted");
}

// Every replica must know the same of what is staged: it decides whether an activation takes
// effect.
TEST_F(DirectoryServiceTest, DigestCoversWhatIsStaged) {
  const auto digest = [this] {
    std::string bytes;
    service_.AppendDigest(subject_, &bytes);
    return bytes;
  };
  const std::string empty = digest();
  Stage(Small(0));
  const std::string one = digest();
  Stage(Small(1));
  EXPECT_NE(one, empty);
  EXPECT_NE(digest(), one);
}

TEST_F(DirectoryServiceTest, IgnoresAnActivationOfWhatIsNotThere) {
  Event event;
  event.mutable_pack_activated()->set_pack_hash(Small(0).hash);
  service_.Evolve(event, {}, &subject_);
  event.mutable_policy_selected()->set_policy("strict");
  service_.Evolve(event, {}, &subject_);
  event.mutable_pack_staged()->set_index(-1);
  service_.Evolve(event, {}, &subject_);
  EXPECT_EQ(service_.current(), nullptr);
}

// before the first pack there is no older one; the first holds.
TEST_F(DirectoryServiceTest, DecidesThePastByWhatWasInForceThen) {
  Activate(Small(0), Stage(Small(0)));
  const absl::Time first = absl::FromUnixMillis(now_ms_ * 1000);
  Activate(Small(1), Stage(Small(1)));
  const absl::Time second = absl::FromUnixMillis(now_ms_ * 1000);
  const Directory& now = *service_.current();
  EXPECT_EQ(now.At(second).pack_hash(), Small(1).hash);
  EXPECT_EQ(now.At(second - absl::Milliseconds(1)).pack_hash(), Small(0).hash);
  EXPECT_EQ(now.At(first - absl::Hours(1)).pack_hash(), Small(0).hash);
}

}  // namespace
}  // namespace tierline::directory
