#include "base/event_types.h"

#include <vector>

#include "absl/container/flat_hash_map.h"

namespace tierline {
namespace {

struct Table {
  std::vector<EventType> by_arm;  // index: field number
  absl::flat_hash_map<std::string_view, const EventType*> by_type;

  Table() {
    const auto* arms = events::v1::Event::descriptor()->FindOneofByName("event");
    int last = 0;
    for (int i = 0; i < arms->field_count(); ++i) last = std::max(last, arms->field(i)->number());
    by_arm.resize(last + 1);
    for (int i = 0; i < arms->field_count(); ++i) {
      const auto& options = arms->field(i)->message_type()->options().GetExtension(base::v1::event);
      EventType& type = by_arm[arms->field(i)->number()];
      type = {options.type(), options.bears_prev(), options.service()};
      by_type[type.type] = &type;
    }
  }
};

const Table& Types() {
  static const Table* const table = new Table;
  return *table;
}

}  // namespace

const EventType& TypeOf(const events::v1::Event& event) {
  return Types().by_arm[event.event_case()];
}

const EventType* FindType(std::string_view type) {
  const auto it = Types().by_type.find(type);
  return it == Types().by_type.end() ? nullptr : it->second;
}

}  // namespace tierline
