#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

// Structured log: one line per message, to stderr.
//
//   observe::log::Info("server", "listening", {{"address", address}, {"port", port}});
//
//   json
//   {"ts":"2026-11-24T15:14:07.123456Z","level":"info","logger":"server","msg":"listening","address":…,"port":12371}
//   text  2026-11-24T15:14:07.123456Z info  server: listening address=127.0.0.1:12371 port=12371
//
// The message is a constant; what varies is a field. Identity and free text of callers are never
// logged.

namespace tierline::observe::log {

enum class Level : uint8_t { kDebug, kInfo, kWarning, kError, kOff };
enum class Format : uint8_t { kText, kJson };

// "debug", "info", "warning", "error", "off"; "text", "json".
std::optional<Level> ParseLevel(std::string_view name);
std::optional<Format> ParseFormat(std::string_view name);

struct Options {
  Level level = Level::kInfo;
  Format format = Format::kText;
  std::function<void(std::string_view line)>
      sink;  // instead of stderr; called by one thread at a time
};

// Before there are threads that log. Until then: text, info, stderr.
void Configure(Options options);

void SetLevel(Level level);  // from any thread, at any time
bool Enabled(Level level);

struct Field {
  using Value = std::variant<std::string_view, int64_t, uint64_t, double, bool>;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  template <typename T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) Field(std::string_view k, T v)
      : key(k), value(static_cast<std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>>(v)) {}

  std::string_view key;
  Value value;
};
using Fields = std::initializer_list<Field>;

void Write(Level level, std::string_view logger, std::string_view message, Fields fields);

inline void Debug(std::string_view logger, std::string_view message, Fields fields = {}) {
  if (Enabled(Level::kDebug)) Write(Level::kDebug, logger, message, fields);
}
inline void Info(std::string_view logger, std::string_view message, Fields fields = {}) {
  if (Enabled(Level::kInfo)) Write(Level::kInfo, logger, message, fields);
}
inline void Warning(std::string_view logger, std::string_view message, Fields fields = {}) {
  if (Enabled(Level::kWarning)) Write(Level::kWarning, logger, message, fields);
}
inline void Error(std::string_view logger, std::string_view message, Fields fields = {}) {
  if (Enabled(Level::kError)) Write(Level::kError, logger, message, fields);
}

// `text` as a JSON string, quotes included; bytes that are not UTF-8 become U+FFFD.
std::string JsonString(std::string_view text);

}  // namespace tierline::observe::log
