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

// Half of the seeds are runs of the toys.
RunOptions OptionsOf(uint64_t seed) {
  return {.seed = seed, .services = seed % 4 < 2 ? Services::kToys : Services::kHotline};
}

// What must have happened in 500 runs besides each kind of fault, or they prove little.
constexpr const char* kMustHappen[] = {
    "an owner that waits for the directory",
    "handed over by a release",
    "passed on to the owner",
    "passed on in vain",
    "timers acted on",
    "timers due after the last fault",
    "valid: tierline.escalation.deadline-met.v1",
    "valid: tierline.escalation.deadline-missed.v1",
    "valid: tierline.escalation.deadline-recomputed.v1",
    "valid: tierline.escalation.deadline-warned.v1",
    "valid: tierline.escalation.supervision-acknowledged.v1",
    "valid: tierline.escalation.supervision-fulfilled.v1",
    "valid: tierline.escalation.supervision-missed.v1",
    "valid: tierline.escalation.urgent-acknowledged.v1",
    "valid: tierline.escalation.urgent-reported.v1",
    "valid: tierline.intake.inquiry-taken-over.v1",
    "valid: tierline.routing.call-ended.v1",
    "valid: tierline.routing.menu-chosen.v1",
    "void: stale_epoch",
    "void: bad_seq",
    "void: prev_conflict",
    "void: repeated_claim",
};

void AddTo(const RunResult& result, RunResult* total) {
  total->operations += result.operations;
  total->acknowledged += result.acknowledged;
  total->refused_but_valid += result.refused_but_valid;
  total->valid += result.valid;
  total->voided += result.voided;
  total->conflicts += result.conflicts;
  total->claims += result.claims;
  total->repeated += result.repeated;
  for (const auto& [what, count] : result.counts) total->counts[what] += count;
}

void Print(const RunResult& total) {
  std::cout << total.operations << " operations, " << total.acknowledged << " acknowledged, "
            << total.refused_but_valid << " refused after an earlier attempt was accepted; "
            << total.valid << " valid records, " << total.voided << " void ones, "
            << total.conflicts << " conflicts, " << total.claims << " claims, " << total.repeated
            << " repeated commands\n";
  for (const auto& [what, count] : total.counts) std::cout << "  " << count << " " << what << "\n";
}

// Whether the run of `seed` kept every promise; else says how to repeat it.
bool Keeps(uint64_t seed, RunResult* total) {
  const RunResult result = Simulate(OptionsOf(seed));
  AddTo(result, total);
  for (const std::string& what : result.violations) ADD_FAILURE() << what;
  for (const std::string& what : result.stuck) ADD_FAILURE() << what;
  if (result.violations.empty() && result.stuck.empty()) return true;
  std::cout << "seed " << seed << " fails, fingerprint " << result.fingerprint << "; again with\n  "
            << HowToRepeat(seed) << "\n";
  return false;
}

TEST(Simulation, KeepsItsPromises) {
  RunResult total;
  if (const uint64_t one = NumberFrom("TIERLINE_SIM_SEED", 0); one != 0) {
    Keeps(one, &total);
    Print(total);
    std::cout << "fingerprint " << Simulate(OptionsOf(one)).fingerprint << "\n";
    return;
  }
  const uint64_t seeds = NumberFrom("TIERLINE_SIM_SEEDS", 500);
  int failed = 0;
  for (uint64_t seed = 1; seed <= seeds && failed < 3; ++seed) failed += !Keeps(seed, &total);
  std::cout << "seeds 1 to " << seeds << ": ";
  Print(total);
  if (seeds < 500) return;
  for (const char* what : kMustHappen) EXPECT_GT(total.counts[what], 0) << what;
  for (const auto& [what, count] : total.counts) EXPECT_GT(count, 0) << what;
}

TEST(Simulation, GivesTheSameRunForTheSameSeed) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    EXPECT_EQ(Simulate(OptionsOf(seed)).fingerprint, Simulate(OptionsOf(seed)).fingerprint) << seed;
  }
}

// Runs seeds until one breaks the promise that says `promise`: of the toys, and of the hotline.
void ExpectViolation(const char* what, RunOptions broken, const char* promise) {
  const auto found = [&] {
    for (const std::string& violation : Simulate(broken).violations) {
      if (violation.find(promise) == std::string::npos) continue;
      std::cout << what << ": found at seed " << broken.seed << ": " << violation << "\n";
      return true;
    }
    return false;
  };
  for (const Services services : {Services::kToys, Services::kHotline}) {
    broken.services = services;
    broken.seed = 1;
    while (broken.seed <= 500 && !found()) ++broken.seed;
    EXPECT_LE(broken.seed, 500u) << what << ": not found";
  }
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
