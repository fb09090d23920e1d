#include "runtime/rpc/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "runtime/observe/metrics.h"
#include "tests/runtime/rpc_loop.h"

namespace tierline::rpc {
namespace {

using ::testing::HasSubstr;

TEST(RpcServer, RepliesToARegisteredMethod) {
  Loop loop;
  loop.EchoIds();
  loop.Start();
  auto& answer = loop.SendGet("i-42");
  ASSERT_TRUE(loop.Until([&] { return answer.status.has_value(); }));
  EXPECT_TRUE(answer.status->ok()) << answer.status->ToString();
  EXPECT_EQ(answer.response.inquiry().inquiry_id(), "i-42");
}

TEST(RpcServer, RepliesLaterAndInAnyOrder) {
  Loop loop;
  std::vector<Call> waiting;
  loop.server.Handle(kService, "GetInquiry",
                     [&](Call call) { waiting.push_back(std::move(call)); });
  loop.Start();
  auto& first = loop.SendGet("first");
  auto& second = loop.SendGet("second");
  ASSERT_TRUE(loop.Until([&] { return waiting.size() == 2; }));
  EXPECT_EQ(loop.server.in_flight(), 2);
  EXPECT_FALSE(first.status || second.status);

  while (!waiting.empty()) {
    GetInquiryRequest request;
    ASSERT_TRUE(waiting.back().Parse(&request));
    GetInquiryResponse response;
    response.mutable_inquiry()->set_inquiry_id(request.inquiry_id());
    waiting.back().Reply(response);
    EXPECT_FALSE(waiting.back());
    waiting.pop_back();
  }
  ASSERT_TRUE(loop.Until([&] { return first.status && second.status; }));
  EXPECT_EQ(first.response.inquiry().inquiry_id(), "first");
  EXPECT_EQ(second.response.inquiry().inquiry_id(), "second");
  EXPECT_EQ(loop.server.in_flight(), 0);
}

TEST(RpcServer, ReusesItsCallsForThousandsOfThem) {
  Loop loop;
  loop.EchoIds();
  loop.Start();
  int answered = 0, sent = 0;
  GetInquiryRequest request;
  request.set_inquiry_id(std::string(5000, 'x'));
  const auto refill = [&] {
    for (; sent < 3000 && sent - answered < 100; ++sent) {
      loop.channel->CallAsync(kService, "GetInquiry", request,
                              {.deadline = absl::Now() + kPatience},
                              [&](const RpcStatus& status, std::string_view response) {
                                EXPECT_TRUE(status.ok()) << status.ToString();
                                EXPECT_GT(response.size(), 5000u);
                                ++answered;
                              });
    }
    return answered == 3000;
  };
  EXPECT_TRUE(loop.Until(refill));
}

TEST(RpcServer, AnswersUnimplementedForAMethodWithoutHandler) {
  Loop loop;
  loop.EchoIds();
  loop.Start();
  auto& answer = loop.Send("AddNote", intake::v1::AddNoteRequest());
  ASSERT_TRUE(loop.Until([&] { return answer.status.has_value(); }));
  EXPECT_EQ(answer.status->code, absl::StatusCode::kUnimplemented);
  EXPECT_EQ(answer.status->reason, "NOT_SERVED_HERE");
}

TEST(RpcServer, AnswersUnimplementedForAnUnknownMethod) {
  Loop loop;
  loop.EchoIds();
  loop.Start();
  auto& answer = loop.Send("NoSuchMethod", GetInquiryRequest());
  ASSERT_TRUE(loop.Until([&] { return answer.status.has_value(); }));
  EXPECT_EQ(answer.status->code, absl::StatusCode::kUnimplemented);
}

TEST(RpcServer, DoesNotStartWithAHandlerForNoRpc) {
  Server server({});
  server.Handle(kService, "NoSuchMethod", [](Call) {});
  const absl::Status status = server.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("IntakeService/NoSuchMethod"));
}

TEST(RpcServer, DoesNotStartOnAnAddressInUse) {
  Server first({});
  ASSERT_TRUE(first.Start().ok());
  Server second({.listen = first.address()});
  EXPECT_EQ(second.Start().code(), absl::StatusCode::kUnavailable);
}

TEST(RpcServer, RefusesCallsBeyondTheCap) {
  Loop loop({.in_flight_max = 2});
  std::vector<Call> waiting;
  loop.server.Handle(kService, "GetInquiry",
                     [&](Call call) { waiting.push_back(std::move(call)); });
  loop.Start();
  loop.SendGet();
  loop.SendGet();
  ASSERT_TRUE(loop.Until([&] { return waiting.size() == 2; }));
  const RpcStatus refused = loop.Get();
  EXPECT_EQ(refused.code, absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(refused.reason, "TOO_MANY_CALLS");
  EXPECT_GT(refused.retry_after, absl::ZeroDuration());

  waiting.pop_back();  // dropped, which answers it
  EXPECT_EQ(loop.server.in_flight(), 1);
  loop.SendGet();
  EXPECT_TRUE(loop.Until([&] { return waiting.size() == 2; })) << "there is room again";
  waiting.clear();
}

TEST(RpcServer, HandsOnNoCallThatIsPastItsDeadline) {
  Loop loop;
  int handled = 0;
  loop.server.Handle(kService, "GetInquiry", [&](Call call) {
    ++handled;
    call.Reply(GetInquiryResponse());
  });
  loop.Start();
  ASSERT_TRUE(loop.Get().ok());  // connected
  ASSERT_EQ(handled, 1);

  // The server does not turn meanwhile; its idea of the deadline begins when the call arrives, a
  // little later.
  auto& late = loop.SendGet("late", {.deadline = absl::Now() + absl::Milliseconds(50)});
  const absl::Time surely_late = absl::Now() + absl::Milliseconds(300);
  while (!late.status || absl::Now() < surely_late) {
    loop.channel->Poll(absl::Now() + kPatience);
    absl::SleepFor(absl::Milliseconds(1));
  }
  ASSERT_TRUE(late.status.has_value());
  EXPECT_EQ(late.status->code, absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(loop.Get().ok());
  EXPECT_EQ(handled, 2) << "the late call was handed on";
}

TEST(RpcServer, TellsTheHandlerTheDeadline) {
  Loop loop;
  absl::Time seen;
  loop.server.Handle(kService, "GetInquiry", [&](Call call) {
    seen = call.deadline();
    call.Reply(GetInquiryResponse());
  });
  loop.Start();
  const absl::Time deadline = absl::Now() + absl::Seconds(15);
  ASSERT_TRUE(loop.Get("i-1", {.deadline = deadline}).ok());
  EXPECT_LT(absl::AbsDuration(seen - deadline), absl::Seconds(2));
}

TEST(RpcServer, RefusesARequestThatIsNoMessage) {
  Loop loop;
  loop.EchoIds();
  loop.Start();
  std::optional<RpcStatus> status;
  loop.channel->CallBytesAsync(kService, "GetInquiry", "\x0a\xff\xff",
                               {.deadline = absl::Now() + kPatience},
                               [&](const RpcStatus& s, std::string_view) { status = s; });
  ASSERT_TRUE(loop.Until([&] { return status.has_value(); }));
  EXPECT_EQ(status->code, absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status->reason, "MALFORMED_REQUEST");
}

TEST(RpcServer, AnswersInternalWhenAHandlerDropsACall) {
  Loop loop;
  loop.server.Handle(kService, "GetInquiry", [](Call) {});
  loop.Start();
  const RpcStatus status = loop.Get();
  EXPECT_EQ(status.code, absl::StatusCode::kInternal);
  EXPECT_EQ(status.reason, "CALL_DROPPED");
}

TEST(RpcServer, SendsTheDetailsOfARejection) {
  Loop loop;
  loop.server.Handle(kService, "GetInquiry", [](Call call) {
    call.Fail(Rejection{.code = absl::StatusCode::kInvalidArgument,
                        .reason = "EXPLANATION_MISSING",
                        .message = "say what the caller was told",
                        .rule = "R-303",
                        .field = "explanation",
                        .value = "\"\""});
  });
  loop.Start();
  const RpcStatus status = loop.Get();
  EXPECT_EQ(status.code, absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.reason, "EXPLANATION_MISSING");
  EXPECT_EQ(status.message, "say what the caller was told");
  EXPECT_EQ(status.rule, "R-303");
  EXPECT_EQ(status.field, "explanation");
  EXPECT_EQ(status.value, "\"\"");
}

TEST(RpcServer, GivesTheHandlerTheMetadata) {
  Loop loop;
  std::string seen, absent = "x";
  loop.server.Handle(kService, "GetInquiry", [&](Call call) {
    seen = call.metadata("tierline-office");
    absent = call.metadata("tierline-role");
    call.Reply(GetInquiryResponse());
  });
  loop.Start();
  ASSERT_TRUE(loop.Get("i-1", {.metadata = {{"tierline-office", "330100"}}}).ok());
  EXPECT_EQ(seen, "330100");
  EXPECT_EQ(absent, "");
}

TEST(RpcServer, WakesFromAnotherThread) {
  Loop loop;
  loop.EchoIds();
  loop.Start();
  while (loop.server.Drain(absl::Now() + absl::Milliseconds(10)) > 0) {
  }
  const absl::Time begin = absl::Now();
  std::thread other([&] { loop.server.Wake(); });
  EXPECT_EQ(loop.server.Drain(begin + kPatience), 1);
  EXPECT_LT(absl::Now() - begin, kPatience / 2);
  other.join();
  loop.server.Wake();
  EXPECT_EQ(loop.server.Drain(absl::Now() + kPatience), 1);
}

TEST(RpcServer, CountsCallsByCode) {
  observe::Metrics metrics;
  Loop loop({.metrics = &metrics});
  loop.EchoIds();
  loop.Start();
  ASSERT_TRUE(loop.Get().ok());
  ASSERT_TRUE(loop.Get().ok());
  loop.server.BeginShutdown();
  ASSERT_FALSE(loop.Get().ok());
  const std::string page = metrics.Expose();
  const std::string labels =
      "grpc_method=\"GetInquiry\",grpc_service=\"tierline.intake.v1.IntakeService\",grpc_type="
      "\"unary\"";
  EXPECT_THAT(page, HasSubstr("grpc_server_started_total{" + labels + "} 3"));
  EXPECT_THAT(page, HasSubstr("grpc_server_handled_total{grpc_code=\"OK\"," + labels + "} 2"));
  EXPECT_THAT(page,
              HasSubstr("grpc_server_handled_total{grpc_code=\"Unavailable\"," + labels + "} 1"));
  EXPECT_THAT(page, HasSubstr("grpc_server_handling_seconds_count{" + labels + "} 3"));
}

}  // namespace
}  // namespace tierline::rpc
