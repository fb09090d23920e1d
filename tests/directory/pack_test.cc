#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "directory/pack_reader.h"
#include "tests/kit/packs.h"

namespace tierline::directory {
namespace {

using Files = std::map<std::string, std::string>;

// The second pack with `from` replaced by `to` in `file`.
std::string FaultOf(const std::string& file, const std::string& from, const std::string& to) {
  Files files = kit::PackFiles("demo-2345");
  EXPECT_NE(files[file].find(from), std::string::npos) << from;
  files[file].replace(files[file].find(from), from.size(), to);
  const auto pack = ReadPack(files);
  return pack.ok() ? "" : std::string(pack.status().message());
}

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

struct Broken {
  const char* name;
  const char* file;
  const char* from;
  const char* to;
  const char* says;
};

class BrokenPack : public testing::TestWithParam<Broken> {};

TEST_P(BrokenPack, IsRefusedWithFileLineAndReason) {
  const Broken& broken = GetParam();
  EXPECT_EQ(FaultOf(broken.file, broken.from, broken.to).substr(0, std::string(broken.says).size()),
            broken.says);
}

INSTANTIATE_TEST_SUITE_P(
    Packs, BrokenPack,
    testing::Values(
        Broken{"UnknownColumn", "offices.csv", "code,level", "code,rank",
               "offices.csv:1: 'rank' is no column of this table"},
        Broken{"MissingCell", "offices.csv", "910000,province,900000,Harbour,false",
               "910000,province,900000,Harbour", "offices.csv:3: has 4 columns, the header 5"},
        Broken{"BadLevel", "offices.csv", "910000,province", "910000,region",
               "offices.csv:3: level: 'region' is no value of this column"},
        Broken{"UnknownParent", "offices.csv", "910000,province,900000", "910000,province,999999",
               "offices.csv:3: parent: '999999' there is no such office (R-201)"},
        Broken{"LevelsGoUp", "offices.csv", "920100,prefecture,920000", "920100,prefecture,920200",
               "offices.csv:5: parent: '920200' is not of a higher level (R-201)"},
        Broken{"OfficeTwice", "offices.csv", "910000,province,900000,Harbour",
               "920000,province,900000,Harbour",
               "offices.csv:4: code: '920000' stands twice (R-201)"},
        Broken{"UnknownLocality", "area_codes.csv", "021,930000", "021,930001",
               "area_codes.csv:3: locality: '930001' there is no such office (R-108)"},
        Broken{"ExchangeOfNoArea", "exchanges.csv", "0330,2,920300", "0339,2,920300",
               "exchanges.csv:2: area_code: '0339' is no area code of the pack (R-108)"},
        Broken{"ShortMobilePrefix", "mobile_prefixes.csv", "1900,910000", "190,910000",
               "mobile_prefixes.csv:2: prefix: '190' must be 4 to 7 digits (R-109)"},
        Broken{"MobileOfNoLocality", "mobile_prefixes.csv", "1900,910000", "1900,920000",
               "mobile_prefixes.csv:2: locality: '920000' is no locality: it has no area code "
               "(R-109)"},
        Broken{"LineBoundTwice", "lines.csv", "+9992000910000", "+9992000900000",
               "lines.csv:3: number: '+9992000900000' is bound to 900000 already (R-117)"},
        Broken{"LineOfNoOffice", "lines.csv", "910000,+999", "919999,+999",
               "lines.csv:3: office: '919999' there is no such office (R-117)"},
        Broken{"BadLineDate", "lines.csv", "+9992000910000,2024-01-08", "+9992000910000,2024-02-30",
               "lines.csv:3: open_from: '2024-02-30' is no date YYYY-MM-DD (R-203)"},
        Broken{"BadJson", "pack.json", "\"number\": \"2345\",", "\"number\": \"2345\"",
               "pack.json:4: is no JSON"},
        Broken{"UnknownJsonField", "pack.json", "\"number\"", "\"numbr\"", "pack.json:3: "},
        Broken{"UnknownZone", "pack.json", "Europe/Lisbon", "Europe/Lisbonne",
               "pack.json:8: time_zone: 'Europe/Lisbonne' is no IANA time zone (R-114)"},
        Broken{"UnknownPolicy", "pack.json", "\"policy\": \"standard\"", "\"policy\": \"strict\"",
               "pack.json:16: policy: 'strict' is no policy of the pack (R-401)"},
        Broken{"BadInterval", "hours.json", "\"0", "\"7", "hours.json:"}),
    [](const auto& info) { return info.param.name; });

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
