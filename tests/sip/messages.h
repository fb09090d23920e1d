#pragma once

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "sip/sofia.h"

namespace tierline::sip::testing {

// A message as Sofia-SIP reads it, without a socket.
class Message {
 public:
  // `text` with \n for the ends of its lines.
  explicit Message(const std::string& text) {
    static msg_mclass_t* const messages = sip_extend_mclass(nullptr);
    const std::string wire = absl::StrReplaceAll(text, {{"\n", "\r\n"}});
    message_ = msg_make(messages, 0, wire.data(), static_cast<ssize_t>(wire.size()));
    EXPECT_NE(sip_object(message_), nullptr);
    EXPECT_NE(sip_object(message_)->sip_request, nullptr) << text;
  }
  ~Message() { msg_destroy(message_); }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  const sip_t& operator*() const { return *sip_object(message_); }

 private:
  msg_t* message_;
};

// What of an INVITE the tests differ in.
struct Invite {
  std::string target = "sip:12371@tierline.example";
  std::string from = "<sip:055162345678@switch.example>";
  std::string contact = "<sip:055162345678@192.0.2.1>";
  std::string more;  // headers, each with its end of line
  std::string call_id = "a84b4c76e66710@switch.example";

  std::string Text() const {
    return absl::StrCat("INVITE ", target, " SIP/2.0\n",
                        "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776asdhds\n"
                        "Max-Forwards: 70\nTo: <sip:12371@tierline.example>\nFrom: ",
                        from, ";tag=1928301774\nCall-ID: ", call_id,
                        "\nCSeq: 314159 INVITE\nContact: ", contact, "\n", more,
                        "Content-Length: 0\n\n");
  }
};

inline std::string ReportText(const std::string& body, const std::string& type = "text/plain") {
  const std::string wire = absl::StrReplaceAll(body, {{"\n", "\r\n"}});
  return absl::StrCat(
      "MESSAGE sip:tierline.example SIP/2.0\n"
      "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776asdhdt\n"
      "Max-Forwards: 70\nTo: <sip:tierline.example>\n"
      "From: <sip:switch.example>;tag=49583\nCall-ID: report-1@switch.example\n"
      "CSeq: 1 MESSAGE\nContent-Type: ",
      type, "\nContent-Length: ", wire.size(), "\n\n", body);
}

}  // namespace tierline::sip::testing
