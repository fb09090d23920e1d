#include "base/public_event.h"

#include <vector>

#include "base/event_types.h"

namespace tierline {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Reflection visits only what is set.
void Strip(Message* message) {
  const auto* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (!Leaves(*field)) {
      reflection->ClearField(message, field);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const int count = field->is_repeated() ? reflection->FieldSize(*message, field) : 0;
      for (int i = 0; i < count; ++i) Strip(reflection->MutableRepeatedMessage(message, field, i));
      if (!field->is_repeated()) Strip(reflection->MutableMessage(message, field));
    }
  }
}

}  // namespace

bool Leaves(const FieldDescriptor& field) {
  if (field.type() == FieldDescriptor::TYPE_BYTES) return false;
  if (field.message_type() == base::v1::Sealed::descriptor()) return false;
  return !field.options().GetExtension(base::v1::internal);
}

Publicity PublicEvents::Make(const RecordView& record, RecordView* out) {
  // Control records have no subject; all else is about an inquiry or an office.
  if (record.subject.empty()) return Publicity::kInternal;
  if (FindType(record.type) == nullptr) return Publicity::kUnknown;
  if (!event_.ParseFromArray(record.value.data(), static_cast<int>(record.value.size())) ||
      event_.event_case() == events::v1::Event::EVENT_NOT_SET || TypeOf(event_).type != record.type)
    return Publicity::kInternal;
  event_.DiscardUnknownFields();
  Strip(&event_);
  event_.SerializeToString(&value_);
  *out = record;
  out->epoch = {};
  out->seq = 0;
  out->prev = {};
  out->value = value_;
  return Publicity::kPublic;
}

}  // namespace tierline
