#include "directory/json_file.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace tierline::directory {
namespace {

constexpr size_t kDepthMax = 100;

int LineAt(std::string_view text, size_t at) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(at, text.size()));
  return 1 + static_cast<int>(std::count(text.begin(), end, '\n'));
}

// "unknownAfterS" is unknown_after_s.
std::string SnakeCase(std::string_view camel) {
  std::string snake;
  for (const char c : camel) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c))) snake += '_';
    snake += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return snake;
}

// Walks through valid JSON with the path of where it is.
class Scanner {
 public:
  using Visit = std::map<std::string, int, std::less<>>;
  Scanner(std::string_view text, Visit* lines) : text_(text), lines_(lines) {}

  void Run() {
    for (at_ = 0; at_ < text_.size() && levels_.size() <= kDepthMax; ++at_) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      if (absl::ascii_isspace(static_cast<unsigned char>(c)) || c == ':') continue;
      if (c == ',') {
        Next();
      } else if (c == ']' || c == '}') {
        path_.resize(levels_.back().path_bytes);
        levels_.pop_back();
      } else {
        Begin(c);
      }
    }
  }

 private:
  struct Level {
    bool is_array = false;
    bool wants_key = false;
    int index = 0;
    size_t path_bytes = 0;  // of what encloses it
  };

  // A key, or a value.
  void Begin(char c) {
    Level* level = levels_.empty() ? nullptr : &levels_.back();
    if (level != nullptr && level->wants_key) {
      level->wants_key = false;
      return Enter(absl::StrCat(level->path_bytes == 0 ? "" : ".", SnakeCase(String())));
    }
    if (level != nullptr && level->is_array) Enter(absl::StrCat("[", level->index, "]"));
    if (c == '{' || c == '[') {
      levels_.push_back({c == '[', c == '{', 0, path_.size()});
    } else if (c == '"') {
      String();
    }
  }

  void Enter(const std::string& step) {
    path_.resize(levels_.back().path_bytes);
    path_ += step;
    lines_->emplace(path_, line_);
  }

  void Next() {
    ++levels_.back().index;
    levels_.back().wants_key = !levels_.back().is_array;
  }

  // From its opening quote to its closing one.
  std::string_view String() {
    const size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    return text_.substr(begin, at_ - begin);
  }

  std::string_view text_;
  Visit* lines_;
  size_t at_ = 0;
  int line_ = 1;
  std::string path_;
  std::vector<Level> levels_;
};

// JsonUtil names the place in three ways: "(hours[0]) foo: …", "(limits[2].days): …", "foo: …".
std::string PathOf(std::string_view message) {
  std::string path;
  if (message.starts_with('(')) {
    const size_t close = message.find(')');
    if (close == std::string_view::npos) return "";
    path = std::string(message.substr(1, close - 1));
    message.remove_prefix(close + 1);
  }
  const size_t colon = message.find(": ");
  if (colon == std::string_view::npos) return path;
  const size_t begin = message.starts_with(' ') ? 1 : 0;
  const std::string name = SnakeCase(message.substr(begin, colon - begin));
  return name.empty() ? path : absl::StrCat(path, path.empty() ? "" : ".", name);
}

}  // namespace

JsonLines::JsonLines(std::string_view text) { Scanner(text, &lines_).Run(); }

int JsonLines::LineOf(std::string_view path) const {
  while (!path.empty()) {
    if (const auto at = lines_.find(path); at != lines_.end()) return at->second;
    const size_t last = path.find_last_of(".[");
    path = path.substr(0, last == std::string_view::npos ? 0 : last);
  }
  return 1;
}

std::optional<JsonError> ReadJson(const std::string& text, google::protobuf::Message* to) {
  try {  // the one library here that throws; only it says where
    [[maybe_unused]] const auto parsed = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    return JsonError{LineAt(text, error.byte), "is no JSON: " + std::string(error.what())};
  }
  const auto status = google::protobuf::util::JsonStringToMessage(text, to);
  if (status.ok()) return std::nullopt;
  std::string message(status.message());
  return JsonError{JsonLines(text).LineOf(PathOf(message)), std::move(message)};
}

}  // namespace tierline::directory
