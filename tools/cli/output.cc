#include "tools/cli/output.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "google/protobuf/util/json_util.h"
#include "tools/cli/exit_code.h"

namespace tierline::cli {

std::string ToJson(const google::protobuf::Message& message, bool indent) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = indent;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;  // a script finds every field
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) json = "{}";
  while (!json.empty() && json.back() == '\n') json.pop_back();
  return json;
}

void Output::PrintJson(const google::protobuf::Message& reply, std::string_view rows) const {
  const auto* field = reply.GetDescriptor()->FindFieldByName(std::string(rows));
  if (format_ == Format::kJson || field == nullptr) {
    std::cout << ToJson(reply, format_ == Format::kJson) << "\n";
    return;
  }
  const google::protobuf::Reflection& reflection = *reply.GetReflection();
  for (int i = 0; i < reflection.FieldSize(reply, field); ++i) {
    std::cout << ToJson(reflection.GetRepeatedMessage(reply, field, i), false) << "\n";
  }
}

void Output::Print(const Table& table) const { std::cout << table.ToString(color_); }
void Output::Print(const Fields& fields) const { std::cout << FieldsToString(fields); }
void Output::Print(std::string_view line) const { std::cout << line << "\n"; }

void Complain(std::string_view line) {
  std::cout.flush();
  std::cerr << "tierline: " << line << "\n";
}

void Complain(const rpc::RpcStatus& status, std::string_view request_id) {
  const std::string code = absl::StatusCodeToString(status.code);
  std::string reason = code;
  if (!status.reason.empty() && status.reason != code) absl::StrAppend(&reason, " ", status.reason);
  Complain(Printable(status.message.empty() ? reason : status.message));
  Fields fields = {{"  reason", reason},
                   {"  field", status.field},
                   {"  value", status.value},
                   {"  rule", status.rule}};
  for (const auto& [key, value] : status.metadata)
    fields.emplace_back(absl::StrCat("  ", key), value);
  if (!request_id.empty()) {
    fields.emplace_back(
        "  request",
        absl::StrCat(ToAbsl(request_id), " (repeat with --request-id: it is not done twice)"));
  }
  fields.emplace_back("  do", AdviceFor(status));
  std::cerr << FieldsToString(fields);
}

}  // namespace tierline::cli
