#include "directory/pack_reader.h"

#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "directory/csv.h"
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

int LineAt(std::string_view text, size_t at) {
  return 1 +
         static_cast<int>(std::count(text.begin(), text.begin() + std::min(at, text.size()), '\n'));
}

std::string CamelCase(std::string_view snake) {
  std::string camel;
  for (size_t i = 0; i < snake.size(); ++i) {
    if (snake[i] == '_' && i + 1 < snake.size()) {
      camel.push_back(absl::ascii_toupper(snake[++i]));
    } else {
      camel.push_back(snake[i]);
    }
  }
  return camel;
}

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
    ReadJson("pack.json", tables->mutable_hotline());
    ReadJson("hours.json", tables->mutable_hours());
    ReadJson("menus.json", tables->mutable_menus());
    for (const auto& [name, content] : files_) {
      if (name.compare(0, 9, "policies/") != 0) continue;
      policy_files_.push_back(name);
      ReadJson(name, tables->add_policies());
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
    if (!rows.ok()) return Add(file.name, std::string(rows.status().message()));
    if (rows->empty()) return Add(absl::StrCat(file.name, ":1"), "has no header");
    const auto* table = v1::PackPart::descriptor()->FindFieldByName(file.table);
    std::vector<const FieldDescriptor*> columns;
    for (const std::string& name : rows->front().cells) {
      columns.push_back(table->message_type()->FindFieldByName(name));
      if (columns.back() == nullptr)
        return Add(absl::StrCat(file.name, ":1"), "'" + name + "' is no column of this table");
    }
    std::vector<int>& lines = lines_[file.table];
    for (auto row = rows->begin() + 1; row != rows->end(); ++row) {
      lines.push_back(row->line);
      ReadRow(file, *row, columns, pack_.tables.GetReflection()->AddMessage(&pack_.tables, table));
    }
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

  void ReadJson(const std::string& name, Message* to) {
    const std::string* text = Find(name);
    if (text == nullptr) return;
    try {  // the one library here that throws; only it says where
      [[maybe_unused]] const auto parsed = nlohmann::json::parse(*text);
    } catch (const nlohmann::json::parse_error& error) {
      return Add(absl::StrCat(name, ":", LineAt(*text, error.byte)),
                 "is no JSON: " + std::string(error.what()));
    }
    const auto status = google::protobuf::util::JsonStringToMessage(*text, to);
    if (!status.ok())
      Add(absl::StrCat(name, ":", LineOfError(*text, std::string(status.message()))),
          std::string(status.message()));
  }

  // JsonUtil says "(limits[0].foo): Cannot find field.": the line where that name first stands.
  static int LineOfError(const std::string& text, const std::string& message) {
    const size_t colon = message.find(": ");
    std::string name = message.substr(0, colon == std::string::npos ? 0 : colon);
    name.erase(
        std::remove_if(name.begin(), name.end(), [](char c) { return c == '(' || c == ')'; }),
        name.end());
    const size_t dot = name.rfind('.');
    if (dot != std::string::npos) name = name.substr(dot + 1);
    const size_t at = name.empty() ? std::string::npos : text.find("\"" + name);
    return at == std::string::npos ? 1 : LineAt(text, at);
  }

  // Where the field at fault stands: the row of a table, or the first line of a JSON file that
  // holds key and value.
  std::string Locate(const Fault& fault) {
    const std::string& path = fault.path;
    const size_t bracket = path.find('[');
    const std::string table = path.substr(0, path.find_first_of("[."));
    int row = 0;
    if (bracket != std::string::npos) row = std::atoi(path.c_str() + bracket + 1);
    for (const CsvFile& file : kCsvFiles) {
      if (table != file.table) continue;
      const std::vector<int>& lines = lines_[table];
      const bool known = bracket != std::string::npos && row < static_cast<int>(lines.size());
      return absl::StrCat(file.name, ":", known ? lines[row] : 1);
    }
    std::string name = table == "hotline" ? "pack.json" : table + ".json";
    if (table == "policies" && row < static_cast<int>(policy_files_.size()))
      name = policy_files_[row];
    const auto file = files_.find(name);
    if (file == files_.end()) return name;
    return absl::StrCat(name, ":",
                        LineOfValue(file->second, path.substr(path.rfind('.') + 1), fault.value));
  }

  static int LineOfValue(const std::string& text, std::string key, const std::string& value) {
    key = CamelCase(key.substr(0, key.find('[')));
    size_t at = value.empty() ? std::string::npos : text.find("\"" + value + "\"");
    if (at == std::string::npos) at = text.find("\"" + key + "\"");
    return at == std::string::npos ? 1 : LineAt(text, at);
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
