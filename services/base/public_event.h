#pragma once

#include <cstdint>
#include <string>

#include <google/protobuf/descriptor.h>

#include "base/record.h"
#include "tierline/events/v1/event.pb.h"

namespace tierline {

// Whether a field may leave the house. It may not when it is a base.v1.Sealed, when it is bytes
// (ciphertext, key ids, fingerprints: nothing that a stranger could use), or when its proto says
// (tierline.base.v1.internal). A new sealed field is thus never public by being forgotten.
bool Leaves(const google::protobuf::FieldDescriptor& field);

enum class Publicity : uint8_t {
  kPublic,
  kInternal,  // nothing of it leaves: a claim, a release, a genesis; or a value that is no such
              // event
  kUnknown,   // of a type that only a newer build knows, which alone can say
};

// Makes of valid records of tierline.history.v1 what stands in tierline.public.v1: the same event
// without what must not leave, and without its writer's epoch, seq and prev.
//
//   PublicEvents events;
//   RecordView out;
//   if (events.Make(record, &out) == Publicity::kPublic) publish(out);
//
// Fields that this build does not know are dropped, too.
class PublicEvents {
 public:
  // The views of `out` point into `record` and this object, until the next call.
  Publicity Make(const RecordView& record, RecordView* out);

 private:
  events::v1::Event event_;  // reused
  std::string value_;
};

}  // namespace tierline
