#include "directory/pack_reader.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "directory/csv.h"
#include "directory/json_file.h"
#include "directory/validate.h"

namespace tierline::directory {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct CsvFile {
  const char* name;
  const char* table;  // field of PackPart
};
constexpr CsvFile kCsvFiles[] = {
    {"offices.csv", "offices"},       {"area_codes.csv", "area_codes"},
    {"exchanges.csv", "exchanges"},   {"mobile_prefixes.csv", "mobile_prefixes"},
    {"lines.csv", "lines"},           {"calendar.csv", "calendar"},
    {"categories.csv", "categories"}, {"fees.csv", "fees"}};

// False when `cell` is not a value of `field`.
bool SetCell(const FieldDescriptor* field, const std::string& cell, Message* row) {
  const auto* reflection = row->GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      reflection->SetString(row, field, cell);
      return true;
    case FieldDescriptor::CPPTYPE_BOOL:
      reflection->SetBool(row, field, cell == "true");
      return cell == "true" || cell == "false";
    case FieldDescriptor::CPPTYPE_INT64: {
      int64_t value = 0;
      if (!absl::SimpleAtoi(cell, &value)) return false;
      reflection->SetInt64(row, field, value);
      return true;
    }
    case FieldDescriptor::CPPTYPE_ENUM: {  // "county" is LEVEL_COUNTY
      const std::string name = absl::StrCat("LEVEL_", absl::AsciiStrToUpper(cell));
      const auto* value = field->enum_type()->FindValueByName(name);
      if (value == nullptr || value->number() == 0) return false;
      reflection->SetEnum(row, field, value);
      return true;
    }
    default:
      return false;  // tables have no other types
  }
}

class Reader {
 public:
  explicit Reader(const std::map<std::string, std::string>& files) : files_(files) {}

  absl::StatusOr<Pack> Run() {
    auto* tables = &pack_.tables;
    for (const CsvFile& file : kCsvFiles) ReadCsv(file);
    ReadJsonFile("pack.json", tables->mutable_hotline());
    ReadJsonFile("hours.json", tables->mutable_hours());
    ReadJsonFile("menus.json", tables->mutable_menus());
    for (const auto& [name, content] : files_) {
      if (!name.starts_with("policies/") || !name.ends_with(".json")) continue;
      policy_files_.push_back(name);
      ReadJsonFile(name, tables->add_policies());
    }
    if (errors_.empty()) {
      for (const Fault& fault : Validate(*tables)) Add(Locate(fault), fault.Sentence());
    }
    if (!errors_.empty()) return absl::InvalidArgumentError(absl::StrJoin(errors_, "\n"));
    pack_.hash = HashPack(*tables);
    pack_.counts = CountPack(*tables);
    return std::move(pack_);
  }

 private:
  void Add(const std::string& where, const std::string& what) {
    if (errors_.size() < kFaultsMax) errors_.push_back(absl::StrCat(where, ": ", what));
  }

  const std::string* Find(const std::string& name) {
    const auto file = files_.find(name);
    if (file != files_.end()) return &file->second;
    Add(name, "the pack has no such file");
    return nullptr;
  }

  void ReadCsv(const CsvFile& file) {
    const std::string* text = Find(file.name);
    if (text == nullptr) return;
    const auto rows = ParseCsv(*text);
    if (!rows.ok()) {  // its message begins with the line
      errors_.push_back(absl::StrCat(file.name, ":", rows.status().message()));
      return;
    }
    if (rows->empty()) return Add(absl::StrCat(file.name, ":1"), "has no header");
    const auto* table = v1::PackPart::descriptor()->FindFieldByName(file.table);
    const auto columns = Columns(file, rows->front(), *table->message_type());
    if (columns.empty()) return;
    std::vector<int>& lines = lines_[file.table];
    for (auto row = rows->begin() + 1; row != rows->end(); ++row) {
      lines.push_back(row->line);
      ReadRow(file, *row, columns, pack_.tables.GetReflection()->AddMessage(&pack_.tables, table));
    }
  }

  // The fields of the header, every one of the table once; none when it is at fault.
  std::vector<const FieldDescriptor*> Columns(const CsvFile& file, const CsvRow& header,
                                              const google::protobuf::Descriptor& table) {
    const std::string where = absl::StrCat(file.name, ":", header.line);
    const size_t errors = errors_.size();
    std::vector<const FieldDescriptor*> columns;
    for (const std::string& name : header.cells) {
      const FieldDescriptor* field = table.FindFieldByName(name);
      if (field == nullptr) {
        Add(where, absl::StrCat("'", name, "' is no column of this table"));
      } else if (std::find(columns.begin(), columns.end(), field) != columns.end()) {
        Add(where, absl::StrCat("'", name, "' stands twice"));
      }
      columns.push_back(field);
    }
    for (int i = 0; i < table.field_count(); ++i) {
      if (std::find(columns.begin(), columns.end(), table.field(i)) != columns.end()) continue;
      Add(where, absl::StrCat("the column '", table.field(i)->name(), "' is missing"));
    }
    if (errors_.size() > errors) columns.clear();
    return columns;
  }

  void ReadRow(const CsvFile& file, const CsvRow& row,
               const std::vector<const FieldDescriptor*>& columns, Message* to) {
    const std::string where = absl::StrCat(file.name, ":", row.line);
    if (row.cells.size() != columns.size()) {
      return Add(where,
                 absl::StrCat("has ", row.cells.size(), " columns, the header ", columns.size()));
    }
    for (size_t i = 0; i < columns.size(); ++i) {
      if (!SetCell(columns[i], row.cells[i], to)) {
        Add(where, absl::StrCat(columns[i]->name(), ": '", row.cells[i].substr(0, 64),
                                "' is no value of this column"));
      }
    }
  }

  void ReadJsonFile(const std::string& name, Message* to) {
    const std::string* text = Find(name);
    if (text == nullptr) return;
    if (const auto error = ReadJson(*text, to)) {
      Add(absl::StrCat(name, ":", error->line), error->message);
    }
  }

  // Where the field at fault stands: the row of a table, or the field of a JSON file.
  std::string Locate(const Fault& fault) {
    const std::string& path = fault.path;
    const std::string table = path.substr(0, path.find_first_of("[."));
    const size_t bracket = path.find('[');
    const size_t row =
        bracket == std::string::npos ? 0 : std::strtoul(&path[bracket + 1], nullptr, 10);
    for (const CsvFile& file : kCsvFiles) {
      if (table != file.table) continue;
      const std::vector<int>& lines = lines_[table];
      const bool known = bracket != std::string::npos && row < lines.size();
      return absl::StrCat(file.name, ":", known ? lines[row] : 1);
    }
    std::string name = table == "hotline" ? "pack.json" : table + ".json";
    if (table == "policies" && row < policy_files_.size()) name = policy_files_[row];
    const auto file = files_.find(name);
    if (file == files_.end()) return name;
    const size_t dot = path.find('.');
    const std::string field = dot == std::string::npos ? "" : path.substr(dot + 1);
    return absl::StrCat(name, ":", JsonLines(file->second).LineOf(field));
  }

  const std::map<std::string, std::string>& files_;
  Pack pack_;
  std::vector<std::string> errors_;
  std::map<std::string, std::vector<int>> lines_;  // of the rows, by table
  std::vector<std::string> policy_files_;
};

}  // namespace

absl::StatusOr<Pack> ReadPack(const std::map<std::string, std::string>& files) {
  return Reader(files).Run();
}

}  // namespace tierline::directory
