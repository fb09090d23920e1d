#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "directory/pack_reader.h"
#include "tests/kit/packs.h"

namespace tierline::directory {
namespace {

using Files = std::map<std::string, std::string>;

TEST(PackReader, ReadsTheNationalPackWhole) {
  const Pack& pack = kit::NationalPack();
  EXPECT_EQ(pack.counts.offices(), 3216);
  EXPECT_EQ(pack.counts.area_codes(), 377);
  EXPECT_EQ(pack.counts.mobile_prefixes(), 129818);
  EXPECT_EQ(pack.counts.lines(), 3216);
  EXPECT_EQ(pack.counts.categories(), 8);
  EXPECT_EQ(pack.counts.policies(), 3);
}

TEST(PackReader, ReadsASecondPackOfAnotherNumber) {
  EXPECT_EQ(kit::SecondDirectory()->hotline().number(), "2345");
}

TEST(PackReader, NamesAPackByItsTablesOnly) {
  Files files = kit::PackFiles("demo-2345");
  const std::string hash = ReadPack(files)->hash;
  files["README.md"] = "something else";
  EXPECT_EQ(ReadPack(files)->hash, hash);
  files["offices.csv"] = absl::StrReplaceAll(files["offices.csv"], {{"\n", "\r\n"}});
  EXPECT_EQ(ReadPack(files)->hash, hash);
  files["offices.csv"] = absl::StrReplaceAll(files["offices.csv"], {{"Millbridge", "Milbridge"}});
  EXPECT_NE(ReadPack(files)->hash, hash);
}

TEST(PackReader, SplitsIntoPiecesThatMergeBackToTheSame) {
  const Pack& pack = kit::NationalPack();
  const auto parts = SplitPack(pack.tables, 256 << 10);
  EXPECT_GT(parts.size(), 5u);
  v1::PackPart merged;
  for (const auto& part : parts) {
    EXPECT_LE(part.ByteSizeLong(), size_t{260} << 10);
    merged.MergeFrom(part);
  }
  EXPECT_EQ(HashPack(merged), pack.hash);
}

TEST(PackReader, SaysWhichFileIsMissing) {
  Files files = kit::PackFiles("demo-2345");
  files.erase("lines.csv");
  EXPECT_EQ(ReadPack(files).status().message(), "lines.csv: the pack has no such file");
}

TEST(PackReader, ReportsSeveralFaultsAtOnce) {
  Files files = kit::PackFiles("demo-2345");
  files["lines.csv"] = absl::StrReplaceAll(files["lines.csv"], {{"2024-01-08", "soon"}});
  const std::string message(ReadPack(files).status().message());
  EXPECT_NE(message.find("lines.csv:2: "), std::string::npos);
  EXPECT_NE(message.find("\nlines.csv:9: "), std::string::npos);
}

}  // namespace
}  // namespace tierline::directory
