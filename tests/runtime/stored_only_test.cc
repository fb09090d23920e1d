#include "runtime/partition/stored_only.h"

#include <gtest/gtest.h>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"

namespace tierline::testing {
namespace {

using partition::StoredOnly;

size_t HashOf(int subject) {
  const std::string id = absl::StrCat("subject-", subject);
  return absl::HashOf(absl::string_view(id));
}

TEST(StoredOnly, FindsEverySubjectThatWasAdded) {
  StoredOnly ids;
  for (int i = 0; i < 100'000; ++i) ids.Add(HashOf(i));
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(ids.MayHave(HashOf(i))) << i;
}

TEST(StoredOnly, TakesFewOthersForOneOfThem) {
  StoredOnly ids;
  EXPECT_FALSE(ids.MayHave(HashOf(0)));
  for (int i = 0; i < 100'000; ++i) ids.Add(HashOf(i));
  int wrong = 0;
  for (int i = 100'000; i < 200'000; ++i) wrong += ids.MayHave(HashOf(i));
  EXPECT_LT(wrong, 6'000);
}

TEST(StoredOnly, TakesEverySubjectForOneThatAnotherRunStored) {
  StoredOnly ids;
  ids.AddAll();
  ids.Add(HashOf(1));
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(ids.MayHave(HashOf(i))) << i;
  ids.Clear();
  EXPECT_FALSE(ids.MayHave(HashOf(1)));
}

}  // namespace
}  // namespace tierline::testing
