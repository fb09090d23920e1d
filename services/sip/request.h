#pragma once

#include <string>
#include <variant>

#include "sip/answer.h"
#include "sip/settings.h"
#include "tierline/routing/v1/routing.pb.h"

struct sip_s;  // a message, as Sofia-SIP parsed it

// From a message to a command. Pure.
//
// An INVITE is a call:
//
//     dialled     user of the Request-URI
//     caller      P-Asserted-Identity (RFC 3325), else From; a number with a phone-context of
//                 digits has that before it (RFC 3966 §5.1.5)
//     withheld    Privacy: id, user or header (RFC 3323), or a From that is anonymous
//     trunk       tgrp of Contact (RFC 4904 §6), by settings.trunk_groups or itself an area code;
//                 else settings.trunk_area
//     call id     Call-ID
//
// A byte of a user that is not printable ASCII is read as '?', which no number has: what is dialled
// so is rejected, and a caller of that name is routed as one whose number can not be read.
//
// A MESSAGE is a report, in lines of its body, text/plain:
//
//     Call-ID: a84b4c76e66710@switch.example
//     Sequence: 3
//     Time: 2009-04-01T10:00:05.120+08:00
//     Event: ended                             offered | answered | ended, and no other
//     Cause: caller-hung-up                    with ended: caller-hung-up | office-hung-up | busy |
//                                              ring-timeout | voice-played | failed

namespace tierline::sip {

// Without a request id.
std::variant<routing::v1::ReceiveCallRequest, Answer> ReadInvite(const sip_s& invite,
                                                                 const Settings& settings);

std::variant<routing::v1::ReportCallRequest, Answer> ReadReport(const sip_s& message,
                                                                const Settings& settings);

// The inquiry that a call is kept under, whenever and through whichever replica it comes.
std::string InquiryIdOf(const Settings& settings, std::string_view call_id);

}  // namespace tierline::sip
