#include <gtest/gtest.h>

#include <optional>

#include "absl/time/clock.h"
#include "runtime/observe/metrics.h"
#include "runtime/rpc/forwarder.h"
#include "tests/runtime/rpc_loop.h"

// A replica passes a call on to the one that owns its partition.

namespace tierline::rpc {
namespace {

class ForwardTest : public ::testing::Test {
 protected:
  // `near` passes every call on to `far`, or to wherever `endpoint_` says.
  void Start() {
    far_.Start();
    endpoint_ = far_.server.address();
    near_.server.Handle(kService, "GetInquiry",
                        [this](Call call) { near_.server.Forward(std::move(call), endpoint_); });
    near_.Start();
  }
  RpcStatus Ask(CallOptions options = {}) {
    auto& answer = near_.SendGet("i-7", std::move(options));
    EXPECT_TRUE(near_.Until([&] {
      far_.server.Drain(absl::Now());
      return answer.status.has_value();
    }));
    response_ = answer.response;
    return answer.status.value_or(RpcStatus{.code = absl::StatusCode::kUnknown});
  }

  Loop far_;
  observe::Metrics metrics_;
  Loop near_{{.metrics = &metrics_}};
  std::string endpoint_;
  GetInquiryResponse response_;
};

TEST_F(ForwardTest, AnswersWhatTheOwnerAnswers) {
  far_.EchoIds();
  Start();
  EXPECT_TRUE(Ask().ok());
  EXPECT_EQ(response_.inquiry().inquiry_id(), "i-7");
  EXPECT_NE(metrics_.Expose().find("tierline_commands_forwarded_total 1"), std::string::npos);
}

TEST_F(ForwardTest, FailsAsTheOwnerFails) {
  far_.server.Handle(kService, "GetInquiry", [](Call call) {
    call.Fail(RpcStatus{.code = absl::StatusCode::kFailedPrecondition,
                        .message = "the inquiry is closed",
                        .reason = "ALREADY_CLOSED",
                        .rule = "R-305"});
  });
  Start();
  const RpcStatus status = Ask();
  EXPECT_EQ(status.code, absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.reason, "ALREADY_CLOSED");
  EXPECT_EQ(status.rule, "R-305");
}

TEST_F(ForwardTest, KeepsPrincipalTraceAndDeadlineAndNothingElse) {
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const absl::Time deadline = absl::Now() + absl::Seconds(7);
  absl::Time seen;
  far_.server.Handle(kService, "GetInquiry", [&](Call call) {
    EXPECT_EQ(call.metadata(kRoleKey), "operator");
    EXPECT_EQ(call.metadata(kOfficeKey), "340100");
    EXPECT_EQ(call.metadata(kTraceparentKey), trace);
    EXPECT_EQ(call.metadata("authorization"), "");
    seen = call.deadline();
    call.Reply(GetInquiryResponse());
  });
  Start();
  EXPECT_TRUE(Ask({.deadline = deadline,
                   .metadata = {{std::string(kRoleKey), "operator"},
                                {std::string(kOfficeKey), "340100"},
                                {std::string(kTraceparentKey), trace},
                                {"authorization", "Bearer secret"}}})
                  .ok());
  EXPECT_LT(absl::AbsDuration(seen - deadline), absl::Seconds(1));
}

// A peer that does not answer must keep nothing for ever.
TEST_F(ForwardTest, BoundsAMessageToAPeerThatHasNoDeadline) {
  absl::Time seen = absl::InfiniteFuture();
  far_.server.Handle(kService, "GetInquiry", [&](Call call) {
    seen = call.deadline();
    call.Reply(GetInquiryResponse());
  });
  Start();
  bool answered = false;
  near_.server.CallPeer(endpoint_, kService, "GetInquiry", "", {}, absl::InfiniteFuture(),
                        [&](const RpcStatus& status, std::string_view) {
                          EXPECT_TRUE(status.ok()) << status.ToString();
                          answered = true;
                        });
  ASSERT_TRUE(near_.Until([&] {
    far_.server.Drain(absl::Now());
    return answered;
  }));
  EXPECT_LT(seen, absl::Now() + absl::Minutes(1));
}

TEST_F(ForwardTest, PassesNothingOnASecondTime) {
  far_.server.Handle(kService, "GetInquiry", [&](Call call) {
    far_.server.Forward(std::move(call), near_.server.address());
  });
  Start();
  const RpcStatus status = Ask();
  EXPECT_EQ(status.code, absl::StatusCode::kUnavailable);
  EXPECT_EQ(status.reason, "NOT_OWNER");
  EXPECT_EQ(status.metadata.at("owner"), near_.server.address());
}

TEST_F(ForwardTest, AsksForARetryWhenTheOwnerIsGone) {
  far_.EchoIds();
  Start();
  far_.server.Shutdown(absl::ZeroDuration());
  const RpcStatus status = Ask();
  EXPECT_EQ(status.code, absl::StatusCode::kUnavailable);
  EXPECT_GT(status.retry_after, absl::ZeroDuration());
}

TEST_F(ForwardTest, EndsWithTheServerAlthoughTheOwnerIsSilent) {
  std::optional<Call> kept;
  far_.server.Handle(kService, "GetInquiry", [&](Call call) { kept = std::move(call); });
  Start();
  near_.SendGet("i-7");
  ASSERT_TRUE(near_.Until([&] {
    far_.server.Drain(absl::Now());
    return kept.has_value();
  }));
  near_.server.Shutdown(absl::ZeroDuration());
  EXPECT_EQ(near_.server.in_flight(), 0);
  kept.reset();
}

}  // namespace
}  // namespace tierline::rpc
