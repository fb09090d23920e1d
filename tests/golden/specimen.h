#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/record.h"
#include "tierline/events/v1/event.pb.h"

namespace tierline::golden {

// One record as it stands in logs for ever: tests/golden/events/<type>.textproto is the event, with
// the headers as comments before it; tests/golden/frames/<type>.hex is its frame.
struct Specimen {
  std::string type;
  Uuid id, causation, command, epoch;
  base::v1::Service source = base::v1::SERVICE_UNSPECIFIED;
  std::string subject, prev, traceparent;
  int64_t time_ms = 0;
  int64_t seq = 0;
  events::v1::Event event;
  std::string value;  // of the event

  // Views into this.
  RecordView view() const;
};

// The arms of Event in the order of their numbers.
std::vector<const google::protobuf::FieldDescriptor*> Arms();
std::string TypeOfArm(const google::protobuf::FieldDescriptor* arm);

// A specimen of `arm` with every field set, the same whenever it is made.
Specimen MakeSpecimen(const google::protobuf::FieldDescriptor* arm);

std::string ToText(const Specimen& specimen);
// Errors: kInvalidArgument, with the line or field.
absl::StatusOr<Specimen> FromText(const std::string& type, const std::string& text);

}  // namespace tierline::golden
