#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/service.h"
#include "runtime/rpc/server.h"
#include "tierline/base/v1/base.pb.h"

// On whose behalf a call is made: metadata that every rpc may carry.
//
//   tierline-role     operator | supervisor | office_admin | platform_admin | integrator | observer
//   tierline-office   code of the principal's office, six digits
//   traceparent       W3C Trace Context, version 00
//
// The values are believed: whoever terminates the connection in front of the server authenticates.

namespace tierline::rpc {

inline constexpr std::string_view kRoleKey = "tierline-role";
inline constexpr std::string_view kOfficeKey = "tierline-office";
inline constexpr std::string_view kTraceparentKey = "traceparent";

// An absent role or office stays unspecified. A malformed one is refused with INVALID_ARGUMENT, the
// key as its field.
std::variant<base::v1::Principal, Rejection> ParsePrincipal(std::string_view role,
                                                            std::string_view office);
std::variant<base::v1::Principal, Rejection> PrincipalOf(const Call& call);
std::variant<base::v1::Principal, Rejection> PrincipalOf(const Stream& stream);

// The same in the other direction: what a client sends.
Metadata MetadataOf(const base::v1::Principal& principal);

// "platform_admin"; empty for ROLE_UNSPECIFIED.
std::string_view RoleName(base::v1::Role role);

// `value` when it is a traceparent (55 characters, version 00, ids not all zero); otherwise empty:
// a malformed one is as good as none (W3C Trace Context §3.2.2.3).
std::string_view ValidTraceparent(std::string_view value);
std::string_view TraceparentOf(const Call& call);

}  // namespace tierline::rpc
