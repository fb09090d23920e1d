// Full-text search over Chinese and English.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/search/index.h"

namespace tierline::search {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SearchTest : public ::testing::Test {
 protected:
  void Put(const std::string& id, const std::string& title, const std::string& body,
           std::vector<std::string> labels = {}) {
    index_.Put(id, {.title = title, .body = body, .labels = std::move(labels)});
  }
  Found Find(const Query& query) {
    auto result = index_.Find(query);
    if (auto* found = std::get_if<Found>(&result)) return *std::move(found);
    ADD_FAILURE() << std::get<Rejection>(result).message;
    return {};
  }
  std::vector<std::string> Ids(const Query& query) {
    std::vector<std::string> ids;
    for (const Hit& hit : Find(query).hits) ids.push_back(hit.id);
    return ids;
  }
  std::vector<std::string> Words(const std::string& text) { return Ids({.text = text, .max = 10}); }
  Rejection RefusalOf(const std::string& text) {
    const auto result = index_.Find({.text = text, .max = 10});
    const auto* refusal = std::get_if<Rejection>(&result);
    return refusal == nullptr ? Rejection{} : *refusal;
  }

  Index index_;
};

//
TEST_F(SearchTest, FindsAChineseWordInsideASentence) {
  Put("dues", "规定", "党员每月应当按时缴纳党费的规定。");
  Put("relations", "组织关系", "党员转移组织关系需要介绍信。");
  EXPECT_THAT(Words("党费"), ElementsAre("dues"));
  EXPECT_THAT(Words("组织关系"), ElementsAre("relations"));
  EXPECT_THAT(Words("缴纳 规定"), ElementsAre("dues"));
  EXPECT_THAT(Words("党员").size(), 2);
  EXPECT_THAT(Words("费党"), IsEmpty());
  EXPECT_THAT(Words("退休"), IsEmpty());
}

//
TEST_F(SearchTest, FindsEnglishWordsByTheirStems) {
  Put("relations", "Transfer of relations", "Members who are moving bring a letter.");
  Put("dues", "Membership dues", "Paid every month, by the scale.");
  EXPECT_THAT(Words("transferring"), ElementsAre("relations"));
  EXPECT_THAT(Words("the transfers of MEMBERS"), ElementsAre("relations"));
  EXPECT_THAT(Words("letter OR month").size(), 2);
  EXPECT_THAT(Words("\"membership dues\" -letter"), ElementsAre("dues"));
}

//
TEST_F(SearchTest, TheTitleWeighsMoreThanTheBody) {
  Put("body", "规定", "党费按月缴纳，由支部收取。");
  Put("title", "党费", "规定按月缴纳，由支部收取。");
  Put("other", "关系", "转移组织关系的介绍信。");
  const Found found = Find({.text = "党费", .max = 10});
  ASSERT_EQ(found.hits.size(), 2);
  EXPECT_EQ(found.hits[0].id, "title");
  EXPECT_GT(found.hits[0].score, found.hits[1].score);
}

// what is not seen is neither found nor counted.
TEST_F(SearchTest, LabelsSayWhoSeesAndAreCountedRight) {
  Put("a", "党费", "一", {"o1", "s1"});
  Put("b", "党费", "二", {"o2", "s1", "public"});
  Put("c", "党费", "三", {"o2", "s2"});
  EXPECT_THAT(Ids({.text = "党费", .any_of = {"o1", "public"}, .max = 10}), ElementsAre("a", "b"));
  EXPECT_THAT(Ids({.text = "党费", .any_of = {"o3"}, .max = 10}), IsEmpty());
  EXPECT_THAT(Ids({.text = "党费", .any_of = {"o2"}, .all_of = {"s2"}, .max = 10}),
              ElementsAre("c"));
  EXPECT_EQ(Find({.text = "党费", .any_of = {"o1", "public"}, .max = 1}).total, 2);
  EXPECT_THAT(Words("public"), IsEmpty());
}

TEST_F(SearchTest, PagesGoOnWhereTheLastOneEnded) {
  for (const char* id : {"a", "b", "c", "d", "e"}) Put(id, "党费", "规定");
  EXPECT_THAT(Ids({.text = "党费", .first = 0, .max = 2}), ElementsAre("a", "b"));
  EXPECT_THAT(Ids({.text = "党费", .first = 2, .max = 2}), ElementsAre("c", "d"));
  EXPECT_THAT(Ids({.text = "党费", .first = 4, .max = 2}), ElementsAre("e"));
  EXPECT_EQ(Find({.text = "党费", .first = 4, .max = 2}).total, 5);
}

TEST_F(SearchTest, AnotherVersionReplacesTheFirst) {
  Put("a", "党费", "规定");
  Put("a", "组织关系", "介绍信", {"public"});
  EXPECT_THAT(Words("党费"), IsEmpty());
  EXPECT_THAT(Ids({.text = "介绍信", .any_of = {"public"}, .max = 10}), ElementsAre("a"));
  index_.Remove("a");
  index_.Remove("never there");
  EXPECT_THAT(Words("介绍信"), IsEmpty());
  EXPECT_EQ(index_.size(), 0);
}

TEST_F(SearchTest, ASnippetIsThePlainTextAroundTheWords) {
  std::string body;
  for (int i = 0; i < 60; ++i) body += "其他事项另行通知。";
  Put("long", "办法", body + "缴纳 <党费> & 收据的规定。" + body);
  const Found found = Find({.text = "党费", .max = 10});
  ASSERT_EQ(found.hits.size(), 1);
  EXPECT_THAT(found.hits[0].snippet, HasSubstr("<党费> &"));
  EXPECT_LE(found.hits[0].snippet.size(), 260);
}

TEST_F(SearchTest, RefusesWhatIsNoQuery) {
  Put("a", "党费", "规定");
  std::string long_text;
  for (int i = 0; i < 201; ++i) long_text += "党";
  for (const std::string& text :
       {std::string(), std::string("  "), std::string("…！"), std::string("党费 AND"),
        std::string("AND AND"), std::string("\xFF"), long_text}) {
    EXPECT_EQ(RefusalOf(text).reason, "INVALID_FIELD") << text;
    EXPECT_EQ(RefusalOf(text).field, "query");
    EXPECT_EQ(RefusalOf(text).value, "");
  }
}

TEST_F(SearchTest, EveryTextIsAnsweredOrRefused) {
  Put("a", "党费 dues", "缴纳党费的规定 rules on dues");
  const std::vector<std::string> parts = {
      "党费", "dues", "AND", "OR",     "NOT", "XOR",   "NEAR", "ADJ", "\"", "(",
      ")",    "-",    "+",   "NEAR/3", "*",   "党费:", "~",    "..",  "^",  "NEAR/99999999999"};
  int refused = 0;
  for (const auto& a : parts) {
    for (const auto& b : parts) {
      for (const auto& c : parts) {
        const std::string text = a + " " + b + c;
        const auto result = index_.Find({.text = text, .max = 1});
        refused += std::holds_alternative<Rejection>(result) ? 1 : 0;
      }
    }
  }
  EXPECT_GT(refused, 0);
}

TEST_F(SearchTest, AnEmptyIndexFindsNothing) { EXPECT_THAT(Words("党费"), IsEmpty()); }

}  // namespace
}  // namespace tierline::search
