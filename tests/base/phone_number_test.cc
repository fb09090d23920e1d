#include "base/phone_number.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>  // needs gtest before it

#include <string>
#include <type_traits>
#include <vector>

namespace tierline {
namespace {

// No result owns memory.
static_assert(std::is_trivially_copyable_v<Dialled>);
static_assert(std::is_trivially_copyable_v<Caller>);

NumberingRules MakeRules() {
  NumberingRules rules;
  rules.short_number = "12371";
  return rules;
}

const NumberingRules& Rules() {
  static const auto* const rules = new NumberingRules(MakeRules());
  return *rules;
}

std::string DialledArea(const std::string& text) {
  const auto dialled = ParseDialled(text, Rules());
  return dialled.ok() ? std::string(dialled->area_code.view()) : "refused";
}

// "landline 0551 62345678"
std::string Describe(const Caller& caller) {
  const auto name = [&] {
    switch (caller.kind) {
      case CallerKind::kWithheld:
        return "withheld";
      case CallerKind::kForeign:
        return "foreign";
      case CallerKind::kShort:
        return "short";
      case CallerKind::kMobile:
        return "mobile";
      case CallerKind::kLandline:
        return "landline";
      case CallerKind::kMalformed:
        return "malformed";
    }
    return "?";
  };
  std::string text = name();
  for (const Digits& part : {caller.area_code, caller.digits}) {
    if (!part.empty()) text += " " + std::string(part.view());
  }
  return text;
}

std::string ReadCaller(const std::string& text, const std::string& trunk_area = "0551") {
  return Describe(ParseCaller(text, trunk_area, Rules()));
}

// R-111, case 1
TEST(PhoneNumber, ReadsEveryDialledForm) {
  struct Row {
    const char* text;
    const char* area;
  };
  for (const Row& row : std::vector<Row>{{"12371", ""},
                                         {" 1-2371 ", ""},
                                         {"１２３７１", ""},
                                         {"01012371", "010"},
                                         {"055112371", "0551"},
                                         {"0551 12371", "0551"},
                                         {"0551-12371", "0551"},
                                         {"0551—12371", "0551"},
                                         {"0551－12371", "0551"},
                                         {"(0551)12371", "0551"},
                                         {"（0551）　12371", "0551"},
                                         {"０５５１１２３７１", "0551"},
                                         {"+8655112371", "0551"},
                                         {"＋８６ 551 12371", "0551"},
                                         {"008655112371", "0551"},
                                         {"8655112371", "0551"},
                                         {"+861012371", "010"},
                                         {"02112371", "021"},
                                         {"02912371", "029"},
                                         {"099912371", "0999"}}) {
    EXPECT_EQ(DialledArea(row.text), row.area) << row.text;
  }
}

TEST(PhoneNumber, RefusesAnythingElseThatIsDialled) {
  for (const char* text : {"",
                           " ",
                           "1237",
                           "123711",
                           "12372",
                           "012371",
                           "0012371",
                           "01112371",
                           "0112371",
                           "05511237",
                           "0551123710",
                           "0055112371",
                           "+12371",
                           "+8612371",
                           "8612371",
                           "+86055112371",
                           "+85255112371",
                           "+055112371",
                           "0551+12371",
                           "++8655112371",
                           "12371#",
                           "abc",
                           "1237１1",
                           "12371\xEF\xBC",
                           "\xFF"
                           "12371",
                           "055１a12371",
                           "0000000000000000000000000000012371"}) {
    EXPECT_EQ(DialledArea(text), "refused") << text;
  }
}

TEST(PhoneNumber, ARefusalNamesThePositionAndNeverADigit) {
  struct Row {
    const char* text;
    const char* message;
  };
  for (const Row& row : std::vector<Row>{
           {"(0551) 12372", "dialled: ***: no number form of 12 bytes, does not fit from byte 11"},
           {"0551x12371", "dialled: ***: no number form of 10 bytes, does not fit from byte 4"},
           {"055112", "dialled: ***: no number form of 6 bytes, does not fit from byte 6"},
           {"138 0013 8000", "dialled: ***: no number form of 13 bytes, does not fit from byte 0"},
           {"０５５１９", "dialled: ***: no number form of 15 bytes, does not fit from byte 12"}}) {
    const auto dialled = ParseDialled(row.text, Rules());
    EXPECT_TRUE(absl::IsInvalidArgument(dialled.status())) << row.text;
    EXPECT_EQ(std::string(dialled.status().message()), std::string(row.message) + " (R-111)");
  }
}

// R-109, R-111, case 2
TEST(PhoneNumber, ReadsEveryCallerForm) {
  struct Row {
    const char* text;
    const char* caller;
  };
  for (const Row& row : std::vector<Row>{{"13800138000", "mobile 13800138000"},
                                         {"013800138000", "mobile 13800138000"},
                                         {"+86 138-0013-8000", "mobile 13800138000"},
                                         {"008613800138000", "mobile 13800138000"},
                                         {"8613800138000", "mobile 13800138000"},
                                         {"１３８００１３８０００", "mobile 13800138000"},
                                         {"17012345678", "mobile 17012345678"},
                                         {"13491234567", "mobile 13491234567"},
                                         {"055162345678", "landline 0551 62345678"},
                                         {"(0551) 6234-5678", "landline 0551 62345678"},
                                         {"+8655162345678", "landline 0551 62345678"},
                                         {"008655162345678", "landline 0551 62345678"},
                                         {"8655162345678", "landline 0551 62345678"},
                                         {"01062345678", "landline 010 62345678"},
                                         {"+861062345678", "landline 010 62345678"},
                                         {"861062345678", "landline 010 62345678"},
                                         {"07282345678", "landline 0728 2345678"},
                                         {"62345678", "landline 0551 62345678"},
                                         {"2345678", "landline 0551 2345678"}}) {
    EXPECT_EQ(ReadCaller(row.text), row.caller) << row.text;
  }
}

// case 2
TEST(PhoneNumber, ALocalNumberTakesTheAreaOfItsTrunkIfThatIsOne) {
  EXPECT_EQ(ReadCaller("62345678", "010"), "landline 010 62345678");
  EXPECT_EQ(ReadCaller("62345678", "0728"), "landline 0728 62345678");
  EXPECT_EQ(ReadCaller("055162345678", "010"), "landline 0551 62345678");
  for (const char* bad : {"", "0", "05", "05511", "0abc", "055x", "011"}) {
    EXPECT_EQ(ReadCaller("62345678", bad), "landline 62345678") << bad;
  }
}

// R-110, cases 4, 5 and 6: such a caller has no region.
TEST(PhoneNumber, TellsCallersWithoutARegion) {
  struct Row {
    const char* text;
    const char* caller;
  };
  for (const Row& row : std::vector<Row>{{"", "withheld"},
                                         {"  ", "withheld"},
                                         {"　", "withheld"},
                                         {"anonymous", "withheld"},
                                         {" Anonymous ", "withheld"},
                                         {"WITHHELD", "withheld"},
                                         {"unknown", "withheld"},
                                         {"restricted", "withheld"},
                                         {"+85223456789", "foreign 85223456789"},
                                         {"0085223456789", "foreign 85223456789"},
                                         {"+853 2834 5678", "foreign 85328345678"},
                                         {"+886 2 2345 6789", "foreign 886223456789"},
                                         {"+1 212 555 0123", "foreign 12125550123"},
                                         {"110", "short 110"},
                                         {"12345", "short 12345"},
                                         {"12371", "short 12371"},
                                         {"10086", "short 10086"},
                                         {"+8610086", "short 10086"},
                                         {"95588", "short 95588"},
                                         {"95123456", "short 95123456"},
                                         {"4008123456", "short 4008123456"},
                                         {"+864006123456", "short 4006123456"},
                                         {"8008101234", "short 8008101234"},
                                         {"1064912345678", "short 1064912345678"}}) {
    EXPECT_EQ(ReadCaller(row.text), row.caller) << row.text;
  }
}

TEST(PhoneNumber, AMalformedCallerKeepsNoDigit) {
  for (const char* text : {"1",
                           "12",
                           "-",
                           "+",
                           "0",
                           "00",
                           "+86",
                           "+852",
                           "1380013800",
                           "138001380000",
                           "0551",
                           "05516",
                           "0551623456",
                           "0551623456789",
                           "01162345678",
                           "+8601062345678",
                           "+013800138000",
                           "+1234567890123456",
                           "623456789",
                           "13800138",
                           "sip:x",
                           "138\xE5"
                           "00138000",
                           "6234+5678",
                           "anonymous1",
                           "00000000000000000000000000000000"}) {
    const Caller caller = ParseCaller(text, "0551", Rules());
    EXPECT_EQ(Describe(caller), "malformed") << text;
    EXPECT_TRUE(absl::IsInvalidArgument(CallerError(caller))) << text;
  }
  const Caller caller = ParseCaller("0551 623x5678", "0551", Rules());
  EXPECT_EQ(std::string(CallerError(caller).message()),
            "caller: ***: no number form of 13 bytes, does not fit from byte 8 (R-111)");
  EXPECT_TRUE(CallerError(ParseCaller("13800138000", "0551", Rules())).ok());
}

// R-108, R-109
TEST(PhoneNumber, GivesTheKeysOfTheNumberPlan) {
  const Caller mobile = ParseCaller("+8613800138000", "", Rules());
  EXPECT_EQ(MobileSegment(mobile, Rules()), "1380013");
  EXPECT_EQ(LandlineExchange(mobile, 4), "");
  const Caller landline = ParseCaller("028 6234 5678", "", Rules());
  EXPECT_EQ(LandlineExchange(landline, 4), "6234");
  EXPECT_EQ(LandlineExchange(landline, 1), "6");
  EXPECT_EQ(LandlineExchange(landline, 99), "62345678");
  EXPECT_EQ(MobileSegment(landline, Rules()), "");
}

TEST(PhoneNumber, AnotherCountryIsAMatterOfRules) {
  NumberingRules rules;
  rules.short_number = "2345";
  rules.country_code = "999";
  rules.international_prefix = "011";
  rules.trunk_prefix = "";
  rules.area_codes = {{"2", 2, 2}, {"3", 3, 3}};
  rules.subscriber_digits_min = rules.subscriber_digits_max = 6;
  rules.mobiles = {{"7", 9, 9}};
  rules.mobile_segment_digits = 3;
  rules.services = {};
  rules.short_digits_max = 4;
  ASSERT_TRUE(ValidateNumbering(rules).ok()) << ValidateNumbering(rules);
  EXPECT_EQ(ParseDialled("2345", rules)->area_code.view(), "");
  EXPECT_EQ(ParseDialled("+999 330 2345", rules)->area_code.view(), "330");
  EXPECT_EQ(ParseDialled("011999212345", rules)->area_code.view(), "21");
  EXPECT_EQ(Describe(ParseCaller("011 999 21 234567", "21", rules)), "landline 21 234567");
  EXPECT_EQ(Describe(ParseCaller("234567", "21", rules)), "landline 21 234567");
  EXPECT_EQ(Describe(ParseCaller("+8613800138000", "21", rules)), "foreign 8613800138000");
  EXPECT_EQ(MobileSegment(ParseCaller("712345678", "21", rules), rules), "712");
}

// The digits as someone may write them: full-width or not, a separator before any.
std::string AnyWriting(const std::string& digits) {
  static const std::vector<std::string> kSeparators = {"",   " ",  "-", "(", ")",
                                                       "　", "－", "‐", "–"};
  std::string text;
  for (const char digit : digits) {
    text += *rc::gen::elementOf(kSeparators);
    const bool wide = *rc::gen::arbitrary<bool>();
    if (digit == '+') {
      text += wide ? "＋" : "+";
    } else {
      text += wide ? std::string("\xEF\xBC") + static_cast<char>(0x90 + (digit - '0'))
                   : std::string(1, digit);
    }
  }
  return text;
}

std::string AnyNumber() {
  static const std::vector<std::string> kHeads = {"",     "0",    "00",  "+",   "86",    "+86",
                                                  "0086", "0551", "010", "138", "12371", "+852"};
  return *rc::gen::elementOf(kHeads) +
         *rc::gen::container<std::string>(rc::gen::inRange<char>('0', '9' + 1)) +
         *rc::gen::elementOf(std::vector<std::string>{"", "12371"});
}

RC_GTEST_PROP(PhoneNumberProperty, FormattingDoesNotMatter, ()) {
  const std::string plain = AnyNumber();
  RC_PRE(!plain.empty());
  const std::string written = AnyWriting(plain);
  RC_ASSERT(ReadCaller(plain) == ReadCaller(written));
  RC_ASSERT(DialledArea(plain) == DialledArea(written));
}

RC_GTEST_PROP(PhoneNumberProperty, AnyBytesHaveAnAnswer, (const std::string& text)) {
  const Caller caller = ParseCaller(text, text, Rules());
  RC_ASSERT(CallerError(caller).ok() == (caller.kind != CallerKind::kMalformed));
  RC_ASSERT(caller.offending_byte <= text.size());
  const auto dialled = ParseDialled(text, Rules());
  RC_ASSERT(dialled.ok() || absl::IsInvalidArgument(dialled.status()));
}

// A character cut in two is never read as a digit.
RC_GTEST_PROP(PhoneNumberProperty, ATextCutInsideACharacterIsRefusedThere, ()) {
  const std::string text = AnyWriting(AnyNumber());
  const std::string cut = text + std::string("\xEF\xBC");
  RC_ASSERT(DialledArea(cut) == "refused");
  const Caller caller = ParseCaller(cut, "0551", Rules());
  RC_ASSERT(caller.kind == CallerKind::kMalformed);
  RC_ASSERT(caller.offending_byte <= text.size());
}

RC_GTEST_PROP(PhoneNumberProperty, EveryAreaReachesItself, ()) {
  const int area =
      *rc::gen::oneOf(rc::gen::just(10), rc::gen::inRange(20, 30), rc::gen::inRange(300, 1000));
  const std::string code = std::to_string(area);
  for (const char* access : {"0", "+86", "0086", "86"}) {
    RC_ASSERT(DialledArea(access + code + "12371") == "0" + code);
  }
}

}  // namespace
}  // namespace tierline
