// One row for each kind of fault that a pack can have, with what is said about it.
#include <gtest/gtest.h>

#include "directory/pack_reader.h"
#include "tests/kit/packs.h"

namespace tierline::directory {
namespace {

// In `file` of the second pack, `from` becomes `to`; the first fault is `says`.
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
  auto files = kit::PackFiles("demo-2345");
  std::string& content = files[broken.file];
  const size_t at = content.find(broken.from);
  ASSERT_NE(at, std::string::npos);
  content.replace(at, std::string_view(broken.from).size(), broken.to);
  const auto pack = ReadPack(files);
  ASSERT_FALSE(pack.ok());
  const std::string message(pack.status().message());
  EXPECT_EQ(message.substr(0, message.find('\n')), broken.says);
}

std::string NameOf(const testing::TestParamInfo<Broken>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Tables, BrokenPack,
    testing::Values(Broken{"UnknownColumn", "offices.csv", "code,level", "code,rank",
                           "offices.csv:1: 'rank' is no column of this table"},
                    Broken{"ColumnTwice", "offices.csv", "code,level", "code,code",
                           "offices.csv:1: 'code' stands twice"},
                    Broken{"MissingColumn", "fees.csv", "level,from_month,", "level,",
                           "fees.csv:1: the column 'from_month' is missing"},
                    Broken{"MissingCell", "offices.csv", "Harbour,false", "Harbour",
                           "offices.csv:3: has 4 columns, the header 5"},
                    Broken{"OpenQuote", "offices.csv", "Harbour", "\"Harbour",
                           "offices.csv:3: a quote is not closed, or text follows one"},
                    Broken{"TextAfterQuote", "offices.csv", "Harbour", "\"Harb\"our",
                           "offices.csv:3: a quote is not closed, or text follows one"},
                    Broken{"NotUtf8", "offices.csv", "Harbour", "Harb\xF6r",
                           "offices.csv:3: is not UTF-8"},
                    Broken{"NoLevel", "offices.csv", "910000,province", "910000,region",
                           "offices.csv:3: level: 'region' is no value of this column"},
                    Broken{"NoTruth", "offices.csv", "Millbridge,true", "Millbridge,yes",
                           "offices.csv:5: provincial_seat: 'yes' is no value of this column"},
                    Broken{"NoNumber", "fees.csv", "1500", "15.00",
                           "fees.csv:3: fen_per_month: '15.00' is no value of this column"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Offices, BrokenPack,
    testing::Values(
        Broken{"OfficeCode", "offices.csv", "910000,", "91000,",
               "offices.csv:3: code: '91000' must be six digits (R-201)"},
        Broken{"OfficeTwice", "offices.csv", "910000,province", "920000,province",
               "offices.csv:4: code: '920000' stands twice (R-201)"},
        Broken{"NoName", "offices.csv", "Harbour", "",
               "offices.csv:3: name: '' must not be empty (R-201)"},
        Broken{"UnknownParent", "offices.csv", "910000,province,900000", "910000,province,999999",
               "offices.csv:3: parent: '999999' there is no such office (R-201)"},
        Broken{"LevelsGoUp", "offices.csv", "920100,prefecture,920000", "920100,prefecture,920200",
               "offices.csv:5: parent: '920200' is not of a higher level (R-201)"},
        Broken{"ItsOwnParent", "offices.csv", "910000,province,900000", "910000,province,910000",
               "offices.csv:3: parent: '910000' is not of a higher level (R-201)"},
        Broken{
            "TwoRoots", "offices.csv", "910000,province,900000", "910000,province,",
            "offices.csv:3: parent: '' there is another office without a parent; one is the root "
            "(R-201)"},
        Broken{"NoRoot", "offices.csv", "900000,central,,", "900000,central,910000,",
               "offices.csv:1: offices: '' no office is the root (R-201)"},
        Broken{"TwoSeats", "offices.csv", "Stonefield,false", "Stonefield,true",
               "offices.csv:6: provincial_seat: '920200' is another seat of its province (R-105)"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    NumberPlan, BrokenPack,
    testing::Values(
        Broken{"AreaWithoutTrunkPrefix", "area_codes.csv", "021,930000", "21,930000",
               "area_codes.csv:3: area_code: '21' must be 2 to 5 digits that begin with the trunk "
               "prefix (R-102)"},
        Broken{"AreaTwice", "area_codes.csv", "0320,920200", "0310,920100",
               "area_codes.csv:6: area_code: '0310' stands twice for this locality (R-108)"},
        Broken{"UnknownLocality", "area_codes.csv", "021,930000", "021,930001",
               "area_codes.csv:3: locality: '930001' there is no such office (R-108)"},
        Broken{"RootAsLocality", "area_codes.csv", "021,930000", "021,900000",
               "area_codes.csv:3: locality: '900000' the central office is no locality (R-108)"},
        Broken{"LocalityInLocality", "area_codes.csv", "021,930000", "021,920000",
               "area_codes.csv:4: locality: '920100' lies in the locality 920000 (R-107)"},
        Broken{"SeatWithoutArea", "offices.csv", "Uplands,false", "Uplands,true",
               "offices.csv:4: provincial_seat: '920000' has no area code (R-105)"},
        Broken{"ExchangeOfNoArea", "exchanges.csv", "0330,2,920300", "0339,2,920300",
               "exchanges.csv:2: area_code: '0339' is no area code of the pack (R-108)"},
        Broken{"ExchangeTooLong", "exchanges.csv", "0330,45,", "0330,45678,",
               "exchanges.csv:3: prefix: '45678' must be 1 to 4 digits (R-108)"},
        Broken{"ExchangeTwice", "exchanges.csv", "0330,45,", "0330,2,",
               "exchanges.csv:3: prefix: '2' stands twice in this area (R-108)"},
        Broken{"ExchangeOfNoOffice", "exchanges.csv", "45,920400", "45,920409",
               "exchanges.csv:3: locality: '920409' there is no such office (R-108)"},
        Broken{"ExchangeOutOfItsArea", "exchanges.csv", "45,920400", "45,920100",
               "exchanges.csv:3: locality: '920100' is not served by this area code (R-108)"},
        Broken{"MobileTooShort", "mobile_prefixes.csv", "1900,", "190,",
               "mobile_prefixes.csv:2: prefix: '190' must be 4 to 7 digits (R-109)"},
        Broken{"MobileTwice", "mobile_prefixes.csv", "1911,", "1900,",
               "mobile_prefixes.csv:5: prefix: '1900' stands twice (R-109)"},
        Broken{"MobileOfNoLocality", "mobile_prefixes.csv", "1900,910000", "1900,920000",
               "mobile_prefixes.csv:2: locality: '920000' is no locality: it has no area code "
               "(R-109)"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Lines, BrokenPack,
    testing::Values(
        Broken{"LineOfNoOffice", "lines.csv", "910000,+", "919999,+",
               "lines.csv:3: office: '919999' there is no such office (R-117)"},
        Broken{"SecondLine", "lines.csv", "910000,+", "900000,+",
               "lines.csv:3: office: '900000' has a line already; one per office (R-117)"},
        Broken{"LineWithoutPlus", "lines.csv", "+9992000910000", "9992000910000",
               "lines.csv:3: number: '9992000910000' must be E.164: + and 4 to 15 digits (R-117)"},
        Broken{"LineBoundTwice", "lines.csv", "+9992000910000", "+9992000900000",
               "lines.csv:3: number: '+9992000900000' is bound to 900000 already (R-117)"},
        Broken{"NoDate", "lines.csv", "+9992000910000,2024-01-08", "+9992000910000,2024-02-30",
               "lines.csv:3: open_from: '2024-02-30' is no date YYYY-MM-DD (R-203)"},
        Broken{"ClosedBeforeOpen", "lines.csv", "+9992000910000,2024-01-08,",
               "+9992000910000,2024-01-08,2024-01-08",
               "lines.csv:3: open_until: '2024-01-08' is not after the day of opening (R-202)"},
        Broken{"ClosedNeverOpen", "lines.csv", "+9992000910000,2024-01-08,",
               "+9992000910000,,2024-01-08",
               "lines.csv:3: open_until: '2024-01-08' is not after the day of opening (R-202)"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Calendar, BrokenPack,
    testing::Values(
        Broken{"NoDay", "calendar.csv", "2024-05-02", "2024-5-2",
               "calendar.csv:3: date: '2024-5-2' is no date YYYY-MM-DD (R-114)"},
        Broken{"DayTwice", "calendar.csv", "2024-05-03", "2024-05-02",
               "calendar.csv:4: date: '2024-05-02' stands twice (R-114)"},
        Broken{"NoKind", "calendar.csv", "2024-05-11,workday", "2024-05-11,half",
               "calendar.csv:5: kind: 'half' must be holiday or workday (R-114)"},
        Broken{"NoInterval", "hours.json", "09:00-18:00", "9-18",
               "hours.json:6: intervals[0]: '9-18' is no interval such as 08:30-12:00 (R-114)"},
        Broken{"IntervalBackwards", "hours.json", "08:00-15:00", "15:00-08:00",
               "hours.json:17: intervals[0]: '15:00-08:00' is no interval such as 08:30-12:00 "
               "(R-114)"},
        Broken{"NoSeasonDate", "hours.json", "09-15", "09-31",
               "hours.json:15: until: '09-31' is no date MM-DD (R-114)"},
        Broken{"NoSpecialDate", "hours.json", "2024-08-15", "08-15",
               "hours.json:23: date: '08-15' is no date YYYY-MM-DD (R-114)"},
        Broken{"HoursTwice", "hours.json", "\"id\": \"isles\"", "\"id\": \"standard\"",
               "hours.json:10: id: 'standard' stands twice (R-114)"},
        Broken{"HoursOfNoParent", "hours.json", "\"parent\": \"standard\"",
               "\"parent\": \"normal\"",
               "hours.json:11: parent: 'normal' there are no such hours (R-114)"},
        Broken{"HoursInACircle", "hours.json", "\"parent\": \"standard\"", "\"parent\": \"isles\"",
               "hours.json:11: parent: 'isles' its parents go in a circle (R-114)"},
        Broken{"UnknownHours", "hours.json", "\"hours\": \"isles\"", "\"hours\": \"iles\"",
               "hours.json:37: hours: 'iles' there are no such hours (R-114)"},
        Broken{"HoursOfNoOffice", "hours.json", "930000", "930009",
               "hours.json:36: office: '930009' there is no such office (R-114)"},
        Broken{"HoursOfAnOfficeTwice", "hours.json", "930000", "900000",
               "hours.json:36: office: '900000' stands twice (R-114)"},
        Broken{"RootWithoutHours", "hours.json", "900000", "910000",
               "hours.json:30: offices: '' the root office has no hours for the others to inherit "
               "(R-114)"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Hotline, BrokenPack,
    testing::Values(
        Broken{"NoJson", "pack.json", "\"2345\",", "\"2345\"",
               "pack.json:4: is no JSON: [json.exception.parse_error.101] parse error at line 4, "
               "column 9: syntax error while parsing object - unexpected string literal; expected "
               "'}'"},
        Broken{"UnknownField", "pack.json", "\"number\"", "\"numbr\"",
               "pack.json:3: numbr: Cannot find field."},
        Broken{"WrongType", "pack.json", "3600", "\"long\"",
               "pack.json:15: (unknown_after_s): invalid value \"long\" for type TYPE_INT32"},
        Broken{"ShortNumber", "pack.json", "\"2345\"", "\"23\"",
               "pack.json:3: number: '23' must be 3 to 8 digits (R-101)"},
        Broken{"CountryCode", "pack.json", "\"999\"", "\"+999\"",
               "pack.json:9: country_code: '+999' must be 1 to 3 digits (R-111)"},
        Broken{"Zone", "pack.json", "Europe/Lisbon", "Europe/Lisbonne",
               "pack.json:8: time_zone: 'Europe/Lisbonne' is no IANA time zone (R-114)"},
        Broken{"FormalBeforeTrial", "pack.json", "2024-02-05", "2024-01-07",
               "pack.json:11: formal_from: '2024-01-07' is before the trial (R-203)"},
        Broken{"NationalArea", "pack.json", "\"020\"", "\"029\"",
               "pack.json:12: national_area: '029' is no area code of the pack (R-110)"},
        Broken{"SeatDefault", "pack.json", "LEVEL_PREFECTURE", "LEVEL_COUNTY",
               "pack.json:13: seat_default: '' must be province or prefecture (R-105)"},
        Broken{"UnknownAfter", "pack.json", "3600", "0",
               "pack.json:15: unknown_after_s: '0' must be positive (R-119)"},
        Broken{"UnknownPolicy", "pack.json", "\"policy\": \"standard\"", "\"policy\": \"strict\"",
               "pack.json:16: policy: 'strict' is no policy of the pack (R-401)"},
        Broken{"Segment", "pack.json", "\"overflowToParent\": true",
               "\"numbering\": {\n  \"mobileSegmentDigits\": 8}",
               "pack.json:18: mobile_segment_digits: '8' must be 4 to 7 (R-109)"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Settings, BrokenPack,
    testing::Values(
        Broken{"KeysPerPage", "menus.json", "\"keysPerPage\": 3", "\"keysPerPage\": 10",
               "menus.json:2: keys_per_page: '10' must be 1 to 9 (R-116)"},
        Broken{"NoKey", "menus.json", "\"#\"", "\"+\"",
               "menus.json:5: back_key: '+' must be one key of a telephone (R-116)"},
        Broken{"KeyThatChooses", "menus.json", "\"nextPageKey\": \"7\"", "\"nextPageKey\": \"3\"",
               "menus.json:3: next_page_key: '3' means something else already (R-116)"},
        Broken{"KeyTwice", "menus.json", "\"#\"", "\"8\"",
               "menus.json:5: back_key: '8' means something else already (R-116)"},
        Broken{"NoTries", "menus.json", "\"tries\": 3", "\"tries\": 0",
               "menus.json:6: tries: '0' must be 1 to 9 (R-116)"},
        Broken{"PromptTwice", "menus.json", "shared_area_menu", "area_menu",
               "menus.json:16: id: 'area_menu' stands twice (R-116)"},
        Broken{"CategoryTwice", "categories.csv", "supply,", "billing,",
               "categories.csv:3: code: 'billing' stands twice (R-301)"},
        Broken{"CategoryWithoutName", "categories.csv", "停水", "",
               "categories.csv:3: name_zh: '' must not be empty (R-301)"},
        Broken{"PolicyVersion", "policies/standard.json", "\"version\": 1", "\"version\": 0",
               "policies/standard.json:3: version: '0' must be at least 1 (R-401)"},
        Broken{"NegativeSilence", "policies/standard.json", "1800", "-1800",
               "policies/standard.json:40: urgent_acknowledge_s: '-1800' must be 0 to 86400000 "
               "(R-407)"},
        Broken{"LimitTwice", "policies/standard.json", "\"id\": \"regional\"", "\"id\": \"supply\"",
               "policies/standard.json:23: id: 'supply' stands twice (R-401)"},
        Broken{
            "LimitOfCallBacks", "policies/standard.json", "\"id\": \"supply\"",
            "\"id\": \"callback\"",
            "policies/standard.json:15: id: 'callback' is the name of call-backs' clocks (R-113)"},
        Broken{"LimitWithoutAmount", "policies/standard.json", "\"workingDays\": 5,", "",
               "policies/standard.json:35: id: 'default' has no amount (R-401)"},
        Broken{"LimitOfNothing", "policies/standard.json", "14400", "0",
               "policies/standard.json:12: wall_s: '0' must be 1 to 86400000 (R-401)"},
        Broken{"LimitOfYears", "policies/standard.json", "\"workingDays\": 10",
               "\"workingDays\": 1001",
               "policies/standard.json:31: working_days: '1001' must be 1 to 1000 (R-401)"},
        Broken{"TwoAmounts", "policies/standard.json", "\"workingDays\": 10",
               "\"workingDays\": 10, \"wallS\": 3",
               "policies/standard.json:22: (limits[2]): invalid value oneof field 'amount' is "
               "already set. Cannot set 'wallS' for type oneof"},
        Broken{"UnknownCategory", "policies/standard.json", "\"ideas\"", "\"idea\"",
               "policies/standard.json:25: categories[0]: 'idea' is no category of the pack "
               "(R-401)"},
        Broken{"UnknownLevel", "policies/standard.json", "LEVEL_PROVINCE", "LEVEL_REGION",
               "policies/standard.json:29: (limits[2].levels[1]): invalid value \"LEVEL_REGION\" "
               "for type type.googleapis.com/tierline.base.v1.Level"},
        Broken{"WarningBeforeTheStart", "policies/standard.json", "\"warnWorkingSBefore\": 7200",
               "\"warnWorkingSBefore\": 28800",
               "policies/standard.json:20: warn_working_s_before: '28800' must be less than the "
               "limit itself (R-405)"},
        Broken{"WarningOfNothing", "policies/standard.json", "\"warnWorkingDaysBefore\": 2",
               "\"warnWorkingDaysBefore\": 0",
               "policies/standard.json:32: warn_working_days_before: '0' must be positive (R-405)"},
        Broken{"FeeMonth", "fees.csv", "province,2024-02", "province,2024-13",
               "fees.csv:3: from_month: '2024-13' is no month YYYY-MM (R-205)"},
        Broken{"FeeTwice", "fees.csv", "prefecture,", "province,",
               "fees.csv:4: from_month: '2024-02' stands twice for this level (R-205)"},
        Broken{"NegativeFee", "fees.csv", "1500", "-1500",
               "fees.csv:3: fen_per_month: '-1500' is negative (R-205)"}),
    NameOf);

}  // namespace
}  // namespace tierline::directory
