#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "tierline/base/v1/base.pb.h"

namespace tierline::chaos {

// One command of a client, however often it was sent; every attempt has the same bytes.
struct Operation {
  Uuid request_id;
  std::string_view service;  // the rpc service
  std::string_view method;
  std::string inquiry;  // empty when only the answer names it
  std::string request;
  std::string etag;         // that it was sent with
  int64_t invoked_us = 0;   // by one clock for all operations
  int64_t returned_us = 0;  // 0: no answer, or none that says what became of it
  int attempts = 0;
  std::vector<base::v1::Receipt> receipts;  // at most one: an operation ends with its first answer
  std::string refusal;                      // reason of the business, or the code

  bool acknowledged() const { return !receipts.empty(); }
  bool refused() const { return !refusal.empty(); }
};

}  // namespace tierline::chaos
