#include "tests/golden/specimen.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/event_types.h"
#include "base/hash.h"
#include "base/text.h"

namespace tierline::golden {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int64_t kStartMs = 1'238'554'800'000;  // 2009-04-01T11:00+08:00

std::string Repeated(int size, int number) {
  return std::string(size, static_cast<char>(0x40 + number % 64));
}

void Fill(Message* message);

// Sets `field`, or adds to it, something that says which field it is.
void FillField(const FieldDescriptor* field, Message* message) {
  const auto* r = message->GetReflection();
  const bool many = field->is_repeated();
  const int n = field->number();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Fill(many ? r->AddMessage(message, field) : r->MutableMessage(message, field));
    case FieldDescriptor::CPPTYPE_STRING: {
      const bool bytes = field->type() == FieldDescriptor::TYPE_BYTES;
      const std::string text =
          bytes ? Repeated(field->name() == "nonce" ? 12 : 16, n) : field->name();
      return many ? r->AddString(message, field, text) : r->SetString(message, field, text);
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value =
          field->enum_type()->value(1 + n % (field->enum_type()->value_count() - 1));
      return many ? r->AddEnum(message, field, value) : r->SetEnum(message, field, value);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return r->SetBool(message, field, true);
    case FieldDescriptor::CPPTYPE_INT32:
      return r->SetInt32(message, field, 100 + n);
    case FieldDescriptor::CPPTYPE_UINT32:
      return r->SetUInt32(message, field, 100 + n);
    case FieldDescriptor::CPPTYPE_INT64: {
      const bool instant = absl::EndsWith(field->name(), "_ms");
      return r->SetInt64(message, field, instant ? kStartMs + 1000 * n : 1000 + n);
    }
    case FieldDescriptor::CPPTYPE_UINT64:
      return r->SetUInt64(message, field, 1000 + n);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return r->SetDouble(message, field, n + 0.5);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return r->SetFloat(message, field, n + 0.5F);
  }
}

void Fill(Message* message) {
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    if (field->real_containing_oneof() != nullptr && field->index_in_oneof() > 0) continue;
    FillField(field, message);
  }
}

std::string SubjectOf(const EventType& type) {
  if (absl::StartsWith(ToAbsl(type.type), "tierline.directory.")) return "directory";
  if (absl::StartsWith(ToAbsl(type.type), "tierline.keys.")) return HexOf(Repeated(16, 1));
  if (type.service == base::v1::SERVICE_UNSPECIFIED && !type.bears_prev) return "";
  return "0120d5c6-2b80-8000-8000-000000012345";
}

}  // namespace

RecordView Specimen::view() const {
  RecordView view{.id = id, .type = type, .source = source, .subject = subject, .time_ms = time_ms};
  view.causation = causation;
  view.command = command;
  view.epoch = epoch;
  view.seq = seq;
  view.prev = prev;
  view.traceparent = traceparent;
  view.value = value;
  return view;
}

std::vector<const FieldDescriptor*> Arms() {
  std::vector<const FieldDescriptor*> arms;
  const auto* oneof = events::v1::Event::descriptor()->FindOneofByName("event");
  for (int i = 0; i < oneof->field_count(); ++i) arms.push_back(oneof->field(i));
  std::sort(arms.begin(), arms.end(),
            [](const auto* a, const auto* b) { return a->number() < b->number(); });
  return arms;
}

std::string TypeOfArm(const FieldDescriptor* arm) {
  return arm->message_type()->options().GetExtension(base::v1::event).type();
}

Specimen MakeSpecimen(const FieldDescriptor* arm) {
  const auto number = static_cast<uint64_t>(arm->number());
  Specimen made;
  Fill(made.event.GetReflection()->MutableMessage(&made.event, arm));
  const EventType& type = TypeOf(made.event);
  made.type = type.type;
  made.time_ms = kStartMs + 1000 * arm->number();
  made.id = MakeUuidV7(made.time_ms, number, number);
  made.epoch = MakeUuidV7(kStartMs, 17, 17);
  made.seq = arm->number();
  made.subject = SubjectOf(type);
  // Control records name their writer themselves.
  made.source = type.service == base::v1::SERVICE_UNSPECIFIED && !made.event.has_genesis() &&
                        !made.event.has_data_key()
                    ? base::v1::SERVICE_INTAKE
                    : type.service;
  if (type.bears_prev) made.prev = Repeated(32, arm->number());
  made.event.set_subject(made.subject);
  made.event.set_occurred_at_ms(made.time_ms);
  if (!made.subject.empty()) {
    made.event.set_directory(arm->number());
    made.event.set_utc_offset_s(8 * 3600);
    made.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    if (type.service == base::v1::SERVICE_ESCALATION || made.event.has_reaction_declined()) {
      made.event.set_reaction(arm->name());
      made.causation = MakeUuidV7(made.time_ms - 1000, number - 1, number - 1);
      made.command = MakeReactionId(made.causation, arm->name(), made.subject);
    } else {
      made.event.mutable_actor()->set_role(base::v1::ROLE_OPERATOR);
      made.event.mutable_actor()->set_office("340100");
      made.event.set_content(Repeated(16, arm->number()));
      made.command = MakeUuidV7(made.time_ms, 1, number);
    }
  }
  made.value = made.event.SerializeAsString();
  return made;
}

std::string ToText(const Specimen& specimen) {
  std::string event;
  google::protobuf::TextFormat::PrintToString(specimen.event, &event);
  return absl::StrCat(
      "# id ", specimen.id.ToString(), "\n# source ", static_cast<int>(specimen.source),
      "\n# subject ", specimen.subject, "\n# time_ms ", specimen.time_ms, "\n# causation ",
      specimen.causation.ToString(), "\n# command ", specimen.command.ToString(), "\n# epoch ",
      specimen.epoch.ToString(), "\n# seq ", specimen.seq, "\n# prev ", HexOf(specimen.prev),
      "\n# traceparent ", specimen.traceparent, "\n\n", event);
}

absl::StatusOr<Specimen> FromText(const std::string& type, const std::string& text) {
  std::map<std::string, std::string> headers;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && absl::StartsWith(line, "# ");) {
    const size_t space = line.find(' ', 2);
    if (space == std::string::npos) return absl::InvalidArgumentError("no value: " + line);
    headers[line.substr(2, space - 2)] = line.substr(space + 1);
  }
  Specimen read;
  read.type = type;
  for (const auto& [name, id] :
       {std::pair("id", &read.id), std::pair("causation", &read.causation),
        std::pair("command", &read.command), std::pair("epoch", &read.epoch)}) {
    auto parsed = Uuid::Parse(headers[name]);
    if (!parsed.ok()) return absl::InvalidArgumentError(std::string("header ") + name);
    *id = *parsed;
  }
  read.source = static_cast<base::v1::Service>(std::stoi(headers["source"]));
  read.subject = headers["subject"];
  read.time_ms = std::stoll(headers["time_ms"]);
  read.seq = std::stoll(headers["seq"]);
  read.prev = absl::HexStringToBytes(headers["prev"]);
  read.traceparent = headers["traceparent"];
  if (!google::protobuf::TextFormat::ParseFromString(text, &read.event)) {
    return absl::InvalidArgumentError("the event of " + type + " does not parse");
  }
  read.value = read.event.SerializeAsString();
  return read;
}

}  // namespace tierline::golden
