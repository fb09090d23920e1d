#include "runtime/rpc/principal.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/text.h"

namespace tierline::rpc {
namespace {

struct NamedRole {
  base::v1::Role role;
  std::string_view name;
};

constexpr std::array kRoles = {
    NamedRole{base::v1::ROLE_OPERATOR, "operator"},
    NamedRole{base::v1::ROLE_SUPERVISOR, "supervisor"},
    NamedRole{base::v1::ROLE_OFFICE_ADMIN, "office_admin"},
    NamedRole{base::v1::ROLE_PLATFORM_ADMIN, "platform_admin"},
    NamedRole{base::v1::ROLE_INTEGRATOR, "integrator"},
    NamedRole{base::v1::ROLE_OBSERVER, "observer"},
};
constexpr size_t kOfficeDigits = 6;

Rejection Malformed(std::string_view key, std::string_view expected) {
  return {.code = absl::StatusCode::kInvalidArgument,
          .reason = "MALFORMED_METADATA",
          .message = absl::StrCat("metadata ", ToAbsl(key), " must be ", ToAbsl(expected)),
          .field = std::string(key)};
}

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); });
}

bool IsAllZero(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '0'; });
}

}  // namespace

std::string_view RoleName(base::v1::Role role) {
  for (const auto& known : kRoles) {
    if (known.role == role) return known.name;
  }
  return {};
}

std::variant<base::v1::Principal, Rejection> ParsePrincipal(std::string_view role,
                                                            std::string_view office) {
  base::v1::Principal principal;
  if (!role.empty()) {
    const auto* known =
        std::find_if(kRoles.begin(), kRoles.end(), [&](const auto& r) { return r.name == role; });
    if (known == kRoles.end()) {
      return Malformed(
          kRoleKey,
          "one of operator, supervisor, office_admin, platform_admin, integrator, observer");
    }
    principal.set_role(known->role);
  }
  if (!office.empty()) {
    if (office.size() != kOfficeDigits ||
        !std::all_of(office.begin(), office.end(), [](char c) { return absl::ascii_isdigit(c); })) {
      return Malformed(kOfficeKey, "the six digits of an office's code");
    }
    principal.set_office(std::string(office));
  }
  return principal;
}

std::variant<base::v1::Principal, Rejection> PrincipalOf(const Call& call) {
  return ParsePrincipal(call.metadata(kRoleKey), call.metadata(kOfficeKey));
}

std::variant<base::v1::Principal, Rejection> PrincipalOf(const Stream& stream) {
  return ParsePrincipal(stream.metadata(kRoleKey), stream.metadata(kOfficeKey));
}

Metadata MetadataOf(const base::v1::Principal& principal) {
  Metadata metadata;
  if (std::string_view role = RoleName(principal.role()); !role.empty())
    metadata.emplace_back(kRoleKey, role);
  if (!principal.office().empty()) metadata.emplace_back(kOfficeKey, principal.office());
  return metadata;
}

// 00-<32 hex: trace id>-<16 hex: parent id>-<2 hex: flags>
std::string_view ValidTraceparent(std::string_view value) {
  if (value.size() != 55 || value[2] != '-' || value[35] != '-' || value[52] != '-') return {};
  const std::string_view trace = value.substr(3, 32), parent = value.substr(36, 16),
                         flags = value.substr(53, 2);
  if (value.substr(0, 2) != "00" || !IsLowerHex(trace) || !IsLowerHex(parent) || !IsLowerHex(flags))
    return {};
  return IsAllZero(trace) || IsAllZero(parent) ? std::string_view() : value;
}

std::string_view TraceparentOf(const Call& call) {
  return ValidTraceparent(call.metadata(kTraceparentKey));
}

}  // namespace tierline::rpc
