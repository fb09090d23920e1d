#include "base/ids.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>  // needs gtest before it

#include <set>

namespace tierline {
namespace {

TEST(Uuid, ReadsAndWritesTheTextForm) {
  const auto id = Uuid::Parse("F81D4FAE-7dec-11D0-a765-00a0c91e6bf6");  // RFC 9562 §4
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(id->ToString(), "f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
  EXPECT_EQ(Uuid::FromBytes(id->bytes()), *id);
}

TEST(Uuid, RefusesEveryOtherText) {
  for (const char* text :
       {"", "f81d4fae", "f81d4fae7dec11d0a76500a0c91e6bf6",
        "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}", "f81d4fae-7dec-11d0-a765-00a0c91e6bf",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf67", "f81d4fae-7dec-11d0-a765+00a0c91e6bf6",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bfg"}) {
    EXPECT_EQ(Uuid::Parse(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(Uuid, IsAbsentWhenItsBytesHaveAnotherLength) {
  EXPECT_TRUE(Uuid().absent());
  EXPECT_TRUE(Uuid::FromBytes("short").absent());
  EXPECT_TRUE(Uuid::FromBytes(std::string(17, 'x')).absent());
  EXPECT_FALSE(Uuid::FromBytes(std::string(16, 'x')).absent());
}

TEST(Uuid, Version7IsTheVectorOfTheRfc) {
  // RFC 9562 appendix A.6: 2022-02-22T19:22:22.000Z, rand_a 0xcc3, rand_b 0x18c4dc0c0c07398f.
  EXPECT_EQ(MakeUuidV7(0x017F22E279B0, 0xcc3, 0x18c4dc0c0c07398f).ToString(),
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST(Uuid, Version7SortsByTime) {
  EXPECT_LT(MakeUuidV7(1, ~0ULL, ~0ULL), MakeUuidV7(2, 0, 0));
  EXPECT_LT(MakeUuidV7(0xffff, ~0ULL, ~0ULL), MakeUuidV7(0x10000, 0, 0));
}

TEST(Uuid, AReactionsIdFollowsFromItsCauseForEver) {
  const Uuid cause = MakeUuidV7(0x017F22E279B0, 0xcc3, 0x18c4dc0c0c07398f);
  const Uuid id = MakeReactionId(cause, "settle", "target");
  EXPECT_EQ(id.ToString()[14], '5');
  EXPECT_EQ(id, MakeReactionId(cause, "settle", "target"));
  EXPECT_NE(id, MakeReactionId(cause, "warn", "target"));
  EXPECT_NE(id, MakeReactionId(cause, "settle", "another"));
  // As Python's uuid5 computes it; another value would act twice on what old logs owe.
  EXPECT_EQ(id.ToString(), "5a99ab1f-31d9-5cc3-a98f-8bc2106ed836");
}

TEST(Uuid, AnInquirysIdFollowsFromItsCallForEver) {
  const Uuid id = MakeInquiryId("pbx-1", "call-42", 1'780'000'000'000);
  EXPECT_EQ(id.ToString()[14], '8');
  EXPECT_EQ(id, MakeInquiryId("pbx-1", "call-42", 1'780'000'000'000));
  const std::set<Uuid> different = {id, MakeInquiryId("pbx-1", "call-42", 1'780'000'000'001),
                                    MakeInquiryId("pbx-1c", "all-42", 1'780'000'000'000),
                                    MakeInquiryId(id)};
  EXPECT_EQ(different.size(), 4u);
  EXPECT_EQ(id.ToString(), "3ef37163-235e-8367-b1a0-f0e2bb879489");
}

RC_GTEST_PROP(UuidProperty, TextRoundTrips, (uint64_t high, uint64_t low, uint32_t ms)) {
  const Uuid id = MakeUuidV7(ms, high, low);
  RC_ASSERT(*Uuid::Parse(id.ToString()) == id);
  RC_ASSERT(id.ToString()[14] == '7');
  RC_ASSERT(std::string("89ab").find(id.ToString()[19]) != std::string::npos);
}

}  // namespace
}  // namespace tierline
