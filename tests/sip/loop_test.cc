#include "sip/loop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"

namespace tierline::sip {
namespace {

absl::Status Begin(su_root_s*) { return absl::OkStatus(); }

TEST(SipLoop, RunsWhatIsPostedFromManyThreadsInTheOrderOfEach) {
  constexpr int kThreads = 4, kPosts = 1000;
  std::vector<std::vector<int>> seen(kThreads);  // the loop's
  Loop loop;
  ASSERT_TRUE(loop.Start(Begin).ok());
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kPosts; ++i) loop.Post([&seen, t, i] { seen[t].push_back(i); });
    });
  }
  for (std::thread& thread : threads) thread.join();
  loop.Stop([] {});
  for (const auto& one : seen) {
    ASSERT_EQ(one.size(), static_cast<size_t>(kPosts));
    EXPECT_TRUE(std::is_sorted(one.begin(), one.end()));
  }
}

TEST(SipLoop, WakesForTimedWork) {
  absl::Notification done;
  Loop loop;
  ASSERT_TRUE(loop.Start(Begin).ok());
  const absl::Time due = absl::Now() + absl::Milliseconds(20);
  loop.Post([&] { loop.PostAt(due, [&] { done.Notify(); }); });
  ASSERT_TRUE(done.WaitForNotificationWithTimeout(absl::Seconds(20)));
  EXPECT_GE(absl::Now(), due);
}

TEST(SipLoop, GivesTheErrorOfItsBeginAndEnds) {
  Loop loop;
  EXPECT_TRUE(absl::IsAborted(loop.Start([](su_root_s*) { return absl::AbortedError("no"); })));
  loop.Post([] { ADD_FAILURE() << "ran"; });
}

TEST(SipLoop, DropsWhatIsPostedAfterItsEnd) {
  Loop loop;
  ASSERT_TRUE(loop.Start(Begin).ok());
  loop.Stop([] {});
  loop.Post([] { ADD_FAILURE() << "ran"; });
}

}  // namespace
}  // namespace tierline::sip
