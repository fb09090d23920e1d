#include "runtime/partition/accepted.h"

#include <algorithm>

namespace tierline::partition {
namespace {

// Numbers of one command in Subject.commands: two halves of each id, then the version.
constexpr int kNumbers = 7;

}  // namespace

void AddAccepted(const Accepted& accepted, Subject* subject) {
  auto* numbers = subject->mutable_commands();
  if (numbers->Capacity() < numbers->size() + kNumbers) {
    numbers->Reserve(std::max(8 * kNumbers, 2 * numbers->size()));
  }
  for (const Uuid& id : {accepted.request_id, accepted.content, accepted.event_id}) {
    numbers->AddAlreadyReserved(id.high());
    numbers->AddAlreadyReserved(id.low());
  }
  numbers->AddAlreadyReserved(static_cast<uint64_t>(accepted.version));
}

std::optional<Accepted> FindAccepted(const Subject& subject, const Uuid& request_id) {
  const uint64_t* const end = subject.commands().data() + subject.commands_size();
  for (const uint64_t* at = subject.commands().data(); at < end; at += kNumbers) {
    if (at[1] != request_id.low() || at[0] != request_id.high()) continue;
    return Accepted{.request_id = request_id,
                    .content = Uuid::FromHalves(at[2], at[3]),
                    .event_id = Uuid::FromHalves(at[4], at[5]),
                    .version = static_cast<int64_t>(at[6])};
  }
  return std::nullopt;
}

}  // namespace tierline::partition
