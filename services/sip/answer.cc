#include "sip/answer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/text.h"

namespace tierline::sip {
namespace {

Answer Moved(std::string contact) {
  return {.status = 302, .phrase = "Moved Temporarily", .contact = std::move(contact)};
}

Answer ByDecision(const events::v1::Decision& decision, const Settings& settings) {
  switch (decision.action()) {
    case events::v1::ROUTE_ACTION_RING:
      return Moved(absl::StrCat("<sip:", decision.line(), "@", settings.gateway, ";user=phone>"));
    case events::v1::ROUTE_ACTION_VOICE:
      if (!settings.voicemail.empty()) return Moved(absl::StrCat("<", settings.voicemail, ">"));
      return Refuse(480, "Temporarily Unavailable", kAbsent, "no person answers at this hour");
    case events::v1::ROUTE_ACTION_REJECT:
      return Refuse(404, "Not Found", kUnallocated, "not a number of this hotline");
    default:
      break;  // of a newer replica
  }
  return Refuse(500, "Server Internal Error", kTemporaryFailure, "no such decision is known here");
}

// Of a call that ended in a way for which SIP has no code. A rejected one ends as it is decided.
Answer Over(const events::v1::Decision& decision, const Settings& settings) {
  if (decision.action() == events::v1::ROUTE_ACTION_REJECT) return ByDecision(decision, settings);
  return Refuse(481, "Call/Transaction Does Not Exist", kNormalClearing, "the call is over");
}

}  // namespace

Answer Refuse(int status, const char* phrase, int cause, std::string_view text) {
  return {.status = status,
          .phrase = phrase,
          .reason = absl::StrCat("Q.850;cause=", cause, ";text=\"", ToAbsl(text), "\"")};
}

Answer ComeBackLater(int retry_after_s, std::string_view text) {
  Answer answer = Refuse(503, "Service Unavailable", kTemporaryFailure, text);
  answer.retry_after_s = retry_after_s;
  return answer;
}

Answer AnswerTo(const routing::v1::ReceiveCallResponse& received, const Settings& settings) {
  Answer answer;
  switch (received.outcome()) {
    case base::v1::OUTCOME_BLOCKED:
      answer = Refuse(486, "Busy Here", kUserBusy, "the line of the office is busy");
      break;
    case base::v1::OUTCOME_NO_ANSWER:
      answer = Refuse(480, "Temporarily Unavailable", kNoAnswer, "the office did not answer");
      break;
    case base::v1::OUTCOME_ABANDONED:
    case base::v1::OUTCOME_MENU_EXIT:
      answer = Refuse(487, "Request Terminated", kNormalClearing, "the caller hung up");
      break;
    case base::v1::OUTCOME_UNSPECIFIED:
      answer = ByDecision(received.decision(), settings);
      break;
    default:
      answer = Over(received.decision(), settings);
  }
  answer.inquiry_id = received.inquiry_id();
  return answer;
}

bool MayPass(const rpc::RpcStatus& status) {
  return status.code == absl::StatusCode::kUnavailable ||
         status.code == absl::StatusCode::kResourceExhausted;
}

Answer AnswerTo(const rpc::RpcStatus& status) {
  if (status.ok()) return {.status = 200, .phrase = "OK"};
  if (MayPass(status) || status.code == absl::StatusCode::kDeadlineExceeded) {
    const auto wait_s = absl::ToInt64Seconds(absl::Ceil(status.retry_after, absl::Seconds(1)));
    return ComeBackLater(static_cast<int>(std::clamp<int64_t>(wait_s, 1, 60)),
                         "the call can not be recorded now");
  }
  if (status.reason == "NO_DIRECTORY") {
    return Refuse(503, "Service Unavailable", kOutOfOrder, "no hotline pack is in force");
  }
  if (status.reason == "REQUEST_ID_REUSED") {
    return Refuse(400, "Bad Request", kInvalidMessage, "repeated with other content");
  }
  if (status.code == absl::StatusCode::kNotFound) {
    return Refuse(481, "Call/Transaction Does Not Exist", kWrongState, "no such call");
  }
  if (status.code == absl::StatusCode::kInvalidArgument ||
      status.code == absl::StatusCode::kAlreadyExists ||
      status.code == absl::StatusCode::kFailedPrecondition) {
    // Of a field its name, never its value: it may be a person's number.
    return Refuse(400, "Bad Request", kInvalidMessage,
                  absl::StrCat(status.reason, status.field.empty() ? "" : " ", status.field));
  }
  return Refuse(500, "Server Internal Error", kTemporaryFailure, "the request was not recorded");
}

}  // namespace tierline::sip
