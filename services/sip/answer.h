#pragma once

#include <string>

#include "runtime/rpc/status.h"
#include "sip/settings.h"
#include "tierline/routing/v1/routing.pb.h"

// What a call is answered with. Pure.
//
//     ring                  302 Moved Temporarily    Contact: the line of the office that serves
//     voice, with a URI     302 Moved Temporarily    Contact: settings.voicemail
//     voice                 480 Temporarily Unavailable
//     reject                404 Not Found
//
// A call that is offered again when its end is known is answered by its end:
//
//     blocked               486 Busy Here
//     no answer             480 Temporarily Unavailable
//     abandoned, menu exit  487 Request Terminated
//     any other             481 Call/Transaction Does Not Exist

namespace tierline::sip {

struct Answer {
  int status = 0;           // RFC 3261 §21
  const char* phrase = "";  // of static storage: Sofia-SIP keeps the pointer
  std::string contact;      // value of the header: "<sip:+8655…@gateway;user=phone>"
  std::string reason;       // value of the header (RFC 3326), its cause of Q.850 (RFC 6432)
  std::string unsupported;  // of a 420: the extensions that it asks for
  int retry_after_s = 0;    // 0: not said
  std::string inquiry_id;   // under which the call is kept
};

// Causes of Q.850, table 1.
inline constexpr int kUnallocated = 1;
inline constexpr int kNormalClearing = 16;
inline constexpr int kUserBusy = 17;
inline constexpr int kNoAnswer = 19;
inline constexpr int kAbsent = 20;
inline constexpr int kInvalidNumberFormat = 28;
inline constexpr int kOutOfOrder = 38;
inline constexpr int kTemporaryFailure = 41;
inline constexpr int kNotAvailable = 63;
inline constexpr int kInvalidMessage = 95;
inline constexpr int kWrongState = 101;
inline constexpr int kInterworking = 127;

Answer Refuse(int status, const char* phrase, int cause, std::string_view text);
// For the time being: 503.
Answer ComeBackLater(int retry_after_s, std::string_view text);

// Of a call that was received and, if a menu was to be played, has taken its default.
Answer AnswerTo(const routing::v1::ReceiveCallResponse& received, const Settings& settings);
// Of one that could not be, or of a report. OK: 200.
Answer AnswerTo(const rpc::RpcStatus& status);
// The world may be better in a moment: a retry of the same command does no harm.
bool MayPass(const rpc::RpcStatus& status);

}  // namespace tierline::sip
