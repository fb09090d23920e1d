#pragma once

#include <map>
#include <string>

namespace tierline::sip {

// How calls are read and answered; the same on every replica.
struct Settings {
  // Name of the voice platform in the events. With the Call-ID it names the call.
  std::string platform = "sip";
  // host[:port] of whoever rings the offices' lines.
  std::string gateway;
  // URI that takes calls which no person answers now; empty: they are refused.
  std::string voicemail;
  // Area code of the trunk, with its 0, where the INVITE says none.
  std::string trunk_area;
  // Area code by the label of the trunk group (RFC 4904).
  std::map<std::string, std::string> trunk_groups;
};

}  // namespace tierline::sip
