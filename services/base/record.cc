#include "base/record.h"

#include <cstring>

#include "absl/status/status.h"

namespace tierline {
namespace {

constexpr size_t kFixed = 88;
constexpr char kVersion = 1;

template <typename T>
void Put(char* at, T value) {
  std::memcpy(at, &value, sizeof value);
}
template <typename T>
T Get(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

void EncodeRecord(const RecordView& record, std::string* out) {
  char fixed[kFixed] = {};
  fixed[0] = kVersion;
  fixed[1] = static_cast<char>(record.source);
  fixed[2] = static_cast<char>(record.type.size());
  fixed[3] = static_cast<char>(record.prev.size());
  Put<uint16_t>(fixed + 4, static_cast<uint16_t>(record.subject.size()));
  fixed[6] = static_cast<char>(record.traceparent.size());
  Put<int64_t>(fixed + 8, record.time_ms);
  Put<int64_t>(fixed + 16, record.seq);
  std::memcpy(fixed + 24, record.id.bytes().data(), 16);
  std::memcpy(fixed + 40, record.causation.bytes().data(), 16);
  std::memcpy(fixed + 56, record.command.bytes().data(), 16);
  std::memcpy(fixed + 72, record.epoch.bytes().data(), 16);
  out->reserve(out->size() + kFixed + record.prev.size() + record.type.size() +
               record.subject.size() + record.traceparent.size() + record.value.size());
  out->append(fixed, kFixed);
  out->append(record.prev)
      .append(record.type)
      .append(record.subject)
      .append(record.traceparent)
      .append(record.value);
}

absl::StatusOr<RecordView> DecodeRecord(std::string_view bytes) {
  if (bytes.size() < kFixed || bytes[0] != kVersion)
    return absl::DataLossError("record frame: no version 1 header");
  const char* at = bytes.data();
  RecordView record;
  record.source = static_cast<base::v1::Service>(at[1]);
  const size_t type = static_cast<uint8_t>(at[2]);
  const size_t prev = static_cast<uint8_t>(at[3]);
  const size_t subject = Get<uint16_t>(at + 4);
  const size_t trace = static_cast<uint8_t>(at[6]);
  if ((prev != 0 && prev != 32) || !base::v1::Service_IsValid(at[1]) ||
      bytes.size() < kFixed + type + prev + subject + trace) {
    return absl::DataLossError("record frame: sizes do not fit");
  }
  record.time_ms = Get<int64_t>(at + 8);
  record.seq = Get<int64_t>(at + 16);
  record.id = Uuid::FromBytes(bytes.substr(24, 16));
  record.causation = Uuid::FromBytes(bytes.substr(40, 16));
  record.command = Uuid::FromBytes(bytes.substr(56, 16));
  record.epoch = Uuid::FromBytes(bytes.substr(72, 16));
  std::string_view rest = bytes.substr(kFixed);
  const auto take = [&rest](size_t size) {
    const std::string_view part = rest.substr(0, size);
    rest.remove_prefix(size);
    return part;
  };
  record.prev = take(prev);
  record.type = take(type);
  record.subject = take(subject);
  record.traceparent = take(trace);
  record.value = rest;
  return record;
}

std::string_view SourceName(base::v1::Service service) {
  switch (service) {
    case base::v1::SERVICE_ROUTING:
      return "/tierline/routing";
    case base::v1::SERVICE_INTAKE:
      return "/tierline/intake";
    case base::v1::SERVICE_ESCALATION:
      return "/tierline/escalation";
    case base::v1::SERVICE_REPORTING:
      return "/tierline/reporting";
    default:
      return "/tierline/log";  // proto3 enums are open
  }
}

std::string_view ServiceName(base::v1::Service service) {
  return SourceName(service).substr(sizeof("/tierline/") - 1);
}

}  // namespace tierline
