#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/ids.h"

namespace tierline::load {

// A command that the server said it has accepted.
struct Acknowledged {
  Uuid request_id;
  Uuid event_id;
  std::string_view method;  // of a constant
};

// Every acknowledged command, by inquiry. What the audit compares the log with.
//
// Also written to a file as it happens, one JSON object a line:
//   {"inquiry":"…","method":"AnswerInquiry","request":"…","event":"…"}
class Journal {
 public:
  // An empty `path` keeps it in memory only. Errors: of the file system.
  static absl::StatusOr<std::unique_ptr<Journal>> Create(const std::string& path);
  ~Journal();

  // Errors: kInternal when the same request was acknowledged with another event before.
  absl::Status Acknowledge(const std::string& inquiry_id, const Acknowledged& command);

  int64_t size() const { return std::ssize(order_); }
  const std::map<std::string, std::vector<Acknowledged>>& by_inquiry() const { return by_inquiry_; }
  // The inquiries that commands were acknowledged for last, at most `max`.
  std::vector<std::string> Recent(size_t max) const;

 private:
  Journal() = default;
  std::map<std::string, std::vector<Acknowledged>> by_inquiry_;
  std::vector<const std::string*> order_;  // keys of by_inquiry_, as commands were acknowledged
  std::FILE* file_ = nullptr;
};

}  // namespace tierline::load
