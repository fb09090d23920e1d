// The part of Processor that comes to own a partition and leaves it: claims, doubts, releases. What
// decides is in processor.cc, what follows the log in read_back.cc.

#include <algorithm>
#include <utility>

#include "base/event_types.h"
#include "runtime/partition/processor.h"

namespace tierline::partition {
namespace {

absl::Duration Backoff(int failures) {
  return std::min(absl::Milliseconds(20) * (1 << std::min(failures, 7)), absl::Seconds(2));
}

}  // namespace

void Processor::SetAssigned(base::v1::Service service, bool assigned) {
  if (Ownership* owner = Find(service)) owner->assigned = assigned;
}

bool Processor::Owns(base::v1::Service service) const {
  for (const Ownership& owner : owners_) {
    if (owner.service == service) return owner.role == Role::kOwner;
  }
  return false;
}

bool Processor::Follows(base::v1::Service service) const {
  for (const Ownership& owner : owners_) {
    if (owner.service != service) continue;
    return owner.role == Role::kFollower && !owner.assigned && !owner.vacant;
  }
  return true;
}

bool Processor::WantsToClaim(const Ownership& owner) const {
  return (owner.assigned || owner.vacant) && owner.role == Role::kFollower;
}

bool Processor::MayDecide(const Ownership& owner) const {
  if (options_.decide_before_own_claim && owner.role == Role::kClaiming) return true;
  // A new owner first reaches the directory position that earlier events of the partition name.
  return owner.role == Role::kOwner &&
         ports_.directory().position >= fold_->partition().directory();
}

void Processor::Claim(Ownership* owner) {
  const int64_t now_ms = absl::ToUnixMillis(EventTime());
  owner->role = Role::kClaiming;
  owner->claim = MakeUuidV7(now_ms, ports_.random->Next(), ports_.random->Next());
  owner->next_seq = 0;
  ++counts_.claims;
  Event event;
  event.set_occurred_at_ms(now_ms);
  event.mutable_owner_claimed()->set_service(owner->service);
  event.mutable_owner_claimed()->set_instance(options_.instance);
  event.mutable_owner_claimed()->set_endpoint(options_.endpoint);
  const std::string value = event.SerializeAsString();
  RecordView record;
  record.id = owner->claim;
  record.type = kOwnerClaimed;
  record.source = owner->service;
  record.time_ms = now_ms;
  record.value = value;
  const auto delivered = [self = std::weak_ptr(self_), service = owner->service,
                          claim = owner->claim, append = append_no_](const absl::Status& status) {
    const auto alive = self.lock();
    if (!alive) return;
    if (status.ok()) return (*alive)->OnDelivered(append, status);
    Ownership* owner = (*alive)->Find(service);
    if (owner->claim == claim) (*alive)->Doubt(owner);
  };
  const absl::Status queued = ports_.log->Append(partition_, {&record, 1}, delivered);
  if (!queued.ok()) Doubt(owner);
}

void Processor::OnClaim(const RecordView& record) {
  Ownership* owner = Find(record.source);
  if (owner == nullptr) return;
  // Whatever this replica appended under an earlier epoch and is not in the fold by now is void for
  // ever.
  VoidAllBut(record.id, owner->service);
  owner->vacant = false;
  if (owner->claim != record.id) GiveUpReadBack(owner->service);
  if (owner->role == Role::kClaiming && owner->claim == record.id) {
    owner->role = Role::kOwner;
    owner->failures = 0;
  } else if (owner->role == Role::kOwner) {
    Retreat(owner, 2, absl::Milliseconds(ports_.random->Next() % 200));
  }
}

void Processor::Doubt(Ownership* owner) {
  ++counts_.doubts;
  Retreat(owner, owner->failures++, absl::ZeroDuration());
}

void Processor::Retreat(Ownership* owner, int failures, absl::Duration jitter) {
  owner->role = Role::kFollower;
  owner->claim = Uuid();
  owner->claim_after = ports_.clock->Now() + Backoff(failures) + jitter;
}

void Processor::GiveUpReadBack(base::v1::Service service) {
  const absl::Status unknown =
      absl::UnavailableError("the ownership moved on; retry with the same request id");
  for (auto& pending : read_back_) {
    if (pending->service != service || pending->delivered) continue;
    if (pending->command) Refuse(pending->command.get(), unknown);
    for (auto& also : pending->also) Refuse(also.get(), unknown);
    pending->delivered = true;  // nobody is left to be answered
  }
}

bool Processor::RefuseAsFollower(base::v1::Service service, Reply* reply) {
  if (Find(service) == nullptr || !Follows(service)) return false;
  const auto* writer = fold_->FindWriter(service);
  CommandResult result{.status = absl::UnavailableError(
                           "this replica does not own the inquiry's partition; try another")};
  if (writer != nullptr && writer->endpoint() != options_.endpoint)
    result.owner_endpoint = writer->endpoint();
  if (*reply) std::exchange(*reply, nullptr)(result);
  return true;
}

void Processor::Release() {
  for (Ownership& owner : owners_) {
    owner.assigned = false;
    // A claim under way counts when it arrives, whether or not its replica is still there.
    if (owner.role == Role::kFollower) continue;
    Event event;
    event.set_occurred_at_ms(absl::ToUnixMillis(EventTime()));
    event.mutable_owner_released()->set_service(owner.service);
    const std::string value = event.SerializeAsString();
    RecordView record;
    record.id = MakeUuidV7(event.occurred_at_ms(), ports_.random->Next(), ports_.random->Next());
    record.type = kOwnerReleased;
    record.source = owner.service;
    record.time_ms = event.occurred_at_ms();
    record.epoch = owner.claim;
    record.seq = owner.next_seq++;
    record.value = value;
    // Nobody waits for it: without it the successor claims a little later.
    ports_.log->Append(partition_, {&record, 1}, [](const absl::Status&) {}).IgnoreError();
    owner.role = Role::kFollower;
    owner.releasing = true;
  }
}

bool Processor::releasing() const {
  return std::any_of(owners_.begin(), owners_.end(),
                     [](const Ownership& owner) { return owner.releasing; });
}

void Processor::OnRelease(const RecordView& record) {
  Ownership* owner = Find(record.source);
  if (owner == nullptr || owner->role != Role::kFollower || owner->claim == record.epoch) return;
  BecomeCandidate(owner);
}

void Processor::BecomeCandidate(Ownership* owner) {
  if (!options_.succeeds) return;
  owner->vacant = true;
  if (owner->assigned) return;  // claims at once
  // Whoever is assigned comes first; of the others, one.
  const auto jitter = absl::Milliseconds(50 + ports_.random->Next() % 200);
  owner->claim_after = std::max(owner->claim_after, ports_.clock->Now() + jitter);
}

}  // namespace tierline::partition
