#include "tools/load/generator.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "tools/load/pack_loader.h"

namespace tierline::load {
namespace {

const directory::Pack& NationalPack() {
  static const directory::Pack* const pack =
      new directory::Pack(*ReadPackFolder(TIERLINE_SOURCE_DIR "/deploy/packs/12371"));
  return *pack;
}

std::vector<CallPlan> Plan(uint64_t seed) {
  return PlanDay(NationalPack().tables,
                 {.zone = absl::FixedTimeZone(8 * 3600), .calls = 5000, .seed = seed});
}

TEST(Generator, PlansTheSameDayForTheSameSeed) {
  const std::vector<CallPlan> a = Plan(1), b = Plan(1), other = Plan(2);
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].arrival.SerializeAsString(), b[i].arrival.SerializeAsString());
    ASSERT_EQ(a[i].inquiry.close_at_ms, b[i].inquiry.close_at_ms);
  }
  EXPECT_NE(a[0].arrival.SerializeAsString(), other[0].arrival.SerializeAsString());
}

TEST(Generator, LetsCallsArriveInOrderWithinTheDay) {
  const std::vector<CallPlan> plans = Plan(3);
  const int64_t midnight_ms =
      absl::ToUnixMillis(absl::FromCivil(absl::CivilDay(2009, 4, 1), absl::FixedTimeZone(28800)));
  int64_t last_ms = midnight_ms;
  for (const CallPlan& plan : plans) {
    ASSERT_GE(plan.arrival.arrived_at_ms(), last_ms);
    last_ms = plan.arrival.arrived_at_ms();
  }
  EXPECT_LT(last_ms, midnight_ms + 86'400'000);
}

TEST(Generator, MakesEveryKindOfCall) {
  std::set<std::string> categories, areas;
  std::set<Probe> probes;
  std::set<RingPlan> rings;
  for (const CallPlan& plan : Plan(4)) {
    categories.insert(plan.inquiry.category);
    areas.insert(plan.arrival.trunk_area());
    probes.insert(plan.probe);
    rings.insert(plan.ring);
  }
  EXPECT_EQ(std::ssize(categories), NationalPack().tables.categories_size());
  EXPECT_GT(areas.size(), 250u);
  EXPECT_EQ(probes.size(), 9u);
  EXPECT_EQ(rings.size(), 5u);
}

}  // namespace
}  // namespace tierline::load
