#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/generated_enum_reflection.h"

// Enum values as people write them: CALL_END_CAUSE_RING_TIMEOUT is ring_timeout.

namespace tierline::cli {

// Empty for the unspecified value, the number for one that this build does not know.
std::string EnumName(const google::protobuf::EnumDescriptor& type, int value);
// All but the unspecified one, in order.
std::vector<std::string> EnumNames(const google::protobuf::EnumDescriptor& type);
// The unspecified value (0) for a name that the type does not have.
int EnumValue(const google::protobuf::EnumDescriptor& type, std::string_view name);

template <typename E>
std::string NameOf(E value) {
  return EnumName(*google::protobuf::GetEnumDescriptor<E>(), value);
}
template <typename E>
std::vector<std::string> NamesOf() {
  return EnumNames(*google::protobuf::GetEnumDescriptor<E>());
}
template <typename E>
E ValueOf(std::string_view name) {
  return static_cast<E>(EnumValue(*google::protobuf::GetEnumDescriptor<E>(), name));
}

}  // namespace tierline::cli
