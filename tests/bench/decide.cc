// How fast calls are decided in one process, on one core, over the national plan:
//
//   decide [--rounds 5] [--seconds 1]
//
// One JSON line a round: decisions a second, those of a bare loop that looks nothing up but where
// the caller's number is at home, allocations per decision; and the memory that the plan takes.

#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "absl/random/random.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "directory/directory.h"
#include "routing/decide_route.h"
#include "tests/kit/packs.h"

namespace {

size_t allocations = 0;
size_t live_bytes = 0;

void* Allocate(size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  ++allocations;
  live_bytes += malloc_usable_size(memory);
  return memory;
}

void Free(void* memory) {
  if (memory != nullptr) live_bytes -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(size_t size) { return Allocate(size); }
void operator delete(void* memory) noexcept { Free(memory); }
void operator delete(void* memory, size_t) noexcept { Free(memory); }

namespace tierline::routing {
namespace {

using directory::Directory;
using events::v1::RouteInput;

constexpr int kInputs = 1 << 16;
constexpr int64_t kDayMs = 86'400'000;

// Callers from everywhere who dial every form, at all times of a working day.
std::vector<RouteInput> MakeInputs(const Directory& directory) {
  absl::BitGen dice(std::seed_seq{20090401});
  const auto digits = [&](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += static_cast<char>('0' + absl::Uniform(dice, 0, 10));
    return text;
  };
  const auto area = [&] {
    const auto index = absl::Uniform<size_t>(dice, 0, directory.plan().areas());
    return directory.plan()[static_cast<directory::AreaIndex>(index)].code;
  };
  std::vector<RouteInput> inputs;
  for (int i = 0; i < kInputs; ++i) {
    v1::CallArrival call;
    const int kind = absl::Uniform(dice, 0, 100);
    if (kind < 60) call.set_caller("1" + absl::StrCat(absl::Uniform(dice, 30, 90)) + digits(8));
    if (kind >= 60 && kind < 95) call.set_caller(area() + "8" + digits(7));  // else withheld
    const bool bare = absl::Bernoulli(dice, 0.7);
    call.set_dialled(bare ? "12371" : area() + "12371");
    call.set_trunk_area(area());
    call.set_arrived_at_ms(1'238'515'200'000 + absl::Uniform<int64_t>(dice, 0, kDayMs));
    inputs.push_back(MakeInput(call, 0, directory));
  }
  return inputs;
}

// The bare limit: one look into the plan, and nothing decided.
directory::OfficeIndex HomeOf(const RouteInput& input, const directory::NumberPlan& plan) {
  if (input.caller() == events::v1::CALLER_KIND_MOBILE)
    return plan.LocalityOfMobile(input.caller_prefix());
  const auto area = plan.FindArea(input.caller_area());
  return area == directory::kNoArea ? directory::kNoOffice : plan[area].localities.front();
}

// How often a second `work` is done over all inputs, for about `seconds`.
template <typename Work>
double Rate(const std::vector<RouteInput>& inputs, double seconds, Work work) {
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  uint64_t sum = 0, count = 0;
  double took = 0;
  do {
    for (const RouteInput& input : inputs) sum += work(input);
    count += inputs.size();
    took = std::chrono::duration<double>(Clock::now() - begun).count();
  } while (took < seconds);
  if (sum == 0) std::fputs("nothing was decided\n", stderr);  // and nothing is optimized away
  return static_cast<double>(count) / took;
}

void Run(int rounds, double seconds) {
  const directory::v1::PackPart& tables = kit::NationalPack().tables;
  const size_t before = live_bytes;
  const auto built = Directory::Build(tables, "bench");
  const double plan_mb = static_cast<double>(live_bytes - before) / (1 << 20);
  const Directory& directory = **built;
  const std::vector<RouteInput> inputs = MakeInputs(directory);
  for (int round = 0; round < rounds; ++round) {
    const size_t allocated = allocations;
    const double decisions = Rate(inputs, seconds, [&](const RouteInput& input) {
      return DecideRoute(input, directory).served;
    });
    const size_t of_decisions = allocations - allocated;
    const double lookups = Rate(
        inputs, seconds, [&](const RouteInput& input) { return HomeOf(input, directory.plan()); });
    std::printf(
        "{\"decisions_per_s\": %.0f, \"lookups_per_s\": %.0f, \"allocations\": %zu, "
        "\"plan_mb\": %.2f}\n",
        decisions, lookups, of_decisions, plan_mb);
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace tierline::routing

int main(int argc, char** argv) {
  int rounds = 5;
  double seconds = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    const bool known = (flag == "--rounds" && absl::SimpleAtoi(argv[i + 1], &rounds)) ||
                       (flag == "--seconds" && absl::SimpleAtod(argv[i + 1], &seconds));
    if (known) continue;
    std::fputs("usage: decide [--rounds N] [--seconds S]\n", stderr);
    return 2;
  }
  tierline::routing::Run(rounds, seconds);
}
