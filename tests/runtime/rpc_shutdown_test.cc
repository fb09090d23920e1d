#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "absl/time/clock.h"
#include "tests/runtime/rpc_loop.h"

namespace tierline::rpc {
namespace {

TEST(RpcShutdown, FinishesCallsInFlightWhenItShutsDown) {
  Loop loop;
  std::vector<Call> waiting;
  loop.server.Handle(kService, "GetInquiry",
                     [&](Call call) { waiting.push_back(std::move(call)); });
  loop.Start();
  auto& accepted = loop.SendGet();
  ASSERT_TRUE(loop.Until([&] { return waiting.size() == 1; }));

  loop.server.BeginShutdown();
  const RpcStatus refused = loop.Get();
  EXPECT_EQ(refused.code, absl::StatusCode::kUnavailable);
  EXPECT_EQ(refused.reason, "SHUTTING_DOWN");

  loop.server.Shutdown(kPatience, [&] {
    if (!waiting.empty()) waiting.back().Reply(GetInquiryResponse());
    waiting.clear();
    loop.channel->Poll(absl::Now());
  });
  ASSERT_TRUE(loop.Until([&] { return accepted.status.has_value(); }));
  EXPECT_TRUE(accepted.status->ok()) << accepted.status->ToString();
}

TEST(RpcShutdown, GivesUpCallsThatOutliveTheGrace) {
  Loop loop;
  std::vector<Call> waiting;
  loop.server.Handle(kService, "GetInquiry",
                     [&](Call call) { waiting.push_back(std::move(call)); });
  loop.Start();
  auto& lost = loop.SendGet();
  ASSERT_TRUE(loop.Until([&] { return waiting.size() == 1; }));
  loop.server.Shutdown(absl::ZeroDuration());
  waiting.back().Reply(GetInquiryResponse());  // too late, and harmless
  ASSERT_TRUE(loop.Until([&] { return lost.status.has_value(); }));
  EXPECT_EQ(lost.status->code, absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace tierline::rpc
