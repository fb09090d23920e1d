// What is in force when: packs, policies and changes of offices by their effective instants (R-112,
//
#include "directory/publications.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kit/directory_log.h"

namespace tierline::directory {
namespace {

using kit::DirectoryLog;
using ::testing::HasSubstr;

constexpr char kFirst[] = "2024-01-02 09:00:00";
constexpr char kNow[] = "2024-03-04 10:00:00";
constexpr char kMay[] = "2024-05-01 00:00:00";
constexpr char kJune[] = "2024-06-01 00:00:00";

class PublicationsTest : public ::testing::Test {
 protected:
  PublicationsTest() { log_.At(kFirst).Publish(); }

  Decision Named(const std::string& name, const std::string& effective = "") {
    return log_.PublishWith(
        [&](v1::PackPart* tables) { tables->mutable_hotline()->set_name(name); }, effective);
  }
  std::string NameAt(const std::string& text) { return log_.Then(text).hotline().name(); }
  Decision Select(const std::string& policy, const std::string& effective = "") {
    v1::Command body;
    body.mutable_select_policy()->set_policy(policy);
    body.mutable_select_policy()->set_effective_at_ms(effective.empty() ? 0 : log_.MsOf(effective));
    return log_.Send(body);
  }
  static v1::OfficeChange Rename(const std::string& office, const std::string& name) {
    v1::OfficeChange change;
    change.set_office(office);
    change.set_name(name);
    return change;
  }
  std::string OfficeNameAt(const std::string& office, const std::string& text) {
    const auto& offices = log_.Then(text).offices();
    return offices[offices.Find(office)].name;
  }

