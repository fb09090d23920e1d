#include "base/hash.h"

#include <gtest/gtest.h>

#include <string>

namespace tierline {
namespace {

TEST(Sha256, GivesTheVectorsOfFips180) {
  EXPECT_EQ(HexOf(Bytes(Sha256Of(""))),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HexOf(Bytes(Sha256Of("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexOf(Bytes(Sha256Of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(HexOf(Bytes(Sha256Of(std::string(1'000'000, 'a')))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, StartsAnewAfterEachHash) {
  Sha256 sha;
  sha.Add("a");
  sha.Add("bc");
  EXPECT_EQ(sha.Finish(), Sha256Of("abc"));
  EXPECT_EQ(sha.Finish(), Sha256Of(""));
}

TEST(Sha256, KeepsFramedFieldsApart) {
  const auto hash = [](std::string_view first, std::string_view second) {
    Sha256 sha;
    sha.AddFramed(first);
    sha.AddFramed(second);
    return sha.Finish();
  };
  EXPECT_NE(hash("ab", "c"), hash("a", "bc"));
  EXPECT_NE(hash("abc", ""), hash("", "abc"));
  EXPECT_EQ(hash("", "c"), Sha256Of(std::string("\0\0\0\0\0\0\0\1c", 9)));
}

TEST(Hash, IsAbsentWhenItsBytesHaveAnotherLength) {
  EXPECT_EQ(HashFromBytes("short"), Hash{});
  const Hash hash = Sha256Of("abc");
  EXPECT_EQ(HashFromBytes(Bytes(hash)), hash);
}

}  // namespace
}  // namespace tierline
