// The half of Processor that follows the log: delivery reports, records read back, answers. What
// decides is in processor.cc.

#include <utility>

#include "base/event_types.h"
#include "base/text.h"
#include "runtime/partition/processor.h"

namespace tierline::partition {

void Processor::OnDelivered(uint64_t append, const absl::Status& status) {
  // A success covers the whole prefix of the partition; a failure leaves in doubt what was part of
  // it.
  for (auto* list : {&pending_, &read_back_}) {
    for (auto& pending : *list) {
      if (status.ok() && pending->append <= append) pending->delivered = true;
      if (status.ok() || pending->append != append) continue;
      Ownership* owner = Find(pending->service);
      if (owner->role == Role::kOwner && owner->claim == pending->record.epoch) Doubt(owner);
    }
  }
}

absl::StatusOr<int64_t> Processor::ReadOn(int64_t max) {
  const Offset from = fold_->offset();
  const auto next =
      ports_.log->Read(partition_, from, max, [this](Offset offset, const RecordView& record) {
        OnRecord(offset, record);
        return true;
      });
  if (!next.ok()) return next.status();
  return *next - from;
}

absl::Status Processor::CatchUp() {
  for (;;) {
    const auto read = ReadOn(8192);
    if (!read.ok()) return read.status();
    if (*read == 0) return absl::OkStatus();
    // What can not be stored now is stored later: the log has it.
    fold_->Flush().IgnoreError();
  }
}

absl::StatusOr<bool> Processor::ReadBack() {
  constexpr int64_t kWindow = 1024;
  bool any = false;
  for (;;) {
    const auto read = ReadOn(kWindow);
    if (!read.ok()) return read.status();
    any = any || *read > 0;
    if (*read < kWindow) break;
  }
  AnswerDelivered();
  return any;
}

void Processor::OnRecord(Offset offset, const RecordView& record) {
  std::unique_ptr<Pending> own;
  for (auto it = pending_.begin(); it != pending_.end(); ++it) {
    if ((*it)->record.id != record.id) continue;
    own = std::move(*it);
    pending_.erase(it);
    break;
  }
  const Applied applied = fold_->Apply(offset, record, own ? &own->known : nullptr);
  if (!not_ours_.empty() && applied.subject != nullptr &&
      applied.subject->obligations_size() == 0) {
    not_ours_.erase(std::string(record.subject));
  }
  if (own) return Settle(std::move(own), applied.verdict, applied);
  if (record.type == kOwnerReleased) {
    Ownership* owner = Find(record.source);
    if (owner != nullptr && owner->claim == record.epoch) owner->releasing = false;
  }
  if (applied.verdict != Verdict::kValid) return;
  if (record.type == kOwnerClaimed) return OnClaim(record);
  if (record.type == kOwnerReleased) return OnRelease(record);
  if (hot_.empty()) return;
  const auto hot = hot_.find(ToAbsl(record.subject));
  if (hot != hot_.end()) hot->second.state.reset();  // another writer's event came in between
}

void Processor::VoidAllBut(const Uuid& epoch, base::v1::Service service) {
  std::deque<std::unique_ptr<Pending>> kept, lost;
  for (auto& pending : pending_) {
    const bool stale = pending->service == service && pending->record.epoch != epoch;
    (stale ? lost : kept).push_back(std::move(pending));
  }
  pending_ = std::move(kept);
  for (auto it = lost.rbegin(); it != lost.rend(); ++it) {
    Cool((*it)->subject, false);
    Requeue(std::move(*it));
  }
}

void Processor::Settle(std::unique_ptr<Pending> pending, Verdict verdict, const Applied& applied) {
  Cool(pending->subject, verdict == Verdict::kValid);
  if (verdict != Verdict::kValid) {
    if (verdict == Verdict::kPrevConflict) {
      ++counts_.conflicts;
    } else if (Ownership* owner = Find(pending->service);
               owner->role == Role::kOwner && owner->claim == pending->record.epoch) {
      Doubt(owner);
    }
    return Requeue(std::move(pending));
  }
  if (!pending->command) return;
  ++counts_.accepted;
  pending->receipt =
      MakeReceipt(pending->record.id, Find(pending->service)->decider->Version(*applied.subject));
  if (pending->delivered) return Answer(pending.get(), *applied.subject);
  read_back_.push_back(std::move(pending));
}

void Processor::Cool(const std::string& subject, bool valid) {
  const auto it = hot_.find(subject);
  if (it == hot_.end()) return;
  if (--it->second.pending == 0) {
    hot_.erase(it);
  } else if (!valid) {
    it->second.state.reset();
  }
}

void Processor::Requeue(std::unique_ptr<Pending> pending) {
  fold_->LookAgain(pending->subject);  // what it would have settled still stands
  if (!pending->command) return;
  for (auto also = pending->also.rbegin(); also != pending->also.rend(); ++also)
    queue_.push_front(std::move(*also));
  Waiting* const waiting = pending->command.get();
  if (!waiting->reply) return;  // the caller was told that the outcome is unknown, and retries
  if (++waiting->attempts < options_.decide_attempts)
    return queue_.push_front(std::move(pending->command));
  Refuse(waiting,
         absl::AbortedError("other events of the inquiry came in between too often; retry"));
}

void Processor::Answer(Pending* pending, const Subject& subject) {
  const CommandResult result{
      .receipt = pending->receipt, .subject_id = pending->subject, .subject = &subject};
  if (pending->command && pending->command->reply)
    std::exchange(pending->command->reply, nullptr)(result);
  for (auto& also : pending->also) {
    if (also->reply) also->reply(result);
  }
  pending->also.clear();
}

void Processor::AnswerDelivered() {
  while (!read_back_.empty() && read_back_.front()->delivered) {
    Pending* const pending = read_back_.front().get();
    const auto found = fold_->Find(pending->subject);
    Answer(pending, found.ok() && *found != nullptr ? **found : Subject::default_instance());
    read_back_.pop_front();
  }
}

}  // namespace tierline::partition
