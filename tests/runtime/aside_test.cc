#include "runtime/partition/aside.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"

namespace tierline::partition {
namespace {

void PollUntil(Aside* aside, const bool& done) {
  const absl::Time give_up = absl::Now() + absl::Seconds(30);
  while (!done && absl::Now() < give_up) aside->Poll();
  ASSERT_TRUE(done);
}

TEST(Aside, WorksBesideTheLoopAndComesBackToIt) {
  Aside aside;
  const std::thread::id loop = std::this_thread::get_id();
  std::thread::id worked, came_back;
  bool done = false;
  ASSERT_TRUE(aside.Run([&]() -> Aside::Then {
    worked = std::this_thread::get_id();
    return [&] {
      came_back = std::this_thread::get_id();
      done = true;
    };
  }));
  PollUntil(&aside, done);
  EXPECT_NE(worked, loop);
  EXPECT_EQ(came_back, loop);
}

TEST(Aside, WakesTheLoop) {
  Aside aside;
  absl::Notification woken;
  aside.SetWaker([&] { woken.Notify(); });
  ASSERT_TRUE(aside.Run([]() -> Aside::Then { return [] {}; }));
  EXPECT_TRUE(woken.WaitForNotificationWithTimeout(absl::Seconds(30)));
}

TEST(Aside, RefusesMoreThanMayWait) {
  absl::Notification go;
  Aside aside(/*waiting_max=*/1);
  int done = 0;
  const auto work = [&]() -> Aside::Then {
    go.WaitForNotification();
    return [&] { ++done; };
  };
  int taken = 0;
  for (int i = 0; i < 4; ++i) taken += aside.Run(work);
  EXPECT_GE(taken, 1);
  EXPECT_LE(taken, 2) << "one under way, one that waits";
  go.Notify();
  const absl::Time give_up = absl::Now() + absl::Seconds(30);
  while (done < taken && absl::Now() < give_up) aside.Poll();
  EXPECT_EQ(done, taken);
}

TEST(Aside, DropsAtItsEndWhatWasNotBegun) {
  const auto held = std::make_shared<int>(0);
  absl::Notification begun, go;
  {
    Aside aside;
    aside.Run([&]() -> Aside::Then {
      begun.Notify();
      go.WaitForNotification();
      return [] {};
    });
    begun.WaitForNotification();
    aside.Run([held]() -> Aside::Then { return [held] { ++*held; }; });
    go.Notify();
  }
  EXPECT_EQ(*held, 0);
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace tierline::partition
