// The forms of a pack's files: tables and JSON.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>  // needs gtest before it

#include "directory/csv.h"
#include "directory/json_file.h"

namespace tierline::directory {
namespace {

using Cells = std::vector<std::string>;

TEST(Csv, ReadsQuotesLineEndsAndAByteOrderMark) {
  const auto rows = ParseCsv(
      "\xEF\xBB\xBF"
      "a,b\r\n\"x,\"\"y\"\"\n\",2\n\nlast,");
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 3u);
  EXPECT_EQ((*rows)[0].cells, (Cells{"a", "b"}));
  EXPECT_EQ((*rows)[1].cells, (Cells{"x,\"y\"\n", "2"}));
  EXPECT_EQ((*rows)[1].line, 2);
  EXPECT_EQ((*rows)[2].cells, (Cells{"last", ""}));
  EXPECT_EQ((*rows)[2].line, 5);
}

TEST(Csv, NamesTheLineOfWhatIsNotUtf8) {
  for (const char* text :
       {"\xC0\xAF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE4\xB8", "\x80"}) {
    const auto rows = ParseCsv(std::string("号,a\n") + text);
    EXPECT_EQ(rows.status().message(), "2: is not UTF-8");
  }
}

std::string Quoted(const std::string& cell) {
  std::string quoted = "\"";
  for (const char c : cell) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

RC_GTEST_PROP(Csv, ReadsBackWhateverWasQuoted, (const std::vector<std::string>& drawn)) {
  RC_PRE(!drawn.empty());
  Cells cells;
  std::string text;
  for (std::string cell : drawn) {
    for (char& c : cell) c = static_cast<char>(c & 0x7F);
    text += (cells.empty() ? "" : ",") + Quoted(cell);
    cells.push_back(cell);
  }
  RC_PRE(cells.size() > 1 || !cells[0].empty());
  const auto rows = ParseCsv(text + "\r\n");
  RC_ASSERT(rows.ok());
  RC_ASSERT(rows->size() == 1u);
  RC_ASSERT(rows->front().cells == cells);
}

RC_GTEST_PROP(Csv, NeverFailsOtherThanByItsStatus, (const std::string& text)) {
  (void)ParseCsv(text);
}

TEST(JsonLines, FindsFieldsInObjectsAndLists) {
  const JsonLines lines(
      "{\"a\": [1,\n2, {\n\"bC\": \"}\\\"]\",\n\"d\": []}\n],\n\"e\": {\"f\":\n{}}, \"g\": 3}");
  EXPECT_EQ(lines.LineOf("a"), 1);
  EXPECT_EQ(lines.LineOf("a[0]"), 1);
  EXPECT_EQ(lines.LineOf("a[1]"), 2);
  EXPECT_EQ(lines.LineOf("a[2]"), 2);
  EXPECT_EQ(lines.LineOf("a[2].b_c"), 3);
  EXPECT_EQ(lines.LineOf("a[2].d"), 4);
  EXPECT_EQ(lines.LineOf("e"), 6);
  EXPECT_EQ(lines.LineOf("e.f"), 6);
  EXPECT_EQ(lines.LineOf("g"), 7);
}

TEST(JsonLines, FallsBackToWhatEnclosesAMissingField) {
  const JsonLines lines("{\n\"a\": [\n{}]}");
  EXPECT_EQ(lines.LineOf("a[0].b[3].c"), 3);
  EXPECT_EQ(lines.LineOf("x.y"), 1);
}

TEST(ReadJson, RefusesDepthWithoutDying) {
  const std::string deep(100'000, '[');
  v1::Hotline hotline;
  const auto error =
      ReadJson("{\"title\": " + deep + std::string(deep.size(), ']') + "}", &hotline);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->line, 1);
}

}  // namespace
}  // namespace tierline::directory
