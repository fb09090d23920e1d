#include "directory/pack.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "absl/strings/str_cat.h"
#include "base/hash.h"

namespace tierline::directory {

using google::protobuf::FieldDescriptor;

std::string HashPack(const v1::PackPart& tables) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    tables.SerializeToCodedStream(&coded);
  }
  return HexOf(Bytes(Sha256Of(bytes)));
}

v1::PackCounts CountPack(const v1::PackPart& tables) {
  v1::PackCounts counts;
  counts.set_offices(tables.offices_size());
  counts.set_area_codes(tables.area_codes_size());
  counts.set_exchanges(tables.exchanges_size());
  counts.set_mobile_prefixes(tables.mobile_prefixes_size());
  counts.set_lines(tables.lines_size());
  counts.set_calendar_days(tables.calendar_size());
  counts.set_categories(tables.categories_size());
  counts.set_policies(tables.policies_size());
  return counts;
}

std::vector<v1::PackPart> SplitPack(const v1::PackPart& tables, size_t bytes_max) {
  std::vector<v1::PackPart> parts(1);
  size_t bytes = 0;
  const auto* reflection = tables.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(tables, &fields);
  const auto grow = [&](size_t by) {
    if (bytes > 0 && bytes + by > bytes_max) {
      parts.emplace_back();
      bytes = 0;
    }
    bytes += by;
    return &parts.back();
  };
  for (const FieldDescriptor* field : fields) {
    if (!field->is_repeated()) {
      const auto& message = reflection->GetMessage(tables, field);
      v1::PackPart* part = grow(message.ByteSizeLong());
      reflection->MutableMessage(part, field)->CopyFrom(message);
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(tables, field); ++i) {
      const auto& row = reflection->GetRepeatedMessage(tables, field, i);
      v1::PackPart* part = grow(row.ByteSizeLong() + 4);  // tag and length
      reflection->AddMessage(part, field)->CopyFrom(row);
    }
  }
  return parts;
}

std::string CompareCounts(const v1::PackCounts& given, const v1::PackCounts& actual) {
  const auto* descriptor = v1::PackCounts::descriptor();
  const auto* reflection = given.GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    if (field->name() == "parts") continue;
    const int told = reflection->GetInt32(given, field);
    const int is = reflection->GetInt32(actual, field);
    if (told != is) return absl::StrCat(field->name(), ": ", is, ", not ", told);
  }
  return "";
}

}  // namespace tierline::directory
