#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tierline/directory/v1/pack.pb.h"

namespace tierline::directory {

// Where each field of a JSON text stands.
class JsonLines {
 public:
  // `text` must be valid JSON. Nothing deeper than 100 levels is looked at.
  explicit JsonLines(std::string_view text);

  // Line of the field `path`, from 1: "hours[0].intervals[1]", names in snake_case as in the proto.
  // Of a path that is not there: the line of the deepest part that is.
  int LineOf(std::string_view path) const;

 private:
  std::map<std::string, int, std::less<>> lines_;
};

struct JsonError {
  int line = 0;
  std::string message;
};

// Reads proto3 JSON strictly: no unknown fields, no wrong types. Nothing: `to` is filled.
std::optional<JsonError> ReadJson(const std::string& text, google::protobuf::Message* to);

}  // namespace tierline::directory
