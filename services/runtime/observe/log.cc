#include "runtime/observe/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/text.h"

namespace tierline::observe::log {
namespace {

constexpr std::array<std::string_view, 5> kLevelNames = {"debug", "info", "warning", "error",
                                                         "off"};
constexpr std::array kSpdlogLevels = {spdlog::level::debug, spdlog::level::info,
                                      spdlog::level::warn, spdlog::level::err, spdlog::level::off};

class FunctionSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FunctionSink(std::function<void(std::string_view)> function)
      : function_(std::move(function)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    function_({message.payload.data(), message.payload.size()});
  }
  void flush_() override {}

 private:
  std::function<void(std::string_view)> function_;
};

// spdlog knows no fields, so it gets whole lines and does what it is good at: levels, sinks,
// threads.
struct State {
  std::shared_ptr<spdlog::logger> logger;
  Format format = Format::kText;

  State() { Configure({}); }
  void Configure(Options options) {
    spdlog::sink_ptr sink;
    if (options.sink) {
      sink = std::make_shared<FunctionSink>(std::move(options.sink));
    } else {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    }
    logger = std::make_shared<spdlog::logger>("tierline", std::move(sink));
    logger->set_pattern("%v");
    logger->set_level(kSpdlogLevels[static_cast<size_t>(options.level)]);
    logger->flush_on(spdlog::level::debug);
    format = options.format;
  }
};

State& TheState() {
  static auto& state = *new State;  // never destroyed: threads may log until the process ends
  return state;
}

std::string_view Name(Level level) { return kLevelNames[static_cast<size_t>(level)]; }

std::string Timestamp() {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
}

struct JsonValue {
  std::string operator()(std::string_view v) const { return JsonString(v); }
  std::string operator()(bool v) const { return v ? "true" : "false"; }
  std::string operator()(double v) const { return std::isfinite(v) ? absl::StrCat(v) : "null"; }
  std::string operator()(int64_t v) const { return absl::StrCat(v); }
  std::string operator()(uint64_t v) const { return absl::StrCat(v); }
};

// Plain where that is unambiguous.
struct TextValue : JsonValue {
  using JsonValue::operator();
  std::string operator()(std::string_view v) const {
    const bool plain = !v.empty() && std::all_of(v.begin(), v.end(), [](unsigned char c) {
      return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
    });
    return plain ? std::string(v) : JsonString(v);
  }
};

std::string JsonLine(Level level, std::string_view logger, std::string_view message,
                     Fields fields) {
  std::string line =
      absl::StrCat("{\"ts\":\"", Timestamp(), "\",\"level\":\"", ToAbsl(Name(level)),
                   "\",\"logger\":", JsonString(logger), ",\"msg\":", JsonString(message));
  for (const Field& field : fields) {
    absl::StrAppend(&line, ",", JsonString(field.key), ":", std::visit(JsonValue(), field.value));
  }
  return line + "}";
}

std::string TextLine(Level level, std::string_view logger, std::string_view message,
                     Fields fields) {
  std::string line = absl::StrFormat("%s %-7s %s: %s", Timestamp(), ToAbsl(Name(level)),
                                     ToAbsl(logger), ToAbsl(message));
  for (const Field& field : fields) {
    absl::StrAppend(&line, " ", ToAbsl(field.key), "=", std::visit(TextValue(), field.value));
  }
  return line;
}

// Length of the UTF-8 sequence at the start of `text` (RFC 3629), 0 when it is none.
size_t SequenceLength(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const size_t length = first < 0x80   ? 1
                        : first < 0xc2 ? 0
                        : first < 0xe0 ? 2
                        : first < 0xf0 ? 3
                        : first < 0xf5 ? 4
                                       : 0;
  if (length == 0 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if (length == 3 && ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) >= 0xa0)))
    return 0;
  if (length == 4 && ((first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) >= 0x90)))
    return 0;
  return length;
}

}  // namespace

std::optional<Level> ParseLevel(std::string_view name) {
  const auto* found = std::find(kLevelNames.begin(), kLevelNames.end(), name);
  if (found == kLevelNames.end()) return std::nullopt;
  return static_cast<Level>(found - kLevelNames.begin());
}

std::optional<Format> ParseFormat(std::string_view name) {
  if (name == "text") return Format::kText;
  if (name == "json") return Format::kJson;
  return std::nullopt;
}

void Configure(Options options) { TheState().Configure(std::move(options)); }

void SetLevel(Level level) {
  TheState().logger->set_level(kSpdlogLevels[static_cast<size_t>(level)]);
}

bool Enabled(Level level) {
  return TheState().logger->should_log(kSpdlogLevels[static_cast<size_t>(level)]);
}

void Write(Level level, std::string_view logger, std::string_view message, Fields fields) {
  const State& state = TheState();
  const std::string line = state.format == Format::kJson ? JsonLine(level, logger, message, fields)
                                                         : TextLine(level, logger, message, fields);
  state.logger->log(kSpdlogLevels[static_cast<size_t>(level)],
                    spdlog::string_view_t(line.data(), line.size()));
}

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const char c = text[0];
    const size_t length = SequenceLength(text);
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      absl::StrAppendFormat(&out, "\\u%04x", c);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out + "\"";
}

}  // namespace tierline::observe::log
