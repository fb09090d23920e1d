#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "tests/runtime/rpc_loop.h"

// What reaches the server's thread from elsewhere: work of other threads, answers of other
// replicas.

namespace tierline::rpc {
namespace {

TEST(RpcPost, RunsTheWorkOfOtherThreadsOnTheServersInTheOrderOfEach) {
  constexpr int kThreads = 4, kPosts = 500;
  Loop loop;
  loop.EchoIds();
  loop.Start();
  std::vector<std::vector<int>> seen(kThreads);  // the server's thread's
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kPosts; ++i) loop.server.Post([&seen, t, i] { seen[t].push_back(i); });
    });
  }
  EXPECT_TRUE(loop.Until([&] {
    return std::all_of(seen.begin(), seen.end(),
                       [](const auto& one) { return one.size() == static_cast<size_t>(kPosts); });
  }));
  for (std::thread& thread : threads) thread.join();
  for (const auto& one : seen) EXPECT_TRUE(std::is_sorted(one.begin(), one.end()));
}

TEST(RpcPost, WakesADrainThatWaits) {
  Loop loop;
  loop.EchoIds();
  loop.Start();
  bool ran = false;
  std::thread other([&] { loop.server.Post([&] { ran = true; }); });
  const absl::Time give_up = absl::Now() + kPatience;
  while (!ran && absl::Now() < give_up) loop.server.Drain(give_up);
  other.join();
  EXPECT_LT(absl::Now(), give_up);
}

TEST(RpcPost, WorkMayPostMoreAndWhatNeverRunsIsDropped) {
  int runs = 0;
  Loop loop;
  loop.EchoIds();
  loop.Start();
  loop.server.Post([&] { loop.server.Post([&] { ++runs; }); });
  EXPECT_TRUE(loop.Until([&] { return runs == 1; }));
  loop.server.Shutdown(absl::ZeroDuration());
  loop.server.Post([&] { ++runs; });
  EXPECT_EQ(runs, 1);
}

TEST(RpcCallPeer, GetsTheAnswerOfAnotherReplicaOnTheServersThread) {
  Loop far, near;
  far.EchoIds();
  far.Start();
  near.EchoIds();
  near.Start();
  GetInquiryRequest request;
  request.set_inquiry_id("i-7");
  std::optional<RpcStatus> status;
  GetInquiryResponse response;
  near.server.CallPeer(far.server.address(), kService, "GetInquiry", request.SerializeAsString(),
                       {{"tierline-role", "integrator"}}, absl::Now() + kPatience,
                       [&](const RpcStatus& ended, std::string_view bytes) {
                         status = ended;
                         response.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
                       });
  EXPECT_TRUE(near.Until([&] {
    far.server.Drain(absl::Now());
    return status.has_value();
  }));
  EXPECT_TRUE(status->ok()) << status->ToString();
  EXPECT_EQ(response.inquiry().inquiry_id(), "i-7");
}

}  // namespace
}  // namespace tierline::rpc
