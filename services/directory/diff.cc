#include "directory/diff.h"

#include <string>

#include "absl/container/btree_map.h"

namespace tierline::directory {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kExamplesMax = 5;

// What names a row: its first field, with the locality where a code has several.
std::string KeyOf(const Message& row) {
  const auto* descriptor = row.GetDescriptor();
  const auto* reflection = row.GetReflection();
  std::string key;
  for (int i = 0; i < descriptor->field_count() && i < 2; ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    const bool part = i == 0 || descriptor->name() == "AreaCode" ||
                      descriptor->name() == "Exchange" || descriptor->name() == "FeeRate";
    if (!part) break;
    if (i > 0) key += "/";
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING)
      key += reflection->GetString(row, field);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM)
      key += reflection->GetEnum(row, field)->name();
  }
  return key;
}

using Rows = absl::btree_map<std::string, std::string>;

Rows RowsOf(const v1::PackPart& pack, const FieldDescriptor* table) {
  const auto* reflection = pack.GetReflection();
  Rows rows;
  if (!table->is_repeated()) {
    if (reflection->HasField(pack, table))
      rows[table->name()] = reflection->GetMessage(pack, table).SerializeAsString();
    return rows;
  }
  for (int i = 0; i < reflection->FieldSize(pack, table); ++i) {
    const Message& row = reflection->GetRepeatedMessage(pack, table, i);
    rows[KeyOf(row)] = row.SerializeAsString();
  }
  return rows;
}

void AddExample(const char* sign, const std::string& key, v1::PackChange* change) {
  if (change->examples_size() < kExamplesMax) change->add_examples(sign + key);
}

v1::PackChange Compare(const std::string& table, const Rows& before, const Rows& after) {
  v1::PackChange change;
  change.set_table(table);
  for (const auto& [key, row] : after) {
    const auto old = before.find(key);
    if (old == before.end()) {
      change.set_added(change.added() + 1);
      AddExample("+", key, &change);
    } else if (old->second != row) {
      change.set_changed(change.changed() + 1);
      AddExample("~", key, &change);
    }
  }
  for (const auto& [key, row] : before) {
    if (after.contains(key)) continue;
    change.set_removed(change.removed() + 1);
    AddExample("-", key, &change);
  }
  return change;
}

}  // namespace

v1::DiffPackResponse DiffPacks(const v1::PackPart& before, const v1::PackPart& after) {
  v1::DiffPackResponse response;
  const auto* descriptor = v1::PackPart::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* table = descriptor->field(i);
    v1::PackChange change = Compare(table->name(), RowsOf(before, table), RowsOf(after, table));
    if (change.added() + change.removed() + change.changed() > 0)
      *response.add_changes() = std::move(change);
  }
  return response;
}

}  // namespace tierline::directory
