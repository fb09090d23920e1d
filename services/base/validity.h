#pragma once

#include <cstdint>
#include <string_view>

#include "base/hash.h"
#include "base/record.h"
#include "tierline/state/v1/state.pb.h"

namespace tierline {

// Whether a record counts. Every reader of the log judges alike, from the records before it and
// nothing else.
enum class Verdict : uint8_t {
  kValid,
  kStaleEpoch,     // its writer was no longer, or not yet, the owner
  kBadSeq,         // a duplicate, or decided on a predecessor that was lost
  kPrevConflict,   // another event of the subject came in between
  kRepeatedClaim,  // a claim that was read before
};

// "stale_epoch", … ; empty for kValid.
std::string_view VerdictName(Verdict verdict);

// Which rules hold. All, always: the simulator switches them off one at a time to prove that it
// would notice.
struct ValidityRules {
  bool epoch = true;
  bool seq = true;
  bool prev = true;
};

// The chain hash of a subject after `record`, whose subject had `head` before:
//   SHA-256(tag ‖ head ‖ id ‖ type ‖ source ‖ subject ‖ time ‖ command ‖ value)
//
// each framed by its length.
// Optimistic concurrency and tamper evidence are this one field.
Hash ChainHash(const Hash& head, const RecordView& record);

// Judges `record` and advances `writer`, the state of its source in this partition. `head` is the
// chain hash of its subject. Epoch first, then seq; seq advances; then prev: a prev conflict voids
// only that record.
Verdict Judge(const RecordView& record, const Hash& head, const ValidityRules& rules,
              state::v1::Writer* writer);

}  // namespace tierline
