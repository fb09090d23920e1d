// Information directories and acceptance rules of offices.
#include "directory/info_book.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/kit/directory_log.h"

namespace tierline::directory {
namespace {

using kit::DirectoryLog;

constexpr char kNow[] = "2024-03-04 10:00:00";
constexpr auto kPolicy = v1::INFO_SECTION_BASIC_POLICY;
constexpr auto kFacts = v1::INFO_SECTION_BASIC_FACTS;

class InfoBookTest : public ::testing::Test {
 protected:
  InfoBookTest() {
    log_.At("2024-01-02 09:00:00").Publish();
    log_.At(kNow);
  }

  static v1::Command Entry(const std::string& office, const std::string& title) {
    v1::Command body;
    auto* put = body.mutable_put_entry();
    put->set_office(office);
    put->set_section(kPolicy);
    put->mutable_title()->set_zh(title);
    put->mutable_body()->set_zh("缴纳党费的规定");
    return body;
  }
  // Id of the entry that was put.
  std::string Put(const v1::Command& body) {
    const Decision decision = log_.Send(body);
    const auto* event = std::get_if<Event>(&decision);
    EXPECT_NE(event, nullptr) << log_.rejection().message;
    return event == nullptr ? "" : event->entry_put().entry_id();
  }
  std::string PutNew(const std::string& office, bool published = false) {
    v1::Command body = Entry(office, "党费");
    body.mutable_put_entry()->set_published(published);
    return Put(body);
  }
  v1::Command Next(const std::string& id, const std::string& title, int version = 0) {
    v1::Command body = Entry("", title);
    body.mutable_put_entry()->clear_section();
    body.mutable_put_entry()->set_entry_id(id);
    body.mutable_put_entry()->set_version(version);
    return body;
  }
  void Withdraw(const std::string& id, int version = 0) {
    v1::Command body;
    body.mutable_withdraw_entry()->set_entry_id(id);
    body.mutable_withdraw_entry()->set_version(version);
    log_.Send(body);
  }
  void PutRules(const std::string& text, const std::string& effective = "") {
    v1::Command body;
    auto* put = body.mutable_put_acceptance_rules();
    put->set_office("920000");
    put->mutable_text()->set_zh(text);
    put->set_effective_at_ms(effective.empty() ? 0 : log_.MsOf(effective));
    log_.Send(body);
  }

  const InfoBook& book() { return log_.service().info(); }
  const StoredEntry& Stored(const std::string& id) { return *book().Find(id); }
  InfoViewer Of(const std::string& office, base::v1::Role role = base::v1::ROLE_OPERATOR) {
    base::v1::Principal principal;
    principal.set_role(role);
    principal.set_office(office);
    return InfoViewer::Of(principal, log_.Then(kNow).offices());
  }
  bool SeenBy(const std::string& office, const std::string& id) {
    return Sees(Of(office), Stored(id));
  }
  std::string RulesAt(const std::string& text) {
    const auto* rules = book().RulesAt("920000", log_.MsOf(text));
    return rules == nullptr ? "" : rules->text().zh();
  }

