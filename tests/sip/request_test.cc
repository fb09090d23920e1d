#include "sip/request.h"

#include <gtest/gtest.h>

#include "tests/sip/messages.h"

// From a message to a command: without sockets.

namespace tierline::sip {
namespace {

using routing::v1::ReceiveCallRequest;
using routing::v1::ReportCallRequest;
using testing::Invite;
using testing::Message;
using testing::ReportText;

Settings TheSettings() {
  return {.platform = "sip", .trunk_area = "010", .trunk_groups = {{"hefei-1", "0551"}}};
}

ReceiveCallRequest CallOf(const Invite& invite) {
  const Message message(invite.Text());
  const auto read = ReadInvite(*message, TheSettings());
  if (const auto* call = std::get_if<ReceiveCallRequest>(&read)) return *call;
  ADD_FAILURE() << std::get<Answer>(read).status << " " << invite.Text();
  return {};
}

Answer RefusalOf(const Invite& invite) {
  const Message message(invite.Text());
  const auto read = ReadInvite(*message, TheSettings());
  if (const auto* refusal = std::get_if<Answer>(&read)) return *refusal;
  ADD_FAILURE() << "taken: " << invite.Text();
  return {};
}

TEST(SipRequest, InviteIsACallThatTheServersClockDates) {
  const ReceiveCallRequest request = CallOf({});
  EXPECT_EQ(request.platform(), "sip");
  EXPECT_EQ(request.switch_call_id(), "a84b4c76e66710@switch.example");
  EXPECT_TRUE(request.arrival_by_server());
  EXPECT_EQ(request.call().arrived_at_ms(), 0);
  EXPECT_EQ(request.call().dialled(), "12371");
  EXPECT_EQ(request.call().caller(), "055162345678");
  EXPECT_EQ(request.call().trunk_area(), "010");
}

//
TEST(SipRequest, DialledIsTheUserOfTheRequestUri) {
  const struct {
    const char* target;
    const char* dialled;
  } rows[] = {
      {"sip:12371@tierline.example", "12371"},
      {"sip:055112371@tierline.example;user=phone", "055112371"},
      {"sip:+8655112371@tierline.example", "+8655112371"},
      {"sip:%2B8655112371@tierline.example", "+8655112371"},
      {"sip:12371;phone-context=+86551@tierline.example", "12371"},
      {"tel:12371;phone-context=+86", "12371"},
      {"tel:+86-551-12371", "+86-551-12371"},
      {"sips:12371@tierline.example:5061", "12371"},
      {"sip:tierline.example", ""},
      {"sip:%FF12371@tierline.example", "?12371"},
      {"sip:12371%00%E9@tierline.example", "12371??"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(CallOf({.target = row.target}).call().dialled(), row.dialled) << row.target;
  }
}

// R-110, RFC 3325
TEST(SipRequest, AssertedIdentityGoesBeforeFrom) {
  const struct {
    const char* more;
    const char* caller;
  } rows[] = {
      {"P-Asserted-Identity: <sip:+8613805511234@core.example>\n", "+8613805511234"},
      {"P-Asserted-Identity: \"Li\" <tel:+86-138-0551-1234>\n", "+86-138-0551-1234"},
      {"P-Asserted-Identity: <sip:li@core.example>, <tel:+8613805511234>\n", "+8613805511234"},
      {"P-Asserted-Identity: <sip:li@core.example>\n", "055162345678"},
      {"P-Asserted-Identity: <tel:62345678;phone-context=+86551>\n", "+8655162345678"},
      {"P-Asserted-Identity: <sip:62345678;phone-context=+86551@core.example>\n", "+8655162345678"},
      {"P-Asserted-Identity: <tel:62345678;phone-context=core.example>\n", "62345678"},
      {"P-Asserted-Identity: <sip:%FF123@core.example>\n", "055162345678"},
      {"P-Asserted-Identity: <sip:123%FF@core.example>\n", "123?"},
      {"Privacy: none\nP-Asserted-Identity: <tel:+8613805511234>\n", "+8613805511234"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(CallOf({.more = row.more}).call().caller(), row.caller) << row.more;
  }
}

// R-110, RFC 3323: the number of who wishes so goes no further than this, whoever asserts it.
TEST(SipRequest, WithheldNumbersAreLeftOut) {
  const char asserted[] = "P-Asserted-Identity: <tel:+8613805511234>\n";
  const struct {
    const char* from;
    const char* privacy;
  } rows[] = {
      {"<sip:055162345678@switch.example>", "Privacy: id\n"},
      {"<sip:055162345678@switch.example>", "Privacy: header;user;critical\n"},
      {"<sip:055162345678@switch.example>", "Privacy: ID;critical\n"},
      {"\"Anonymous\" <sip:anonymous@anonymous.invalid>", ""},
      {"<sip:anonymous@switch.example>", ""},
      {"<sip:Restricted@switch.example>", ""},
      {"Anonymous <sip:055162345678@switch.example>", ""},
      {"<sip:switch.example>", "P-Preferred-Identity: <tel:+8613805511234>\n"},
  };
  for (const auto& row : rows) {
    Invite invite{.from = row.from, .more = row.privacy};
    if (invite.from != "<sip:switch.example>") invite.more += asserted;
    EXPECT_EQ(CallOf(invite).call().caller(), "") << row.from << row.privacy;
  }
}

// A field of a proto holds UTF-8 alone: an escape stands for any byte.
TEST(SipRequest, BytesThatNoNumberHasAreLeftOutOfTheCaller) {
  const struct {
    const char* from;
    const char* caller;
  } rows[] = {
      {"<sip:%FF123@switch.example>", "?123"},
      {"<sip:12%C3%28@switch.example>", "12?("},
      {"<sip:123;phone-context=%2B86%FF@switch.example>", "+86?123"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(CallOf({.from = row.from}).call().caller(), row.caller) << row.from;
  }
}

TEST(SipRequest, TrunkGroupOfTheContactNamesTheArea) {
  const struct {
    const char* contact;
    const char* area;
  } rows[] = {
      {"<sip:1;tgrp=hefei-1;trunk-context=switch.example@192.0.2.1>", "0551"},
      {"<sip:1;tgrp=0571;trunk-context=switch.example@192.0.2.1>", "0571"},
      {"<sip:1;tgrp=other;trunk-context=switch.example@192.0.2.1>", "010"},
      {"<sip:1;tgrp=0;trunk-context=switch.example@192.0.2.1>", "010"},
      {"<sip:192.0.2.1>", "010"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(CallOf({.contact = row.contact}).call().trunk_area(), row.area) << row.contact;
  }
}

TEST(SipRequest, RefusesWhatCanBeNoCall) {
  EXPECT_EQ(RefusalOf({.target = "mailto:12371@tierline.example"}).status, 416);
  EXPECT_EQ(RefusalOf({.target = "sip:" + std::string(65, '1') + "@tierline.example"}).status, 414);
  const Answer refusal = RefusalOf({.call_id = std::string(129, 'x')});
  EXPECT_EQ(refusal.status, 400);
  EXPECT_NE(refusal.reason.find("Call-ID"), std::string::npos);
  EXPECT_EQ(RefusalOf({.call_id = "\xff@switch.example"}).status, 400);
}

TEST(SipRequest, LongCallersAreCutAndStillCall) {
  const std::string user(100, '7');
  EXPECT_EQ(CallOf({.from = "<sip:" + user + "@switch.example>"}).call().caller().size(), 64u);
}

// The inquiry is the same whenever the call comes and through whichever replica, and is another one
// for another platform.
TEST(SipRequest, CallIdAndPlatformNameTheInquiry) {
  EXPECT_EQ(InquiryIdOf(TheSettings(), "a@b"), InquiryIdOf(TheSettings(), "a@b"));
  EXPECT_NE(InquiryIdOf(TheSettings(), "a@b"), InquiryIdOf(TheSettings(), "a@c"));
  EXPECT_NE(InquiryIdOf(TheSettings(), "a@b"), InquiryIdOf({.platform = "other"}, "a@b"));
}

constexpr char kReport[] =
    "Call-ID: a84b4c76e66710@switch.example\nSequence: 3\n"
    "Time: 2009-04-01T10:00:05.120+08:00\nEvent: ended\nCause: caller-hung-up\n";

std::variant<ReportCallRequest, Answer> Read(const std::string& body,
                                             const std::string& type = "text/plain") {
  const Message message(ReportText(body, type));
  return ReadReport(*message, TheSettings());
}

//
TEST(SipRequest, MessageIsAReport) {
  const auto read = Read(kReport);
  const auto* report = std::get_if<ReportCallRequest>(&read);
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->inquiry_id(), InquiryIdOf(TheSettings(), "a84b4c76e66710@switch.example"));
  EXPECT_EQ(report->sequence(), 3);
  EXPECT_EQ(report->switch_time_ms(), 1238551205120);
  EXPECT_EQ(report->kind(), events::v1::CALL_REPORT_KIND_ENDED);
  EXPECT_EQ(report->cause(), events::v1::CALL_END_CAUSE_CALLER_HUNG_UP);
}

TEST(SipRequest, LinesOfAReportComeInAnyOrderAndOthersMeanNothing) {
  const auto read =
      Read("event: offered\nX-Server: 1\n\ntime:2009-04-01T02:00:00Z\nSEQUENCE:1\ncall-id: a@b\n",
           "text/plain;charset=utf-8");
  ASSERT_TRUE(std::holds_alternative<ReportCallRequest>(read));
  EXPECT_EQ(std::get<ReportCallRequest>(read).kind(), events::v1::CALL_REPORT_KIND_OFFERED);
}

TEST(SipRequest, RefusesReportsThatCanNotBeReadAndSaysWhy) {
  const struct {
    const char* line;
    const char* instead;
    const char* why;
  } rows[] = {
      {"Call-ID: a84b4c76e66710@switch.example\n", "", "a report needs Call-ID"},
      {"Call-ID:", "The-Call-ID:", "a report needs Call-ID"},
      {"Sequence: 3\n", "", "a report needs Sequence"},
      {"Event: ended\n", "", "a report needs Event"},
      {"Sequence: 3", "Sequence: three", "no sequence that can be read"},
      {"2009-04-01T10:00:05.120+08:00", "10:00", "no time that can be read"},
      {"2009-04-01T10:00:05.120+08:00", "1970-01-01T00:00:00Z", "no time that can be read"},
      {"Event: ended", "Event: exploded", "no event that can be read"},
      {"Event: ended", "Event: unspecified", "no event that can be read"},
      // Whoever reports these is to ring the next office, which no answer here names.
      {"Event: ended", "Event: busy", "no event that can be read"},
      {"Event: ended", "Event: ring-timeout", "no event that can be read"},
      {"caller-hung-up", "boredom", "no cause that can be read"},
  };
  for (const auto& row : rows) {
    const auto read = Read(absl::StrReplaceAll(kReport, {{row.line, row.instead}}));
    ASSERT_TRUE(std::holds_alternative<Answer>(read)) << row.line;
    EXPECT_EQ(std::get<Answer>(read).status, 400);
    EXPECT_NE(std::get<Answer>(read).reason.find(row.why), std::string::npos)
        << std::get<Answer>(read).reason;
  }
  EXPECT_EQ(std::get<Answer>(Read(kReport, "application/sdp")).status, 415);
  EXPECT_EQ(std::get<Answer>(Read("")).status, 400);
}

}  // namespace
}  // namespace tierline::sip
