// The snapshot: tree, plan, and what an office inherits.
#include "directory/directory.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <rapidcheck/gtest.h>  // needs gtest before it

#include <map>
#include <set>

#include "directory/line_steps.h"
#include "tests/kit/packs.h"

namespace tierline::directory {
namespace {

const Directory& National() {
  static const auto& directory = *new std::shared_ptr<const Directory>(kit::NationalDirectory());
  return *directory;
}

OfficeIndex Find(std::string_view code) { return National().offices().Find(code); }

std::string CodeOf(OfficeIndex office) {
  return office == kNoOffice ? "none" : National().offices()[office].code;
}

// a parent may skip a level.
TEST(OfficeTree, HasParentsUpToTheRoot) {
  const OfficeTree& offices = National().offices();
  EXPECT_EQ(CodeOf(offices[Find("340102")].parent), "340100");
  EXPECT_EQ(CodeOf(offices[Find("310101")].parent), "310000");
  EXPECT_EQ(CodeOf(offices[Find("429004")].parent), "420000");
  EXPECT_EQ(CodeOf(offices[Find("340000")].parent), "000000");
  EXPECT_EQ(offices[offices.root()].parent, kNoOffice);
  EXPECT_EQ(Find("340199"), kNoOffice);
}

TEST(OfficeTree, ListsChildrenOfWhichItIsTheParent) {
  const OfficeTree& offices = National().offices();
  size_t children = 0;
  for (OfficeIndex office = 0; office < offices.size(); ++office) {
    for (const OfficeIndex child : offices.Children(office))
      EXPECT_EQ(offices[child].parent, office);
    children += offices.Children(office).size();
  }
  EXPECT_EQ(children, offices.size() - 1);
}

TEST(OfficeTree, FindsTheCommonAncestor) {
  const OfficeTree& offices = National().offices();
  EXPECT_EQ(CodeOf(offices.CommonAncestor(Find("410800"), Find("419001"))), "410000");
  EXPECT_EQ(CodeOf(offices.CommonAncestor(Find("340102"), Find("340000"))), "340000");
  EXPECT_EQ(CodeOf(offices.CommonAncestor(Find("340102"), Find("110101"))), "000000");
  EXPECT_TRUE(offices.IsInSubtree(Find("340102"), Find("340000")));
  EXPECT_FALSE(offices.IsInSubtree(Find("340000"), Find("340102")));
}

// open from the first second of its first day to that of its first day out of service.
TEST(Directory, OpensALineAtMidnightOfThePacksZone) {
  v1::PackPart tables = kit::NationalPack().tables;
  for (v1::Line& line : *tables.mutable_lines()) {
    if (line.office() == "340102") line.set_open_until("2009-05-01");
  }
  const auto directory = Directory::Build(tables, "changed");
  ASSERT_TRUE(directory.ok());
  const auto serves = [&](absl::CivilDay day, int seconds) {
    const absl::Time at = absl::FromCivil(day, National().zone()) + absl::Seconds(seconds);
    return Serves((*directory)->LineAt(Find("340102"), at).state);
  };
  EXPECT_FALSE(serves(absl::CivilDay(2009, 3, 1), -1));
  EXPECT_TRUE(serves(absl::CivilDay(2009, 3, 1), 0));
  EXPECT_TRUE(serves(absl::CivilDay(2009, 5, 1), -1));
  EXPECT_FALSE(serves(absl::CivilDay(2009, 5, 1), 0));
}

//
TEST(Directory, InheritsHoursFromTheNearestOfficeThatHasSome) {
  EXPECT_EQ(National().calendar(Find("653023")).id(), "xinjiang");
  EXPECT_EQ(National().calendar(Find("650000")).id(), "xinjiang");
  EXPECT_EQ(National().calendar(Find("340102")).id(), "national");
}

TEST(NumberPlan, KnowsWhichLocalitiesAnAreaServes) {
  const NumberPlan& plan = National().plan();
  const Area& shared = plan[plan.FindArea("0728")];
  EXPECT_EQ(shared.localities.size(), 3u);
  EXPECT_EQ(CodeOf(shared.LocalityOfExchange("3331122")), "429004");
  EXPECT_EQ(shared.LocalityOfExchange("2331122"), kNoOffice);
  EXPECT_EQ(plan.FindArea("0565"), kNoArea);
  for (const char* text : {"", "0", "551", "055x", "00000", "055111"})
    EXPECT_EQ(plan.FindArea(text), kNoArea);
}

// Neijiang has 0832; for Ziyang it is an alias.
TEST(NumberPlan, CountsAWithdrawnCodeAsHomeOnlyWhereNothingElseIsLeft) {
  const NumberPlan& plan = National().plan();
  const Area& half = plan[plan.FindArea("0832")];
  EXPECT_FALSE(half.withdrawn());
  EXPECT_EQ(half.localities.size(), 2u);
  ASSERT_EQ(half.Homes().size(), 1u);
  EXPECT_EQ(CodeOf(half.Homes()[0]), "511000");
  EXPECT_TRUE(plan[plan.FindArea("0634")].withdrawn());
  EXPECT_EQ(plan[plan.AreaOf(Find("370100"))].code, "0531");
}

TEST(NumberPlan, FindsTheLocalityOfAnOffice) {
  const auto of = [](const char* code) {
    return CodeOf(National().plan().LocalityOf(Find(code), National().offices()));
  };
  EXPECT_EQ(of("340102"), "340100");
  EXPECT_EQ(of("310101"), "310000");
  EXPECT_EQ(of("429004"), "429004");
  EXPECT_EQ(of("340000"), "none");
}

// against the plain rule, the longest prefix of which the number begins.
RC_GTEST_PROP(NumberPlan, GivesAMobileItsLongestPrefix, ()) {
  v1::PackPart tables;
  *tables.mutable_area_codes() = kit::NationalPack().tables.area_codes();
  std::map<std::string, std::string> rows;
  const auto digit = [] { return *rc::gen::element('0', '1', '9'); };
  const auto draw = [&](size_t size) {
    std::string digits = "13";
    while (digits.size() < size) digits += digit();
    return digits;
  };
  for (int i = *rc::gen::inRange(1, 30); i > 0; --i) {
    rows[draw(*rc::gen::inRange<size_t>(4, 8))] =
        *rc::gen::element<std::string>("340100", "110000", "429004");
  }
  for (const auto& [prefix, locality] : rows) {
    auto* row = tables.add_mobile_prefixes();
    row->set_prefix(prefix);
    row->set_locality(locality);
  }
  const NumberPlan plan = NumberPlan::Build(tables, National().offices());
  const std::string segment = draw(7);
  std::string expected = "none";
  for (size_t size = 4; size <= segment.size(); ++size) {
    if (const auto row = rows.find(segment.substr(0, size)); row != rows.end())
      expected = row->second;
  }
  RC_ASSERT(CodeOf(plan.LocalityOfMobile(segment)) == expected);
  RC_ASSERT(plan.LocalityOfMobile(segment.substr(0, 6)) == kNoOffice);
}

TEST(Directory, IsSmall) {
  const auto in_use = [] {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
  };
  const v1::PackPart& tables = kit::NationalPack().tables;  // read before the measurement
  const size_t before = in_use();
  const auto directory = Directory::Build(tables, "again");
  ASSERT_TRUE(directory.ok());
#if !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)  // they have allocators of their own
  EXPECT_LT(in_use() - before, size_t{10} << 20);
#else
  (void)before;
#endif
}

// whoever looks again when the edition changes misses nothing.
TEST(Directory, IsAnotherEditionWhereAnythingElseIsSaid) {
  const Directory& all = National();
  v1::OfficeChange change;
  change.set_office("340102");
  change.set_name("another");
  const uint64_t changed = all.WithChange(change, MakeUuidV7(1, 0, 1))->edition();
  const uint64_t policy = all.WithPolicy("bureau-12345")->edition();
  const uint64_t pack = (*Directory::Build(kit::NationalPack().tables, "again"))->edition();
  EXPECT_EQ(std::set({all.edition(), changed, policy, pack, uint64_t{0}}).size(), 5u);
  EXPECT_NE(all.WithChange(change, MakeUuidV7(1, 0, 2))->edition(), changed);
}

TEST(Directory, IsTheSameEditionAtAnotherInstant) {
  EXPECT_EQ(National().From(absl::FromUnixSeconds(1))->edition(), National().edition());
}

// The numbering of a country is the pack's.
TEST(Directory, TakesTheNumberingFromThePack) {
  v1::PackPart tables = kit::NationalPack().tables;
  auto* numbering = tables.mutable_hotline()->mutable_numbering();
  numbering->set_international_prefix("011");
  numbering->set_subscriber_digits_min(6);
  const auto directory = Directory::Build(tables, "changed");
  ASSERT_TRUE(directory.ok()) << directory.status();
  EXPECT_EQ((*directory)->numbering().international_prefix, "011");
  EXPECT_EQ((*directory)->numbering().subscriber_digits_min, 6);
  EXPECT_EQ((*directory)->numbering().subscriber_digits_max, 8);
  EXPECT_EQ((*directory)->numbering().short_number, "12371");
}

}  // namespace
}  // namespace tierline::directory
