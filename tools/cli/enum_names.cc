#include "tools/cli/enum_names.h"

#include "absl/strings/ascii.h"
#include "google/protobuf/descriptor.h"

namespace tierline::cli {
namespace {

constexpr std::string_view kUnspecified = "UNSPECIFIED";

// "CALL_END_CAUSE_" of the type whose value 0 is CALL_END_CAUSE_UNSPECIFIED.
size_t PrefixSize(const google::protobuf::EnumDescriptor& type) {
  const google::protobuf::EnumValueDescriptor* zero = type.FindValueByNumber(0);
  return zero == nullptr ? 0 : zero->name().size() - kUnspecified.size();
}

}  // namespace

std::string EnumName(const google::protobuf::EnumDescriptor& type, int value) {
  if (value == 0) return "";
  const google::protobuf::EnumValueDescriptor* found = type.FindValueByNumber(value);
  if (found == nullptr) return std::to_string(value);
  return absl::AsciiStrToLower(found->name().substr(PrefixSize(type)));
}

std::vector<std::string> EnumNames(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(EnumName(type, type.value(i)->number()));
  }
  return names;
}

int EnumValue(const google::protobuf::EnumDescriptor& type, std::string_view name) {
  for (int i = 0; i < type.value_count(); ++i) {
    const int number = type.value(i)->number();
    if (number != 0 && EnumName(type, number) == name) return number;
  }
  return 0;
}

}  // namespace tierline::cli
