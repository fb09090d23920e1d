#include "sip/request.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/area_code.h"
#include "base/ids.h"
#include "base/text.h"
#include "sip/sofia.h"

namespace tierline::sip {
namespace {

using routing::v1::ReceiveCallRequest;
using routing::v1::ReportCallRequest;

constexpr size_t kNumberMax = 64;   // bytes, as a CallArrival takes them
constexpr size_t kCallIdMax = 128;  // bytes, as a ReceiveCallRequest takes them

bool IsPrintable(char c) { return absl::ascii_isprint(static_cast<unsigned char>(c)); }

// Never a view of nothing, which StrSplit would split into no parts at all.
std::string_view Text(const char* text) { return text == nullptr ? "" : text; }

// Without its escapes. Of what is not printable ASCII a '?' is left, which no number has: a field
// of a message takes UTF-8 alone, and an escape may stand for any byte.
std::string Plain(std::string_view escaped) {
  std::string plain(escaped);
  plain.resize(url_unescape_to(plain.data(), plain.data(), plain.size()));
  std::replace_if(plain.begin(), plain.end(), std::not_fn(IsPrintable), '?');
  return plain;
}

// The user of a URI with its parameters (RFC 3966), which Sofia leaves in the user of a sip URI and
// takes apart in a tel URI.
struct User {
  std::string name;
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case

  std::string_view Find(std::string_view parameter) const {
    for (const auto& [name_of, value] : parameters) {
      if (name_of == parameter) return value;
    }
    return {};
  }
};

User UserOf(const url_t& url) {
  User user;
  // Of "tel:12371" the number may stand for the user or the host.
  const std::string_view whole = url.url_user != nullptr   ? Text(url.url_user)
                                 : url.url_type == url_tel ? Text(url.url_host)
                                                           : Text(nullptr);
  std::vector<absl::string_view> parts = absl::StrSplit(ToAbsl(whole), ';');
  user.name = Plain(ToStd(parts.front()));
  parts.erase(parts.begin());
  if (url.url_type == url_tel && url.url_params != nullptr) {
    for (absl::string_view part : absl::StrSplit(url.url_params, ';')) parts.push_back(part);
  }
  for (const absl::string_view part : parts) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    user.parameters.emplace_back(absl::AsciiStrToLower(pair.first), Plain(ToStd(pair.second)));
  }
  return user;
}

bool LooksLikeNumber(std::string_view text) {
  return !text.empty() &&
         (text[0] == '+' || absl::ascii_isdigit(static_cast<unsigned char>(text[0])));
}

std::string NumberOf(const url_t& url) {
  const User user = UserOf(url);
  const std::string_view context = user.Find("phone-context");
  const bool local = LooksLikeNumber(user.name) && user.name[0] != '+';
  if (local && absl::StartsWith(ToAbsl(context), "+"))
    return absl::StrCat(ToAbsl(context), user.name);
  return user.name;
}

bool IsAnonymous(const sip_from_t& from) {
  const std::string user = absl::AsciiStrToLower(ToAbsl(Text(from.a_url->url_user)));
  std::string display = absl::AsciiStrToLower(ToAbsl(Text(from.a_display)));
  absl::StrReplaceAll({{"\"", ""}}, &display);
  // RFC 3323 §4.1.1.3
  return absl::EqualsIgnoreCase(ToAbsl(Text(from.a_url->url_host)), "anonymous.invalid") ||
         user == "anonymous" || user == "restricted" || user == "unavailable" ||
         display == "anonymous";
}

bool AsksForPrivacy(const sip_t& message) {
  const sip_privacy_t* privacy = sip_privacy(&message);
  if (privacy == nullptr || privacy->priv_values == nullptr) return false;
  for (const msg_param_t* value = privacy->priv_values; *value != nullptr; ++value) {
    for (const char* wish : {"id", "user", "header"}) {
      if (absl::EqualsIgnoreCase(*value, wish)) return true;
    }
  }
  return false;
}

// Empty: withheld.
std::string CallerOf(const sip_t& invite) {
  if (AsksForPrivacy(invite) || IsAnonymous(*invite.sip_from)) return "";
  const auto* asserted = sip_p_asserted_identity(&invite);
  for (; asserted != nullptr; asserted = asserted->paid_next) {
    const std::string number = NumberOf(*asserted->paid_url);
    if (LooksLikeNumber(number)) return number;
  }
  return NumberOf(*invite.sip_from->a_url);
}

std::string TrunkAreaOf(const sip_t& invite, const Settings& settings) {
  if (invite.sip_contact != nullptr) {
    const User user = UserOf(*invite.sip_contact->m_url);
    const std::string group(user.Find("tgrp"));
    const auto known = settings.trunk_groups.find(group);
    if (known != settings.trunk_groups.end()) return known->second;
    if (LooksLikeAreaCode(group)) return group;
  }
  return settings.trunk_area;
}

// "caller-hung-up" -> CALL_END_CAUSE_CALLER_HUNG_UP
std::string EnumName(std::string_view prefix, absl::string_view word) {
  return absl::StrCat(ToAbsl(prefix),
                      absl::AsciiStrToUpper(absl::StrReplaceAll(word, {{"-", "_"}})));
}

// A leg that failed may send the call to a next office, which the answer to a MESSAGE has
// no place for: it would ring nowhere.
bool IsTaken(events::v1::CallReportKind kind) {
  return kind == events::v1::CALL_REPORT_KIND_OFFERED ||
         kind == events::v1::CALL_REPORT_KIND_ANSWERED ||
         kind == events::v1::CALL_REPORT_KIND_ENDED;
}

Answer BadReport(std::string_view text) {
  return Refuse(400, "Bad Request", kInvalidMessage, text);
}

// The lines of a report.
class ReportReader {
 public:
  ReportReader(absl::string_view body, const Settings& settings) : settings_(settings) {
    for (absl::string_view line : absl::StrSplit(body, '\n')) Read(line);
  }

