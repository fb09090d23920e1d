#include "runtime/log/cloud_events.h"

#include <charconv>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"

namespace tierline::log {
namespace {

constexpr std::string_view kSpecVersion = "1.0";
constexpr std::string_view kContentType = "application/protobuf";
constexpr int64_t kTimeMsMax = 253'402'300'799'999;  // 9999-12-31T23:59:59.999Z
constexpr size_t kPrevBytes = 32;
constexpr size_t kByteMax = std::numeric_limits<uint8_t>::max();
constexpr size_t kSubjectMax = std::numeric_limits<uint16_t>::max();

enum Field : int {
  kSpec,
  kId,
  kSource,
  kType,
  kTime,
  kSubject,
  kCausation,
  kCommand,
  kEpoch,
  kSeq,
  kPrev,
  kTrace,
  kContent,
  kNone,
};
constexpr std::array<std::string_view, kNone> kNames = {
    "ce_specversion", "ce_id",          "ce_source",    "ce_type",        "ce_time",
    "ce_subject",     "ce_causationid", "ce_commandid", "ce_writerepoch", "ce_writerseq",
    "ce_prev",        "traceparent",    "content-type"};
constexpr std::string_view kCorrelation = "ce_correlationid";

constexpr uint32_t Bit(int field) { return uint32_t{1} << field; }
constexpr uint32_t kRequired = Bit(kSpec) | Bit(kId) | Bit(kSource) | Bit(kType) | Bit(kTime);

// The lengths differ enough that one comparison is left.
int FieldOf(std::string_view name) {
  for (int field = 0; field < kNone; ++field) {
    if (kNames[static_cast<size_t>(field)] == name) return field;
  }
  return kNone;
}

constexpr char kHex[] = "0123456789abcdef";

char* PutHex(std::string_view bytes, char* at) {
  for (const char byte : bytes) {
    *at++ = kHex[static_cast<uint8_t>(byte) >> 4];
    *at++ = kHex[static_cast<uint8_t>(byte) & 15];
  }
  return at;
}

int Nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Exactly `bytes` bytes from twice as many digits.
bool ReadHex(std::string_view digits, size_t bytes, char* out) {
  if (digits.size() != 2 * bytes) return false;
  for (size_t i = 0; i < bytes; ++i) {
    const int high = Nibble(digits[2 * i]);
    const int low = Nibble(digits[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<char>(high << 4 | low);
  }
  return true;
}

bool ReadId(std::string_view text, Uuid* id) {
  constexpr size_t kParts[] = {4, 2, 2, 2, 6};
  char bytes[16];
  char* at = bytes;
  if (text.size() != 36) return false;
  for (const size_t part : kParts) {
    if (!ReadHex(text.substr(0, 2 * part), part, at)) return false;
    at += part;
    text.remove_prefix(2 * part);
    if (text.empty()) break;
    if (text[0] != '-') return false;
    text.remove_prefix(1);
  }
  *id = Uuid::FromBytes({bytes, sizeof bytes});
  return !id->absent();
}

// Howard Hinnant, "chrono-compatible low-level date algorithms"; from 1970 on.
struct Day {
  int64_t year;
  int64_t month;
  int64_t day;
};

int64_t DaysOf(const Day& of) {
  const int64_t year = of.year - (of.month <= 2);
  const int64_t era = year / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (of.month + (of.month > 2 ? -3 : 9)) + 2) / 5 + of.day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719468;
}

Day DayOf(int64_t days) {
  days += 719468;
  const int64_t era = days / 146097;
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * day_of_year + 2) / 153;
  const int64_t month = shifted + (shifted < 10 ? 3 : -9);
  return {year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1};
}

constexpr std::string_view kTimeForm = "0000-00-00T00:00:00.000Z";
constexpr int64_t kDayMs = 86'400'000;

void PutNumber(int64_t number, size_t digits, char* at) {
  while (digits-- > 0) {
    at[digits] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

char* PutTime(int64_t time_ms, char* at) {
  const Day day = DayOf(time_ms / kDayMs);
  const int64_t of_day = time_ms % kDayMs;
  std::memcpy(at, kTimeForm.data(), kTimeForm.size());
  PutNumber(day.year, 4, at);
  PutNumber(day.month, 2, at + 5);
  PutNumber(day.day, 2, at + 8);
  PutNumber(of_day / 3'600'000, 2, at + 11);
  PutNumber(of_day / 60'000 % 60, 2, at + 14);
  PutNumber(of_day / 1000 % 60, 2, at + 17);
  PutNumber(of_day % 1000, 3, at + 20);
  return at + kTimeForm.size();
}

bool ReadTime(std::string_view text, int64_t* time_ms) {
  if (text.size() != kTimeForm.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (kTimeForm[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != kTimeForm[i])
      return false;
  }
  const auto number = [text](size_t from, size_t digits) {
    int64_t value = 0;
    for (size_t i = from; i < from + digits; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  const Day day{number(0, 4), number(5, 2), number(8, 2)};
  if (day.year < 1970 || day.month < 1 || day.month > 12) return false;
  *time_ms = DaysOf(day) * kDayMs + number(11, 2) * 3'600'000 + number(14, 2) * 60'000 +
             number(17, 2) * 1000 + number(20, 3);
  // The 31st of June, or a 61st second, would come out as another text.
  char again[kTimeForm.size()];
  PutTime(*time_ms, again);
  return text == std::string_view(again, sizeof again);
}

bool ReadSource(std::string_view text, base::v1::Service* source) {
  for (int i = base::v1::Service_MIN; i <= base::v1::Service_MAX; ++i) {
    *source = static_cast<base::v1::Service>(i);
    if (SourceName(*source) == text) return true;
  }
  return false;
}

bool ReadSeq(std::string_view text, int64_t* seq) {
  if (text.empty() || text[0] == '-' || (text[0] == '0' && text.size() > 1)) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *seq);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

CloudEventHeaders::CloudEventHeaders(const RecordView& record) {
  Add(kNames[kSpec], kSpecVersion);
  AddId(kNames[kId], record.id);
  Add(kNames[kSource], SourceName(record.source));
  Add(kNames[kType], record.type);
  const char* from = at_;
  at_ = PutTime(record.time_ms, at_);
  Add(kNames[kTime], Took(from));
  if (!record.subject.empty()) {
    Add(kNames[kSubject], record.subject);
    Add(kCorrelation, record.subject);
  }
  AddId(kNames[kCausation], record.causation);
  AddId(kNames[kCommand], record.command);
  AddId(kNames[kEpoch], record.epoch);
  if (!record.epoch.absent() || record.seq != 0) {
    from = at_;
    at_ = std::to_chars(at_, text_.data() + text_.size(), record.seq).ptr;
    Add(kNames[kSeq], Took(from));
  }
  if (!record.prev.empty()) {
    from = at_;
    at_ = PutHex(record.prev, at_);
    Add(kNames[kPrev], Took(from));
  }
  if (!record.traceparent.empty()) Add(kNames[kTrace], record.traceparent);
  if (!record.value.empty()) Add(kNames[kContent], kContentType);
}

std::string_view CloudEventHeaders::Took(const char* from) const {
  return {from, static_cast<size_t>(at_ - from)};
}

void CloudEventHeaders::AddId(std::string_view name, const Uuid& id) {
  if (id.absent()) return;
  const char* from = at_;
  const std::string_view bytes = id.bytes();
  at_ = PutHex(bytes.substr(0, 4), at_);
  for (const size_t part : {4, 6, 8}) {
    *at_++ = '-';
    at_ = PutHex(bytes.substr(part, 2), at_);
  }
  *at_++ = '-';
  at_ = PutHex(bytes.substr(10), at_);
  Add(name, Took(from));
}

absl::Status Writable(const RecordView& record) {
  if (record.id.absent() || record.type.empty())
    return absl::InvalidArgumentError("a record without an id or a type");
  if (record.time_ms < 0 || record.time_ms > kTimeMsMax || record.seq < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("a record of time ", record.time_ms, " ms, seq ", record.seq));
  }
  if (record.type.size() > kByteMax || record.traceparent.size() > kByteMax ||
      record.subject.size() > kSubjectMax ||
      (!record.prev.empty() && record.prev.size() != kPrevBytes) ||
      !base::v1::Service_IsValid(record.source)) {
    return absl::InvalidArgumentError(
        "a record whose type, source, subject, traceparent or previous hash is unfit");
  }
  return absl::OkStatus();
}

void CloudEventDecoder::Add(std::string_view name, std::string_view value) {
  const int field = FieldOf(name);
  if (field == kNone) return;
  if ((seen_ & Bit(field)) != 0 || !Read(field, value)) foreign_ = true;
  seen_ |= Bit(field);
}

bool CloudEventDecoder::Read(int field, std::string_view value) {
  switch (static_cast<Field>(field)) {
    case kSpec:
      return value == kSpecVersion;
    case kId:
      return ReadId(value, &record_.id);
    case kSource:
      return ReadSource(value, &record_.source);
    case kType:
      record_.type = value;
      return !value.empty() && value.size() <= kByteMax;
    case kTime:
      return ReadTime(value, &record_.time_ms);
    case kSubject:
      record_.subject = value;
      return !value.empty() && value.size() <= kSubjectMax;
    case kCausation:
      return ReadId(value, &record_.causation);
    case kCommand:
      return ReadId(value, &record_.command);
    case kEpoch:
      return ReadId(value, &record_.epoch);
    case kSeq:
      return ReadSeq(value, &record_.seq);
    case kPrev:
      record_.prev = {prev_.data(), prev_.size()};
      return ReadHex(value, kPrevBytes, prev_.data());
    case kTrace:
      record_.traceparent = value;
      return value.size() <= kByteMax;
    case kContent:
      return value == kContentType;
    case kNone:
      break;
  }
  return true;
}

RecordView CloudEventDecoder::Take(std::string_view key, std::string_view value) {
  RecordView record = record_;
  const bool whole = (seen_ & kRequired) == kRequired;
  const bool typed = value.empty() || (seen_ & Bit(kContent)) != 0;
  // The key of a record without a subject says nothing: compaction needs one, though.
  const bool keyed = record.subject.empty() || record.subject == key;
  if (foreign_ || !whole || !typed || !keyed) {
    record = {};
    if (key.size() <= kSubjectMax) record.subject = key;
  }
  record.value = value;
  record_ = {};
  seen_ = 0;
  foreign_ = false;
  return record;
}

}  // namespace tierline::log
