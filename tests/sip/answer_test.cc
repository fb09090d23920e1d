#include "sip/answer.h"

#include <gtest/gtest.h>

// From a decision to an answer.

namespace tierline::sip {
namespace {

using namespace events::v1;  // the actions

routing::v1::ReceiveCallResponse Received(
    RouteAction action, base::v1::Outcome outcome = base::v1::OUTCOME_UNSPECIFIED) {
  routing::v1::ReceiveCallResponse received;
  received.set_inquiry_id("an-id");
  received.mutable_decision()->set_action(action);
  if (action == ROUTE_ACTION_RING) received.mutable_decision()->set_line("+8655110000001");
  received.set_outcome(outcome);
  return received;
}

Settings TheSettings(const std::string& voicemail = "") {
  return {.gateway = "gw.example:5070", .voicemail = voicemail};
}

TEST(SipAnswer, ACallThatRingsMovesToTheLineOfTheOffice) {
  const Answer answer = AnswerTo(Received(ROUTE_ACTION_RING), TheSettings());
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(answer.contact, "<sip:+8655110000001@gw.example:5070;user=phone>");
  EXPECT_EQ(answer.inquiry_id, "an-id");
  EXPECT_EQ(answer.reason, "");
}

//
TEST(SipAnswer, OutOfHoursMovesToTheVoicemailIfThereIsOne) {
  const Answer moved = AnswerTo(Received(ROUTE_ACTION_VOICE), TheSettings("sip:voice@vm.example"));
  EXPECT_EQ(moved.status, 302);
  EXPECT_EQ(moved.contact, "<sip:voice@vm.example>");
  EXPECT_EQ(AnswerTo(Received(ROUTE_ACTION_VOICE), TheSettings()).status, 480);
}

TEST(SipAnswer, EachEndHasItsCodeAndItsCause) {
  const struct {
    RouteAction action;
    base::v1::Outcome outcome;
    int status;
    const char* cause;
  } rows[] = {
      {ROUTE_ACTION_VOICE, base::v1::OUTCOME_UNSPECIFIED, 480, "Q.850;cause=20;"},
      {ROUTE_ACTION_REJECT, base::v1::OUTCOME_UNSPECIFIED, 404, "Q.850;cause=1;"},
      {ROUTE_ACTION_REJECT, base::v1::OUTCOME_ROUTE_FAILED, 404, "Q.850;cause=1;"},
      {ROUTE_ACTION_RING, base::v1::OUTCOME_BLOCKED, 486, "Q.850;cause=17;"},
      {ROUTE_ACTION_RING, base::v1::OUTCOME_NO_ANSWER, 480, "Q.850;cause=19;"},
      {ROUTE_ACTION_RING, base::v1::OUTCOME_ABANDONED, 487, "Q.850;cause=16;"},
      {ROUTE_ACTION_MENU, base::v1::OUTCOME_MENU_EXIT, 487, "Q.850;cause=16;"},
      {ROUTE_ACTION_RING, base::v1::OUTCOME_ANSWERED, 481, "Q.850;cause=16;"},
      {ROUTE_ACTION_RING, base::v1::OUTCOME_UNKNOWN, 481, "Q.850;cause=16;"},
      {ROUTE_ACTION_RING, base::v1::OUTCOME_ROUTE_FAILED, 481, "Q.850;cause=16;"},
      {ROUTE_ACTION_VOICE, base::v1::OUTCOME_AFTER_HOURS, 481, "Q.850;cause=16;"},
      {ROUTE_ACTION_UNSPECIFIED, base::v1::OUTCOME_UNSPECIFIED, 500, "Q.850;cause=41;"},
  };
  for (const auto& row : rows) {
    const Answer answer = AnswerTo(Received(row.action, row.outcome), TheSettings());
    EXPECT_EQ(answer.status, row.status);
    EXPECT_EQ(answer.reason.find(row.cause), 0u) << answer.reason;
    EXPECT_EQ(answer.contact, "");
  }
}

TEST(SipAnswer, WhatCouldNotBeRecordedHasACodeThatSaysWhatToDo) {
  const struct {
    rpc::RpcStatus status;
    int code;
    int retry_after_s;
  } rows[] = {
      {{}, 200, 0},
      {{.code = absl::StatusCode::kUnavailable}, 503, 1},
      {{.code = absl::StatusCode::kUnavailable, .retry_after = absl::Milliseconds(2500)}, 503, 3},
      {{.code = absl::StatusCode::kResourceExhausted}, 503, 1},
      {{.code = absl::StatusCode::kDeadlineExceeded}, 503, 1},
      {{.code = absl::StatusCode::kFailedPrecondition, .reason = "NO_DIRECTORY"}, 503, 0},
      {{.code = absl::StatusCode::kInvalidArgument, .reason = "REQUEST_ID_REUSED"}, 400, 0},
      {{.code = absl::StatusCode::kAlreadyExists, .reason = "DUPLICATE_SEQUENCE"}, 400, 0},
      {{.code = absl::StatusCode::kNotFound, .reason = "CALL_NOT_FOUND"}, 481, 0},
      {{.code = absl::StatusCode::kInternal}, 500, 0},
      {{.code = absl::StatusCode::kCancelled}, 500, 0},
  };
  for (const auto& row : rows) {
    const Answer answer = AnswerTo(row.status);
    EXPECT_EQ(answer.status, row.code) << row.status.ToString();
    EXPECT_EQ(answer.retry_after_s, row.retry_after_s) << row.status.ToString();
    EXPECT_EQ(answer.reason.empty(), row.status.ok()) << row.status.ToString();
  }
}

// The value of a field may be a person's number.
TEST(SipAnswer, RefusalsNameTheFieldAndNotItsValue) {
  const Answer answer = AnswerTo(rpc::RpcStatus{.code = absl::StatusCode::kInvalidArgument,
                                                .message = "13805511234",
                                                .reason = "INVALID_FIELD",
                                                .field = "call.caller",
                                                .value = "13805511234"});
  EXPECT_EQ(answer.reason.find("138"), std::string::npos);
  EXPECT_NE(answer.reason.find("call.caller"), std::string::npos);
}

}  // namespace
}  // namespace tierline::sip
