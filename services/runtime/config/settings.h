#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/config.h"

// The table of settings: all that files, variables, flags, --help and --print-config know. A new
// setting is a field of Config and a row here.

namespace tierline::config {

struct Setting {
  std::string_view name;  // snake_case; its flag has dashes
  std::string_view help;
  std::string rule;  // "must be …", said when a value is refused
  bool quoted;       // its value is a string in TOML
  std::function<bool(std::string_view value, Config* config)> set;  // false: breaks the rule
  std::function<std::string(const Config&)> get;

  std::string flag() const;      // "--data-dir"
  std::string variable() const;  // "TIERLINE_DATA_DIR"
};

std::span<const Setting> Settings();
const Setting* FindSetting(std::string_view name);

// What is wrong with settings that are right one by one, as sentences.
std::vector<std::string> CheckTogether(const Config& config);

}  // namespace tierline::config
