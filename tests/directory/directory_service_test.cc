#include "directory/directory_service.h"

#include <gtest/gtest.h>

#include "directory/pack.h"
#include "tests/kit/packs.h"

namespace tierline::directory {
namespace {

// A service and its log, without a log: events are applied as they are decided.
class DirectoryServiceTest : public testing::Test {
 protected:
  Decision Send(const v1::Command& body) {
    Command command;
    command.body = std::make_unique<v1::Command>(body);
    Decision decision = service_.Decide(subject_, command, {});
    if (auto* event = std::get_if<Event>(&decision)) {
      event->set_occurred_at_ms(++now_ms_ * 1000);
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
  const auto diff = service_.Diff(pack.hash, Stage(pack));
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

}  // namespace
}  // namespace tierline::directory
