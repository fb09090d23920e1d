#include "base/utf8.h"

#include <gtest/gtest.h>

namespace tierline {
namespace {

TEST(Utf8, CountsCharactersNotBytes) {
  EXPECT_EQ(CountCharacters(""), 0);
  EXPECT_EQ(CountCharacters("a党费\xF0\x9F\x98\x80"), 4);
}

// RFC 3629 §3, §4
TEST(Utf8, KnowsWhatIsNot) {
  for (const char* text : {"\xFF", "\x80", "\xE5\x85", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                           "\xF4\x90\x80\x80", "a\xC3"}) {
    EXPECT_FALSE(CountCharacters(text)) << text;
  }
}

}  // namespace
}  // namespace tierline
