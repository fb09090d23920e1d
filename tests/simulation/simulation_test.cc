#include "tests/simulation/simulation.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "absl/strings/numbers.h"

// What must be true of a cluster, on many seeds; and that each rule is needed: without it some seed
// breaks a promise.
//
//   TIERLINE_SIM_SEEDS=20000 …/test_simulation   more of them
//   TIERLINE_SIM_SEED=17 …/test_simulation --gtest_filter=Simulation.*   one again

namespace tierline::simulation {
namespace {

uint64_t NumberFrom(const char* variable, uint64_t otherwise) {
  const char* text = std::getenv(variable);
  uint64_t number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : otherwise;
}

std::string HowToRepeat(uint64_t seed) {
  return "TIERLINE_SIM_SEED=" + std::to_string(seed) + " " + TIERLINE_BINARY_DIR +
         "/tests/test_simulation --gtest_filter=Simulation.KeepsItsPromises";
}

TEST(Simulation, KeepsItsPromises) {
  const uint64_t one = NumberFrom("TIERLINE_SIM_SEED", 0);
  const uint64_t first = one != 0 ? one : 1;
  const uint64_t last = one != 0 ? one : NumberFrom("TIERLINE_SIM_SEEDS", 500);
  RunResult total;
  int failed = 0;
  for (uint64_t seed = first; seed <= last && failed < 3; ++seed) {
    const RunResult result = Simulate({.seed = seed});
    for (const std::string& what : result.violations) ADD_FAILURE() << what;
    for (const std::string& what : result.stuck) ADD_FAILURE() << what;
    if (!result.violations.empty() || !result.stuck.empty()) {
      ++failed;
      std::cout << "seed " << seed << " fails; again with\n  " << HowToRepeat(seed) << "\n";
    }
    total.operations += result.operations;
    total.acknowledged += result.acknowledged;
    total.refused_but_valid += result.refused_but_valid;
    total.valid += result.valid;
    total.voided += result.voided;
    total.conflicts += result.conflicts;
    total.claims += result.claims;
    total.repeated += result.repeated;
    for (const auto& [what, count] : result.counts) total.counts[what] += count;
  }
  std::cout << "seeds " << first << " to " << last << ": " << total.operations << " operations, "
            << total.acknowledged << " acknowledged, " << total.refused_but_valid
            << " refused after an earlier attempt was accepted; " << total.valid
            << " valid records, " << total.voided << " void ones, " << total.conflicts
            << " conflicts, " << total.claims << " claims, " << total.repeated
            << " repeated commands\n";
  for (const auto& [what, count] : total.counts) {
    std::cout << "  " << what << ": " << count << "\n";
    EXPECT_TRUE(last - first < 499 || count > 0) << what << " never happened";
  }
  // A run in which nothing goes wrong, or nothing gets done, proves nothing.
  EXPECT_GT(total.acknowledged, 0);
  EXPECT_TRUE(one != 0 || total.voided > 0);
}

TEST(Simulation, GivesTheSameRunForTheSameSeed) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    EXPECT_EQ(Simulate({.seed = seed}).fingerprint, Simulate({.seed = seed}).fingerprint) << seed;
  }
}

// Runs seeds until one breaks the promise that says `promise`.
void ExpectViolation(const char* what, RunOptions broken, const char* promise) {
  for (broken.seed = 1; broken.seed <= 500; ++broken.seed) {
    for (const std::string& violation : Simulate(broken).violations) {
      if (violation.find(promise) == std::string::npos) continue;
      std::cout << what << ": found at seed " << broken.seed << ": " << violation << "\n";
      return;
    }
  }
  ADD_FAILURE() << what << ": not found within 500 seeds";
}

TEST(Canary, FindsOutWithoutTheEpochRule) {
  ExpectViolation("no epoch rule", {.rules = {.epoch = false}}, "valid a second time");
}
TEST(Canary, FindsOutWithoutTheSeqRule) {
  ExpectViolation("no seq rule", {.rules = {.seq = false}}, "valid a second time");
}
TEST(Canary, FindsOutWithoutThePrevRule) {
  ExpectViolation("no prev rule", {.rules = {.prev = false}}, "decided on");
}
TEST(Canary, FindsOutWhenAnsweredBeforeTheReadBack) {
  ExpectViolation("answered before the read-back", {.answer_before_read_back = true},
                  "is not in the log");
}
TEST(Canary, FindsOutWhenDecidedBeforeTheOwnClaim) {
  ExpectViolation("decided before the own claim", {.decide_before_own_claim = true},
                  "valid a second time");
}

}  // namespace
}  // namespace tierline::simulation
