#include "runtime/rpc/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace tierline::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

RpcStatus RoundTrip(const RpcStatus& status) {
  return DecodeDetails(status.code, status.message, EncodeDetails(status));
}

TEST(RpcStatus, SendsARejectionWithErrorInfoAndBadRequest) {
  const RpcStatus status = FromRejection({.code = absl::StatusCode::kInvalidArgument,
                                          .reason = "EXPLANATION_MISSING",
                                          .message = "say what the caller was told",
                                          .rule = "R-303",
                                          .field = "explanation",
                                          .value = "empty"});
  google::rpc::Status wire;
  ASSERT_TRUE(wire.ParseFromString(EncodeDetails(status)));
  EXPECT_EQ(wire.code(), 3);
  EXPECT_EQ(wire.message(), "say what the caller was told");
  ASSERT_EQ(wire.details_size(), 2);  // each type at most once (AIP-193)
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(wire.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "EXPLANATION_MISSING");
  EXPECT_EQ(info.domain(), "tierline");
  EXPECT_EQ(info.metadata().at("rule"), "R-303");
  EXPECT_EQ(info.metadata().at("field"), "explanation");
  EXPECT_EQ(info.metadata().at("value"), "empty");
  google::rpc::BadRequest bad;
  ASSERT_TRUE(wire.details(1).UnpackTo(&bad));
  EXPECT_EQ(bad.field_violations(0).field(), "explanation");
}

TEST(RpcStatus, ComesBackAsItWas) {
  const RpcStatus sent{.code = absl::StatusCode::kAborted,
                       .message = "the inquiry changed meanwhile",
                       .reason = "ETAG_MISMATCH",
                       .rule = "R-311",
                       .field = "etag",
                       .value = "\"4\"",
                       .metadata = {{"current", "\"5\""}},
                       .retry_after = absl::Milliseconds(1500)};
  const RpcStatus got = RoundTrip(sent);
  EXPECT_EQ(got.code, sent.code);
  EXPECT_EQ(got.message, sent.message);
  EXPECT_EQ(got.reason, sent.reason);
  EXPECT_EQ(got.rule, sent.rule);
  EXPECT_EQ(got.field, sent.field);
  EXPECT_EQ(got.value, sent.value);
  EXPECT_THAT(got.metadata, ElementsAre(Pair("current", "\"5\"")));
  EXPECT_EQ(got.retry_after, sent.retry_after);
}

TEST(RpcStatus, NamesTheCodeWhereThereIsNoReason) {
  EXPECT_EQ(RoundTrip(FromStatus(absl::DataLossError("damaged"))).reason, "DATA_LOSS");
}

TEST(RpcStatus, AsksForARetryOnlyOfWhatMayBeRetried) {
  for (const auto code : {absl::StatusCode::kUnavailable, absl::StatusCode::kResourceExhausted}) {
    EXPECT_GT(RoundTrip({.code = code}).retry_after, absl::ZeroDuration()) << code;
  }
  for (const auto code : {absl::StatusCode::kInternal, absl::StatusCode::kAborted,
                          absl::StatusCode::kInvalidArgument}) {
    EXPECT_EQ(RoundTrip({.code = code}).retry_after, absl::ZeroDuration()) << code;
  }
}

TEST(RpcStatus, SendsNothingForOk) {
  EXPECT_TRUE(FromStatus(absl::OkStatus()).ok());
  EXPECT_EQ(EncodeDetails({}), "");
}

TEST(RpcStatus, KeepsCodeAndMessageWhenTheDetailsAreDamaged) {
  for (const std::string_view details : {"", "\xff\xff", "no status"}) {
    const RpcStatus status = DecodeDetails(absl::StatusCode::kNotFound, "gone", details);
    EXPECT_EQ(status.code, absl::StatusCode::kNotFound);
    EXPECT_EQ(status.message, "gone");
    EXPECT_EQ(status.reason, "");
  }
}

TEST(RpcStatus, ReadsWellForPeople) {
  EXPECT_EQ(RpcStatus{}.ToString(), "OK");
  EXPECT_EQ(FromStatus(absl::UnavailableError("no connection")).ToString(),
            "UNAVAILABLE: no connection");
  const RpcStatus status{.code = absl::StatusCode::kFailedPrecondition,
                         .message = "the inquiry is closed",
                         .reason = "ALREADY_CLOSED",
                         .rule = "R-305",
                         .field = "inquiry_id"};
  EXPECT_EQ(
      status.ToString(),
      "FAILED_PRECONDITION ALREADY_CLOSED: the inquiry is closed (rule R-305, field inquiry_id)");
}

}  // namespace
}  // namespace tierline::rpc
