#include "runtime/rpc/status.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace tierline::rpc {
namespace {

constexpr absl::Duration kDefaultRetryAfter = absl::Milliseconds(200);

bool IsRetryable(absl::StatusCode code) {
  return code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kResourceExhausted;
}

void AddErrorInfo(const RpcStatus& status, google::rpc::Status* out) {
  google::rpc::ErrorInfo info;
  info.set_reason(status.reason.empty() ? absl::StatusCodeToString(status.code) : status.reason);
  info.set_domain(std::string(kErrorDomain));
  auto& metadata = *info.mutable_metadata();
  for (const auto& [key, value] : status.metadata) metadata[key] = value;
  if (!status.rule.empty()) metadata["rule"] = status.rule;
  if (!status.field.empty()) metadata["field"] = status.field;
  if (!status.value.empty()) metadata["value"] = status.value;
  out->add_details()->PackFrom(info);
}

void AddBadRequest(const RpcStatus& status, google::rpc::Status* out) {
  google::rpc::BadRequest bad;
  auto* violation = bad.add_field_violations();
  violation->set_field(status.field);
  violation->set_description(status.message);
  out->add_details()->PackFrom(bad);
}

void AddRetryInfo(absl::Duration retry_after, google::rpc::Status* out) {
  google::rpc::RetryInfo retry;
  absl::Duration rest;
  retry.mutable_retry_delay()->set_seconds(
      absl::IDivDuration(retry_after, absl::Seconds(1), &rest));
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  out->add_details()->PackFrom(retry);
}

// Moves metadata[key] out, so that the map keeps only what has no field of its own.
std::string Take(std::map<std::string, std::string>* metadata, const std::string& key) {
  auto node = metadata->extract(key);
  return node.empty() ? std::string() : std::move(node.mapped());
}

void ReadErrorInfo(const google::rpc::ErrorInfo& info, RpcStatus* status) {
  status->reason = info.reason();
  status->metadata = {info.metadata().begin(), info.metadata().end()};
  status->rule = Take(&status->metadata, "rule");
  status->value = Take(&status->metadata, "value");
  std::string field = Take(&status->metadata, "field");
  if (!field.empty()) status->field = std::move(field);
}

}  // namespace

RpcStatus FromRejection(const Rejection& rejection) {
  return {.code = rejection.code,
          .message = rejection.message,
          .reason = rejection.reason,
          .rule = rejection.rule,
          .field = rejection.field,
          .value = rejection.value};
}

RpcStatus FromStatus(const absl::Status& status) {
  if (status.ok()) return {};
  return {.code = status.code(),
          .message = std::string(status.message()),
          .reason = absl::StatusCodeToString(status.code())};
}

absl::Status ToStatus(const RpcStatus& status) { return absl::Status(status.code, status.message); }

std::string EncodeDetails(const RpcStatus& status) {
  if (status.ok()) return {};
  google::rpc::Status out;
  out.set_code(static_cast<int>(status.code));
  out.set_message(status.message);
  AddErrorInfo(status, &out);
  if (!status.field.empty()) AddBadRequest(status, &out);
  if (status.retry_after > absl::ZeroDuration()) {
    AddRetryInfo(status.retry_after, &out);
  } else if (IsRetryable(status.code)) {
    AddRetryInfo(kDefaultRetryAfter, &out);
  }
  return out.SerializeAsString();
}

RpcStatus DecodeDetails(absl::StatusCode code, std::string_view message, std::string_view details) {
  RpcStatus status{.code = code, .message = std::string(message)};
  google::rpc::Status in;
  if (details.empty() || !in.ParseFromArray(details.data(), static_cast<int>(details.size())))
    return status;
  for (const auto& detail : in.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&info)) {
      ReadErrorInfo(info, &status);
    } else if (detail.UnpackTo(&bad)) {
      if (bad.field_violations_size() > 0 && status.field.empty())
        status.field = bad.field_violations(0).field();
    } else if (detail.UnpackTo(&retry)) {
      status.retry_after = absl::Seconds(retry.retry_delay().seconds()) +
                           absl::Nanoseconds(retry.retry_delay().nanos());
    }
  }
  return status;
}

std::string RpcStatus::ToString() const {
  std::string text = absl::StatusCodeToString(code);
  if (!reason.empty() && reason != text) absl::StrAppend(&text, " ", reason);
  if (!message.empty()) absl::StrAppend(&text, ": ", message);
  std::vector<std::string> more;
  if (!rule.empty()) more.push_back(absl::StrCat("rule ", rule));
  if (!field.empty()) more.push_back(absl::StrCat("field ", field));
  if (!value.empty()) more.push_back(absl::StrCat("value ", value));
  for (const auto& [key, entry] : metadata) more.push_back(absl::StrCat(key, " ", entry));
  if (retry_after > absl::ZeroDuration()) {
    more.push_back(absl::StrCat("retry after ", absl::FormatDuration(retry_after)));
  }
  if (!more.empty()) absl::StrAppend(&text, " (", absl::StrJoin(more, ", "), ")");
  return text;
}

}  // namespace tierline::rpc
