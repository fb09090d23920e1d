#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "base/record.h"

// A record as a message of Kafka: CloudEvents 1.0, Kafka binding, binary mode. Any client that
// knows CloudEvents reads it.
//
//   key    the subject                       value  one serialized tierline.events.v1.Event; null:
//                                                   an erasure, which compaction understands
//   header              of RecordView        as text
//   ce_specversion                           1.0
//   ce_id               id                   UUID, lower case
//   ce_source           source               /tierline/intake
//   ce_type             type
//   ce_time             time_ms              2026-11-24T15:14:07.123Z
//   ce_subject          subject
//   ce_correlationid    subject              written for others, not read
//   ce_causationid      causation            UUID
//   ce_commandid        command              UUID
//   ce_writerepoch      epoch                UUID
//   ce_writerseq        seq                  decimal
//   ce_prev             prev                 64 digits, hexadecimal, lower case
//   traceparent         traceparent
//   content-type                             application/protobuf
//
// What is absent or empty has no header. There is one way to write a record, and only that is read.
//
// Foreign messages. Whatever else lies in a topic must neither stop a reader nor be judged in two
// ways. A message that is not exactly of this form is *foreign*: it appears as a record without id,
// type, source and epoch, whose subject is its key and whose value is its value. No claim has an
// empty id, so no writer's epoch is empty, and base/validity.h judges it void, kStaleEpoch, for
// every reader.

namespace tierline::log {

struct Header {
  std::string_view name;
  std::string_view value;
};

// The headers of `record`, which must be Writable. They point into the record and into this object.
class CloudEventHeaders {
 public:
  explicit CloudEventHeaders(const RecordView& record);
  CloudEventHeaders(const CloudEventHeaders&) = delete;
  CloudEventHeaders& operator=(const CloudEventHeaders&) = delete;

  std::span<const Header> all() const { return {headers_.data(), count_}; }

 private:
  void Add(std::string_view name, std::string_view value) { headers_[count_++] = {name, value}; }
  void AddId(std::string_view name, const Uuid& id);
  std::string_view Took(const char* from) const;

  std::array<Header, 14> headers_;
  size_t count_ = 0;
  std::array<char, 4 * 36 + 24 + 20 + 64> text_;
  char* at_ = text_.data();
};

// kInvalidArgument for a record that would be read back as a foreign one: without id or type, with
// a time before 1970 or after 9999, with a field that no frame holds (EncodeRecord).
absl::Status Writable(const RecordView& record);

// Reads one message after the other:
//
//   for (…) decoder.Add(name, value);
//   const RecordView record = decoder.Take(key, value);   // and begins with the next message
//
// Any bytes are read; nothing fails.
class CloudEventDecoder {
 public:
  // A header; names that are not in the table above are ignored.
  void Add(std::string_view name, std::string_view value);
  // The views point into what was given and into this object, until the next Add.
  RecordView Take(std::string_view key, std::string_view value);

 private:
  bool Read(int field, std::string_view value);

  RecordView record_;
  std::array<char, 32> prev_;
  uint32_t seen_ = 0;  // fields, as bits
  bool foreign_ = false;
};

}  // namespace tierline::log
