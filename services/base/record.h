#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/ids.h"
#include "tierline/base/v1/options.pb.h"

namespace tierline {

// One entry of the log, as CloudEvents 1.0 attributes and the value. The views point into bytes
// that someone else owns. The key of a record is its subject; its correlation id is its subject,
// the inquiry, too.
struct RecordView {
  Uuid id;                // ce_id, UUIDv7
  std::string_view type;  // ce_type, tierline.<service>.<event>.v<n>
  base::v1::Service source = base::v1::SERVICE_UNSPECIFIED;  // ce_source, /tierline/<service>
  std::string_view subject;      // ce_subject: inquiry id, office/<code>; empty: control
  int64_t time_ms = 0;           // ce_time
  Uuid causation;                // ce_causationid: event that caused a reaction
  Uuid command;                  // ce_commandid: request id
  Uuid epoch;                    // ce_writerepoch: id of the writer's claim
  int64_t seq = 0;               // ce_writerseq, from 0 after the claim
  std::string_view prev;         // ce_prev: 32 bytes, or empty where the type bears none
  std::string_view traceparent;  // W3C; may be empty
  std::string_view value;        // one serialized tierline.events.v1.Event
};

// The record as one string, for engines without headers. Appends to `out`.
//
//   0  u8 version (1)   1  u8 source   2  u8 type size   3  u8 prev size (0|32)
//   4  u16 subject size 6  u8 traceparent size           7  u8 0
//   8  i64 time_ms     16  i64 seq
//  24  id   40  causation   56  command   72  epoch      16 bytes each
//  88  prev, type, subject, traceparent, value (the rest)          numbers little endian
void EncodeRecord(const RecordView& record, std::string* out);

// The views point into `bytes`. Errors: kDataLoss when it is not such a string.
absl::StatusOr<RecordView> DecodeRecord(std::string_view bytes);

// "/tierline/intake"; "/tierline/log" for SERVICE_UNSPECIFIED.
std::string_view SourceName(base::v1::Service service);
// "intake"; "log" for SERVICE_UNSPECIFIED.
std::string_view ServiceName(base::v1::Service service);

}  // namespace tierline
