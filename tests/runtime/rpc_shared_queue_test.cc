#include <gtest/gtest.h>

#include <optional>

#include "absl/time/clock.h"
#include "tests/runtime/rpc_loop.h"

namespace tierline::rpc {
namespace {

TEST(RpcSharedQueue, CarriesTheAnswersOfAChannelThatSharesItsQueue) {
  Loop far;
  far.EchoIds();
  far.Start();
  Loop near;
  std::unique_ptr<Channel> forward;
  near.server.Handle(kService, "GetInquiry", [&](Call call) {
    // All read before `call` moves into the callback.
    const std::string_view service = call.service(), method = call.method(),
                           request = call.request();
    const CallOptions options{.deadline = call.deadline()};
    forward->CallBytesAsync(
        service, method, request, options,
        [call = std::move(call)](const RpcStatus& status, std::string_view response) mutable {
          if (status.ok()) call.ReplyBytes(response);
          if (!status.ok()) call.Fail(status);
        });
  });
  near.Start();
  forward = *Channel::Connect(far.server.address(), {.server = &near.server});

  auto& answer = near.SendGet("i-7");
  ASSERT_TRUE(near.Until([&] {
    far.server.Drain(absl::Now());
    return answer.status.has_value();
  }));
  EXPECT_EQ(answer.response.inquiry().inquiry_id(), "i-7");
  near.server.Shutdown(absl::ZeroDuration());
}

TEST(RpcSharedQueue, CancelsTheCallsOfAChannelThatSharesItsQueueWhenItShutsDown) {
  Loop far;
  far.server.Handle(kService, "GetInquiry", [](Call call) { call.Reply(GetInquiryResponse()); });
  far.Start();  // and never drained
  Loop near;
  near.EchoIds();
  near.Start();
  auto forward = *Channel::Connect(far.server.address(), {.server = &near.server});
  std::optional<RpcStatus> status;
  forward->CallBytesAsync(kService, "GetInquiry", "", {.deadline = absl::Now() + kPatience},
                          [&](const RpcStatus& s, std::string_view) { status = s; });
  near.server.Shutdown(absl::ZeroDuration());
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status->code, absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace tierline::rpc