  DirectoryLog log_;
};

//
TEST_F(InfoBookTest, AnEntryKeepsItsVersionsItsOfficeAndItsSection) {
  const std::string id = PutNew("920000");
  log_.At("2024-03-05 10:00:00");
  EXPECT_EQ(Put(Next(id, "党费收缴", 1)), id);
  const StoredEntry& entry = Stored(id);
  ASSERT_EQ(entry.versions.size(), 2);
  EXPECT_EQ(entry.versions[0].title().zh(), "党费");
  EXPECT_EQ(entry.versions[0].put_at_ms(), log_.MsOf(kNow));
  EXPECT_EQ(entry.newest().title().zh(), "党费收缴");
  EXPECT_EQ(entry.newest().version(), 2);
  EXPECT_EQ(entry.newest().office(), "920000");
  EXPECT_EQ(entry.newest().section(), kPolicy);
  ASSERT_EQ(book().OfficeOf("920000")->entries[0].size(), 1);

  log_.Send(Next(id, "党费", 1));
  EXPECT_EQ(log_.reason(), "VERSION_MISMATCH");
  EXPECT_EQ(log_.rejection().value, "2");
  v1::Command moved = Next(id, "党费");
  moved.mutable_put_entry()->set_office("910000");
  log_.Send(moved);
  EXPECT_EQ(log_.rejection().field, "office");
  moved = Next(id, "党费");
  moved.mutable_put_entry()->set_section(kFacts);
  log_.Send(moved);
  EXPECT_EQ(log_.rejection().field, "section");
}

// an office sees its own, its ancestors' and what others have published.
TEST_F(InfoBookTest, WhoSeesAnEntryFollowsTheTree) {
  const std::string own = PutNew("920000");
  const std::string published = PutNew("920000", true);
  const std::string below = "920100";
  ASSERT_TRUE(log_.Then(kNow).offices().Find(below) != kNoOffice);
  EXPECT_TRUE(SeenBy("920000", own));
  EXPECT_TRUE(SeenBy(below, own));
  EXPECT_FALSE(SeenBy("900000", own));
  EXPECT_FALSE(SeenBy("910000", own));
  EXPECT_FALSE(SeenBy("", own));
  EXPECT_TRUE(Sees(Of("", base::v1::ROLE_PLATFORM_ADMIN), Stored(own)));
  for (const char* office : {"900000", "910000", below.c_str(), ""})
    EXPECT_TRUE(SeenBy(office, published)) << office;
}

// the tree is that of now.
TEST_F(InfoBookTest, AnOfficeThatMovedSeesWhatItsNewAncestorsHave) {
  const std::string id = PutNew("920000");
  EXPECT_TRUE(SeenBy("920400", id));
  v1::OfficeChange change;
  change.set_office("920400");
  change.set_parent("900000");
  log_.Change(change);
  ASSERT_EQ(log_.reason(), "accepted") << log_.rejection().message;
  EXPECT_FALSE(SeenBy("920400", id));
  EXPECT_TRUE(SeenBy("920400", PutNew("900000")));
}

//
TEST_F(InfoBookTest, OthersReadOnlyTheVersionsThatArePublished) {
  const std::string id = PutNew("920000");
  v1::Command next = Next(id, "党费收缴");
  next.mutable_put_entry()->set_published(true);
  Put(next);
  const auto reads = [&](const std::string& office, int version) {
    return SeesVersion(Of(office), Stored(id), Stored(id).versions[version - 1]);
  };
  EXPECT_FALSE(reads("910000", 1));
  EXPECT_TRUE(reads("910000", 2));
  EXPECT_TRUE(reads("920100", 1));
  Put(Next(id, "党费收缴"));
  EXPECT_FALSE(reads("910000", 2));
  EXPECT_TRUE(reads("920000", 2));
}

//
TEST_F(InfoBookTest, AWithdrawnEntryIsInNoListAndItsOwnOfficeStillReadsIt) {
  const std::string id = PutNew("920000", true);
  Withdraw(id, 2);
  EXPECT_EQ(log_.reason(), "VERSION_MISMATCH");
  Withdraw(id, 1);
  ASSERT_EQ(log_.reason(), "accepted");
  for (const char* office : {"920000", "920100", "910000"}) EXPECT_FALSE(SeenBy(office, id));
  const auto reads = [&](const std::string& office) {
    return SeesVersion(Of(office), Stored(id), Stored(id).newest());
  };
  EXPECT_TRUE(reads("920000"));
  EXPECT_FALSE(reads("920100"));
  EXPECT_FALSE(reads("910000"));
  Withdraw(id);
  EXPECT_EQ(log_.reason(), "ENTRY_WITHDRAWN");
  log_.Send(Next(id, "党费"));
  EXPECT_EQ(log_.reason(), "ENTRY_WITHDRAWN");
}

//
TEST_F(InfoBookTest, ASectionKnowsWhenAndByWhomItWasLastConfirmed) {
  v1::Command body;
  body.mutable_confirm_section()->set_office("920000");
  body.mutable_confirm_section()->set_section(kFacts);
  log_.Send(body);
  log_.At("2024-03-05 10:00:00").Send(body);
  const auto* office = book().OfficeOf("920000");
  ASSERT_NE(office, nullptr);
  EXPECT_EQ(office->confirmed[2].at_ms, log_.MsOf("2024-03-05 10:00:00"));
  EXPECT_EQ(office->confirmed[2].by.office(), "900000");
  EXPECT_EQ(office->confirmed[0].at_ms, 0);
  body.mutable_confirm_section()->clear_section();
  log_.Send(body);
  EXPECT_EQ(log_.rejection().field, "section");
}

//
TEST_F(InfoBookTest, RulesAreInForceFromTheirInstantAndKeepTheirVersions) {
  PutRules("办法一");
  PutRules("办法二", "2024-05-01 00:00:00");
  PutRules("办法三");
  EXPECT_EQ(RulesAt("2024-03-04 09:59:59"), "");
  EXPECT_EQ(RulesAt(kNow), "办法三");
  EXPECT_EQ(RulesAt("2024-04-30 23:59:59"), "办法三");
  EXPECT_EQ(RulesAt("2024-05-01 00:00:00"), "办法二");
  EXPECT_EQ(book().OfficeOf("920000")->rules[0].text().zh(), "办法一");
  PutRules("办法四", "2024-03-04 09:59:59");
  EXPECT_EQ(log_.rejection().field, "effective_at_ms");
  PutRules("");
  EXPECT_EQ(log_.rejection().field, "text");
}

std::string Repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

struct Faulty {
  const char* field;
  void (*spoil)(v1::PutEntryRequest*);
};

TEST_F(InfoBookTest, NamesTheFieldThatIsWrongAndNeverRepeatsIt) {
  const Faulty rows[] = {
      {"office", [](auto* put) { put->set_office("123456"); }},
      {"section", [](auto* put) { put->clear_section(); }},
      {"version", [](auto* put) { put->set_version(1); }},
      {"entry_id", [](auto* put) { put->set_entry_id("王强"); }},
      {"title", [](auto* put) { put->mutable_title()->set_zh(" "); }},
      {"title.zh", [](auto* put) { put->mutable_title()->set_zh(Repeat("王", 201)); }},
      {"title.zh", [](auto* put) { put->mutable_title()->set_zh("王\n强"); }},
      {"title.en", [](auto* put) { put->mutable_title()->set_en("王\xFF"); }},
      {"body", [](auto* put) { put->clear_body(); }},
      {"body.en", [](auto* put) { put->mutable_body()->set_en(Repeat("王", 20'001)); }},
  };
  for (const Faulty& row : rows) {
    v1::Command body = Entry("920000", "党费");
    row.spoil(body.mutable_put_entry());
    log_.Send(body);
    EXPECT_EQ(log_.rejection().field, row.field);
    EXPECT_EQ(log_.rejection().rule, "R-206") << row.field;
    EXPECT_EQ(log_.rejection().value.find("王"), std::string::npos) << row.field;
  }
}

TEST_F(InfoBookTest, TakesTextsOfTheGreatestLength) {
  v1::Command body = Entry("920000", Repeat("党", 200));
  body.mutable_put_entry()->mutable_body()->set_zh(Repeat("费\n", 10'000));
  log_.Send(body);
  EXPECT_EQ(log_.reason(), "accepted");
}

//
TEST_F(InfoBookTest, AnOfficeHasAtMostFiveHundredEntries) {
  const std::string first = PutNew("920000");
  for (size_t i = 1; i < InfoBook::kEntriesMax; ++i) PutNew("920000");
  log_.Send(Entry("920000", "党费"));
  EXPECT_EQ(log_.reason(), "TOO_MANY_ENTRIES");
  Put(Next(first, "党费收缴"));
  PutNew("910000");
  Withdraw(first);
  PutNew("920000");
}

TEST_F(InfoBookTest, DigestCoversEntriesConfirmationsAndRules) {
  std::set<std::string> digests{log_.Digest()};
  const std::string id = PutNew("920000");
  digests.insert(log_.Digest());
  Put(Next(id, "党费收缴"));
  digests.insert(log_.Digest());
  Withdraw(id);
  digests.insert(log_.Digest());
  v1::Command body;
  body.mutable_confirm_section()->set_office("920000");
  body.mutable_confirm_section()->set_section(kPolicy);
  log_.Send(body);
  digests.insert(log_.Digest());
  PutRules("办法一");
  digests.insert(log_.Digest());
  EXPECT_EQ(digests.size(), 6);
}

}  // namespace
}  // namespace tierline::directory