  std::variant<ReportCallRequest, Answer> Finish() {
    if (!wrong_.empty()) return BadReport(absl::StrCat("no ", wrong_, " that can be read"));
    for (const char* name : {"Call-ID", "Sequence", "Time", "Event"}) {
      if (!seen_.contains(absl::AsciiStrToLower(name))) {
        return BadReport(absl::StrCat("a report needs ", name));
      }
    }
    return report_;
  }

 private:
  void Read(absl::string_view line) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(line, absl::MaxSplits(':', 1));
    const std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(pair.first));
    const absl::string_view value = absl::StripAsciiWhitespace(pair.second);
    if (!Take(name, value) && wrong_.empty()) wrong_ = name;
  }

  // False: the value is not one of this name. Names that are not known mean nothing.
  bool Take(const std::string& name, absl::string_view value) {
    seen_.insert(name);
    if (name == "call-id") {
      report_.set_inquiry_id(InquiryIdOf(settings_, ToStd(value)));
      return !value.empty() && value.size() <= kCallIdMax;
    }
    if (name == "sequence") {
      int32_t sequence = 0;
      const bool number = absl::SimpleAtoi(value, &sequence);
      report_.set_sequence(sequence);
      return number;
    }
    if (name == "time") {
      absl::Time at;
      std::string error;
      const bool time = absl::ParseTime(absl::RFC3339_full, value, &at, &error);
      report_.set_switch_time_ms(absl::ToUnixMillis(at));
      return time && report_.switch_time_ms() > 0;  // 0 would be no time at all
    }
    if (name == "event") {
      auto kind = events::v1::CALL_REPORT_KIND_UNSPECIFIED;
      const bool known =
          events::v1::CallReportKind_Parse(EnumName("CALL_REPORT_KIND_", value), &kind);
      report_.set_kind(kind);
      return known && IsTaken(kind);
    }
    if (name == "cause") {
      auto cause = events::v1::CALL_END_CAUSE_UNSPECIFIED;
      const bool known = events::v1::CallEndCause_Parse(EnumName("CALL_END_CAUSE_", value), &cause);
      report_.set_cause(cause);
      return known;
    }
    return true;
  }

  const Settings& settings_;
  ReportCallRequest report_;
  std::set<std::string> seen_;  // names, in lower case
  std::string wrong_;           // the first of them whose value is none
};

std::optional<Answer> CheckCallId(const sip_t& message) {
  const std::string_view id = Text(message.sip_call_id->i_id);
  const bool printable = std::all_of(id.begin(), id.end(), IsPrintable);
  if (!id.empty() && id.size() <= kCallIdMax && printable) return {};
  return Refuse(400, "Bad Request", kInvalidMessage, "a Call-ID has at most 128 printable bytes");
}

}  // namespace

std::string InquiryIdOf(const Settings& settings, std::string_view call_id) {
  return MakeInquiryId(settings.platform, call_id, 0).ToString();
}

std::variant<ReceiveCallRequest, Answer> ReadInvite(const sip_s& invite, const Settings& settings) {
  const url_t& target = *invite.sip_request->rq_url;
  if (target.url_type != url_sip && target.url_type != url_sips && target.url_type != url_tel) {
    return Refuse(416, "Unsupported URI Scheme", kInvalidNumberFormat, "sip, sips or tel");
  }
  if (const auto refusal = CheckCallId(invite)) return *refusal;
  ReceiveCallRequest request;
  auto* call = request.mutable_call();
  call->set_dialled(UserOf(target).name);
  if (call->dialled().size() > kNumberMax) {
    return Refuse(414, "Request-URI Too Long", kInvalidNumberFormat, "at most 64 bytes dialled");
  }
  call->set_caller(CallerOf(invite).substr(0, kNumberMax));
  call->set_trunk_area(TrunkAreaOf(invite, settings));
  request.set_platform(settings.platform);
  request.set_switch_call_id(invite.sip_call_id->i_id);
  request.set_arrival_by_server(true);
  return request;
}

std::variant<ReportCallRequest, Answer> ReadReport(const sip_s& message, const Settings& settings) {
  const sip_content_type_t* type = message.sip_content_type;
  if (type != nullptr && !absl::EqualsIgnoreCase(Text(type->c_type).data(), "text/plain")) {
    return Refuse(415, "Unsupported Media Type", kInvalidMessage, "text/plain");
  }
  if (message.sip_payload == nullptr) return BadReport("a report needs a body");
  const absl::string_view body(message.sip_payload->pl_data, message.sip_payload->pl_len);
  return ReportReader(body, settings).Finish();
}

}  // namespace tierline::sip
