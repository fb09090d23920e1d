#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/rpc/principal.h"

namespace tierline::load {

// A server with --clock virtual moves its clock on to the greatest value that it has seen here.
inline constexpr std::string_view kNowKey = "tierline-now-ms";

// The metadata of a call on behalf of `principal` at the virtual time `now_ms`.
inline rpc::Metadata VirtualCall(const base::v1::Principal& principal, int64_t now_ms) {
  rpc::Metadata metadata = rpc::MetadataOf(principal);
  metadata.emplace_back(kNowKey, std::to_string(now_ms));
  return metadata;
}

}  // namespace tierline::load
