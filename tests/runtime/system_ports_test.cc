#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "runtime/ports.h"

namespace tierline {
namespace {

TEST(SystemRandom, DoesNotRepeatItselfAcrossRefillsAndThreads) {
  constexpr int kNumbers = 2000;  // several buffers
  std::set<uint64_t> seen;
  for (int i = 0; i < kNumbers; ++i) seen.insert(SystemRandom().Next());
  std::thread([&] {
    for (int i = 0; i < kNumbers; ++i) seen.insert(SystemRandom().Next());
  }).join();
  EXPECT_EQ(seen.size(), 2u * kNumbers);
}

TEST(SystemClock, TellsTheTimeOfThisCentury) {
  EXPECT_GT(SystemClock().Now(), absl::FromUnixSeconds(1'700'000'000));
}

}  // namespace
}  // namespace tierline
