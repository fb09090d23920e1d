#pragma once

#include <string>
#include <string_view>

#include "google/protobuf/message.h"
#include "runtime/rpc/status.h"
#include "tools/cli/table.h"

// What commands print: results to stdout, everything about them to stderr.

namespace tierline::cli {

enum class Format {
  kTable,      // for people
  kJson,       // one document: the reply in proto3 JSON with the proto's own field names
  kJsonLines,  // one line for each row of the reply
};

class Output {
 public:
  Output() = default;
  Output(Format format, bool color) : format_(format), color_(color) {}

  Format format() const { return format_; }
  bool json() const { return format_ != Format::kTable; }
  bool color() const { return color_; }

  // For json() only. `rows` names the repeated field whose elements are the lines of kJsonLines;
  // empty: the whole reply is one line.
  void PrintJson(const google::protobuf::Message& reply, std::string_view rows = "") const;
  void Print(const Table& table) const;
  void Print(const Fields& fields) const;
  // A line of its own.
  void Print(std::string_view line) const;

 private:
  Format format_ = Format::kTable;
  bool color_ = false;
};

// `message` in one line of JSON, or in several indented ones.
std::string ToJson(const google::protobuf::Message& message, bool indent);

// "tierline: `line`" to stderr.
void Complain(std::string_view line);
// What went wrong, at which field and value, by which rule, and what to do; `request_id` may be
// empty.
void Complain(const rpc::RpcStatus& status, std::string_view request_id);

}  // namespace tierline::cli