  DirectoryLog log_;
};

// R-112, case 13: the old plan until the last instant before the cut-over.
TEST_F(PublicationsTest, APackIsInForceFromItsInstant) {
  log_.At(kNow);
  Named("next", kMay);
  EXPECT_EQ(log_.reason(), "accepted");
  EXPECT_EQ(NameAt(kNow), "demo-2345");
  EXPECT_EQ(NameAt("2024-04-30 23:59:59.9"), "demo-2345");
  EXPECT_EQ(NameAt(kMay), "next");
  EXPECT_EQ(log_.service().current()->hotline().name(), "demo-2345");
}

//
TEST_F(PublicationsTest, NothingIsPublishedForThePast) {
  log_.At(kNow);
  Named("late", "2024-03-04 09:59:59.999");
  EXPECT_EQ(log_.rejection().field, "effective_at_ms");
  Select("standard", "2024-03-01 00:00:00");
  EXPECT_EQ(log_.rejection().field, "effective_at_ms");
  log_.Change(Rename("910000", "Port"), "2024-03-01 00:00:00");
  EXPECT_EQ(log_.rejection().field, "effective_at_ms");
  Named("now", kNow);
  EXPECT_EQ(log_.reason(), "accepted");
}

TEST_F(PublicationsTest, NothingIsPublishedForADistantFuture) {
  Named("far", "2224-01-01 00:00:00");
  EXPECT_EQ(log_.rejection().field, "effective_at_ms");
}

// by effective instant, whatever the order of publication.
TEST_F(PublicationsTest, OverlappingPublicationsAreOrderedByTheirInstants) {
  log_.At(kNow);
  Named("june", kJune);
  Named("may", kMay);
  EXPECT_EQ(NameAt("2024-05-31 23:59:59"), "may");
  EXPECT_EQ(NameAt(kJune), "june");
}

TEST_F(PublicationsTest, TheLaterPublicationForAnInstantWins) {
  log_.At(kNow);
  Named("one", kMay);
  Named("two", kMay);
  EXPECT_EQ(NameAt(kMay), "two");
  EXPECT_EQ(log_.service().newest()->Timeline().size(), 2u);
}

TEST_F(PublicationsTest, APolicyHoldsFromItsInstantUntilTheNextPack) {
  log_.At(kNow);
  log_.PublishWith([](v1::PackPart* tables) {
    auto* policy = tables->add_policies();
    *policy = tables->policies(0);
    policy->set_id("strict");
  });
  Select("strict", kMay);
  EXPECT_EQ(log_.reason(), "accepted");
  EXPECT_EQ(log_.Then(kNow).policy().id(), "standard");
  EXPECT_EQ(log_.Then(kMay).policy().id(), "strict");
  Named("june", kJune);
  EXPECT_EQ(log_.Then(kJune).policy().id(), "standard");
}

// A publication must not take the ground away from one that is in force later.
TEST_F(PublicationsTest, RefusesWhatWouldLeaveALaterOneWithoutEffect) {
  log_.At(kNow);
  log_.PublishWith([](v1::PackPart* tables) {
    auto* policy = tables->add_policies();
    *policy = tables->policies(0);
    policy->set_id("strict");
  });
  Select("strict", kJune);
  Named("may", kMay);  // without the policy
  EXPECT_EQ(log_.reason(), "PUBLICATION_CONFLICT");
  EXPECT_THAT(log_.rejection().message, HasSubstr("policy strict"));
  EXPECT_EQ(NameAt(kMay), "demo-2345");
}

// Evolve takes it all the same, if it stands in the log: the later one is then without effect.
TEST_F(PublicationsTest, FoldsWhatHasLostItsGroundWithoutAnEffect) {
  Event event;
  event.mutable_policy_selected()->set_policy("strict");
  event.mutable_policy_selected()->set_effective_at_ms(log_.MsOf(kMay));
  log_.Apply(event);
  EXPECT_TRUE(log_.service().publications().all().back().without_effect);
  EXPECT_EQ(log_.Then(kMay).policy().id(), "standard");
}

// history keeps the tree of its time.
TEST_F(PublicationsTest, AnOfficeChangesFromItsInstant) {
  log_.At(kNow).Change(Rename("910000", "Port"), kMay);
  EXPECT_EQ(log_.reason(), "accepted");
  EXPECT_EQ(OfficeNameAt("910000", kNow), "Harbour");
  EXPECT_EQ(OfficeNameAt("910000", kMay), "Port");
}

// R-201, case 17
TEST_F(PublicationsTest, AnOfficeMovesWithItsChildrenAndHours) {
  v1::OfficeChange move;
  move.set_office("920200");
  move.set_parent("910000");
  log_.At(kNow).Change(move, kMay);
  EXPECT_EQ(log_.rejection().field, "change.parent");  // both are localities
  EXPECT_THAT(log_.rejection().message, HasSubstr("publish a pack"));
  move.set_parent("900000");
  log_.Change(move, kMay);
  EXPECT_EQ(log_.reason(), "accepted");
  const auto& offices = log_.Then(kMay).offices();
  EXPECT_EQ(offices[offices[offices.Find("920200")].parent].code, "900000");
  EXPECT_EQ(offices.Children(offices.Find("920000")).size(), 3u);
  const auto& before = log_.Then(kNow).offices();
  EXPECT_EQ(before.Children(before.Find("920000")).size(), 4u);
}

struct Misfit {
  const char* what;
  void (*set)(v1::OfficeChange*);
  const char* field;
};

// the tree stays a tree and its levels go down.
TEST_F(PublicationsTest, RefusesAChangeThatDoesNotFit) {
  const Misfit rows[] = {
      {"no office", [](auto* change) { change->set_office("123456"); }, "change.office"},
      {"nothing", [](auto*) {}, "change.office"},
      {"no parent", [](auto* change) { change->set_parent("123456"); }, "change.parent"},
      {"itself", [](auto* change) { change->set_parent("920000"); }, "change.parent"},
      {"itself, of a lower level",
       [](auto* change) {
         change->set_office("920200");
         change->set_parent("920200");
         change->set_level(base::v1::LEVEL_COUNTY);
       },
       "change.parent"},
      {"below itself", [](auto* change) { change->set_parent("920100"); }, "change.parent"},
      {"as high as its parent", [](auto* change) { change->set_level(base::v1::LEVEL_CENTRAL); },
       "change.level"},
      {"beside it", [](auto* change) { change->set_parent("910000"); }, "change.parent"},
      {"below its child's level",
       [](auto* change) { change->set_level(base::v1::LEVEL_PREFECTURE); }, "change.level"},
      {"a long name", [](auto* change) { change->set_name(std::string(201, 'x')); }, "change.name"},
      {"the root",
       [](auto* change) {
         change->set_office("900000");
         change->set_parent("910000");
       },
       "change.parent"},
      {"merged with children", [](auto* change) { change->set_merged_into("910000"); },
       "change.office"},
      {"merged and moved",
       [](auto* change) {
         change->set_merged_into("910000");
         change->set_name("x");
       },
       "change.merged_into"},
      {"a locality merged",
       [](auto* change) {
         change->set_office("920200");
         change->set_merged_into("920100");
       },
       "change.office"},
  };
  for (const Misfit& row : rows) {
    v1::OfficeChange change;
    change.set_office("920000");
    row.set(&change);
    log_.At(kNow).Change(change);
    EXPECT_EQ(log_.rejection().field, row.field) << row.what << ": " << log_.rejection().message;
  }
}

// the value is what was sent, not what it collides with.
TEST_F(PublicationsTest, AMisfitNamesTheValueThatWasSent) {
  v1::OfficeChange change;
  change.set_office("920000");
  change.set_level(base::v1::LEVEL_PREFECTURE);
  log_.At(kNow).Change(change);
  EXPECT_EQ(log_.rejection().value, "LEVEL_PREFECTURE");
}

//
TEST_F(PublicationsTest, AChangeWithoutEvidenceIsRefusedByItsOwnRule) {
  v1::Command body;
  *body.mutable_change_office()->mutable_change() = Rename("910000", "Port");
  log_.At(kNow).Send(body);
  EXPECT_EQ(log_.rejection().field, "evidence.id");
  EXPECT_EQ(log_.rejection().rule, "R-201");
}

//
TEST(ChangeOffice, AProvinceHasOneSeat) {
  DirectoryLog log("12371");
  log.At("2009-03-02 09:00:00").Publish();
  v1::OfficeChange change;
  change.set_office("340100");
  change.set_parent("320000");
  log.Change(change);
  EXPECT_THAT(log.rejection().message, HasSubstr("has a provincial seat already"));
}

// a merged office is served by the one that it became part of, and no menu offers it.
TEST(ChangeOffice, AMergedOfficeIsServedByTheOtherOne) {
  DirectoryLog log("12371");
  log.At("2009-03-02 09:00:00").Publish();
  v1::OfficeChange change;
  change.set_office("340104");
  change.set_merged_into("340103");
  log.At("2009-04-02 09:00:00").Change(change, "2009-05-01 00:00:00");
  ASSERT_EQ(log.reason(), "accepted");
  EXPECT_EQ(log.ServedBy("340104", "2009-04-30 23:59:59"), "340104");
  EXPECT_EQ(log.ServedBy("340104", "2009-05-01 00:00:00"), "340103");
  const auto children = [&](const char* at) {
    const auto& offices = log.Then(at).offices();
    return offices.Children(offices.Find("340100")).size();
  };
  EXPECT_EQ(children("2009-05-01 00:00:00") + 1, children("2009-04-30 23:59:59"));
  log.At("2009-05-02 09:00:00").Step(v1::LINE_STEP_SUSPEND, {DirectoryLog::Line("340104")});
  EXPECT_THAT(log.rejection().message, HasSubstr("has become part of another office"));
}

//
TEST_F(PublicationsTest, RefusesAPackThatGivesAwayANumberThatAStepHasBound) {
  log_.At(kNow).Step(v1::LINE_STEP_REBIND, {DirectoryLog::Line("910000", "+99920000910000")});
  log_.PublishWith(
      [](v1::PackPart* tables) {
        for (v1::Line& line : *tables->mutable_lines()) {
          if (line.office() == "920000") line.set_number("+99920000910000");
        }
      },
      kMay);
  EXPECT_EQ(log_.rejection().rule, "R-117");
  EXPECT_EQ(log_.rejection().value, "+99920000910000");
  EXPECT_THAT(log_.rejection().message, HasSubstr("both 910000 and 920000"));
}

// the pack takes the number from the line that the steps gave it to.
TEST_F(PublicationsTest, TakesAPackThatMovesANumberThatAStepHasBound) {
  log_.At(kNow).Step(v1::LINE_STEP_REBIND, {DirectoryLog::Line("910000", "+99920000910000")});
  log_.PublishWith(
      [](v1::PackPart* tables) {
        for (v1::Line& line : *tables->mutable_lines()) {
          if (line.office() == "920000") line.set_number("+99920000910000");
          if (line.office() == "910000") line.set_number("+99920000910001");
        }
      },
      kMay);
  EXPECT_EQ(log_.reason(), "accepted");
}

TEST_F(PublicationsTest, ANewPackReplacesTheChangesOfOffices) {
  log_.At(kNow).Change(Rename("910000", "Port"));
  Named("may", kMay);
  EXPECT_EQ(OfficeNameAt("910000", kNow), "Port");
  EXPECT_EQ(OfficeNameAt("910000", kMay), "Harbour");
}

// the lines' lives go on over all snapshots.
TEST_F(PublicationsTest, StepsOfLinesOutliveAPackThatNamesTheSameNumber) {
  log_.At(kNow).Step(v1::LINE_STEP_SUSPEND, {DirectoryLog::Line("910000")});
  Named("may", kMay);
  EXPECT_EQ(log_.ServedBy("910000", kMay), "900000");
}

TEST_F(PublicationsTest, ANumberThatAPackNamesAnewEndsTheSteps) {
  log_.At(kNow).Step(v1::LINE_STEP_SUSPEND, {DirectoryLog::Line("910000")});
  log_.PublishWith(
      [](v1::PackPart* tables) {
        for (v1::Line& line : *tables->mutable_lines()) {
          if (line.office() == "910000") line.set_number("+99920000910001");
        }
      },
      kMay);
  EXPECT_EQ(log_.ServedBy("910000", "2024-04-30 23:59:59"), "900000");
  EXPECT_EQ(log_.ServedBy("910000", kMay), "910000");
  EXPECT_EQ(log_.NumberAt("910000", kMay), "+99920000910001");
}

// Against the pack that is in force then, not the newest.
TEST_F(PublicationsTest, ComparesADraftWithWhatIsInForceThen) {
  log_.At(kNow);
  Named("may", kMay);
  const auto& next = log_.StageWith([](v1::PackPart* tables) {
    tables->mutable_hotline()->set_name("draft");
    tables->mutable_lines()->RemoveLast();
  });
  const auto diff = log_.service().Diff(next.hash, next.counts, log_.TimeOf(kMay));
  const auto& response = std::get<v1::DiffPackResponse>(diff);
  ASSERT_EQ(response.changes_size(), 2);
  EXPECT_EQ(response.changes(1).removed(), 1);
}

}  // namespace
}  // namespace tierline::directory
