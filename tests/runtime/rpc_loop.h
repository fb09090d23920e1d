#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/clock.h"
#include "runtime/rpc/client.h"
#include "runtime/rpc/server.h"
#include "tierline/intake/v1/intake.pb.h"

// The served methods are intake's; what they do in these tests is not.

namespace tierline::rpc {

using intake::v1::GetInquiryRequest;
using intake::v1::GetInquiryResponse;

inline constexpr std::string_view kService = "tierline.intake.v1.IntakeService";
inline constexpr absl::Duration kPatience = absl::Seconds(20);

// A server and a client on one thread: both are polled until a condition holds.
class Loop {
 public:
  explicit Loop(ServerOptions options = {}) : server(std::move(options)) {}

  void Start() {
    ASSERT_TRUE(server.Start().ok());
    channel = *Channel::Connect(server.address(), {.retry = false});
  }

  void EchoIds() {
    server.Handle(kService, "GetInquiry", [](Call call) {
      GetInquiryRequest request;
      if (!call.Parse(&request)) return;
      GetInquiryResponse response;
      response.mutable_inquiry()->set_inquiry_id(request.inquiry_id());
      call.Reply(response);
    });
  }

  struct Answer {
    std::optional<RpcStatus> status;
    GetInquiryResponse response;
  };

  Answer& Send(std::string_view method, const google::protobuf::MessageLite& request,
               CallOptions options = {}) {
    if (options.deadline == absl::InfiniteFuture()) options.deadline = absl::Now() + kPatience;
    Answer& answer = answers_.emplace_back();
    channel->CallAsync(kService, method, request, options,
                       [&answer](const RpcStatus& status, std::string_view response) {
                         answer.status = status;
                         answer.response.ParseFromArray(response.data(),
                                                        static_cast<int>(response.size()));
                       });
    return answer;
  }
  Answer& SendGet(std::string_view id = "i-1", CallOptions options = {}) {
    GetInquiryRequest request;
    request.set_inquiry_id(std::string(id));
    return Send("GetInquiry", request, std::move(options));
  }

  template <typename Condition>
  bool Until(Condition condition) {
    const absl::Time until = absl::Now() + kPatience;
    while (!condition() && absl::Now() < until) {
      server.Drain(absl::Now() + absl::Milliseconds(1));
      channel->Poll(absl::Now() + absl::Milliseconds(1));
    }
    return condition();
  }

  RpcStatus Get(std::string_view id = "i-1", CallOptions options = {}) {
    Answer& answer = SendGet(id, std::move(options));
    EXPECT_TRUE(Until([&] { return answer.status.has_value(); }));
    return answer.status.value_or(RpcStatus{.code = absl::StatusCode::kUnknown});
  }

  Server server;

 private:
  std::deque<Answer> answers_;  // before the channel, which calls back while it is destroyed

 public:
  std::unique_ptr<Channel> channel;
};

}  // namespace tierline::rpc
