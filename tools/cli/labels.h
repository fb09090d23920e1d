#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "tierline/base/v1/base.pb.h"
#include "tools/cli/program.h"

namespace tierline::cli {

// Codes and instants as a clerk reads them: with the office's name, in the hotline's zone. Asks the
// server for what is needed, once; without an answer the code and UTC stand for themselves.
class Labels {
 public:
  explicit Labels(Program* program) : program_(program) {}

  // "340100 合肥市"; empty for no code.
  std::string Office(const std::string& code);
  // "合肥市"
  const std::string& NameOf(const std::string& code);
  // Asks for all names at once, for long lists.
  void LoadNames();

  absl::TimeZone zone();
  // RFC 3339 to the second; empty for 0.
  std::string Time(int64_t ms);

 private:
  Program* program_;
  std::map<std::string, std::string> names_;
  absl::TimeZone zone_ = absl::UTCTimeZone();
  bool zone_known_ = false;
};

// "5:1234, directory 12"
std::string PositionToString(const base::v1::Position& position);
std::string YesNo(bool value);

}  // namespace tierline::cli
