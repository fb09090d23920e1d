#include "runtime/partition/processor.h"
#include "runtime/partition/accepted.h"

#include <algorithm>
#include <utility>

#include "base/event_types.h"
#include "base/text.h"

namespace tierline::partition {
namespace {

// Leaves room for headers below the log's limit of 1 MiB for a record.
constexpr size_t kValueMax = (1 << 20) - 4096;

// Obligations of so many subjects are looked at in one round: most of those that stand owed have
// nothing to do, and calls wait meanwhile.
constexpr int kLooksMax = 1024;

// How late the caller of a pending command may learn that its deadline passed.
constexpr absl::Duration kDeadlineCheck = absl::Milliseconds(100);

bool Owes(const Subject& subject, const Obligation& obligation) {
  return std::any_of(
      subject.obligations().begin(), subject.obligations().end(), [&](const Obligation& owed) {
        return owed.cause_id() == obligation.cause_id() &&
               owed.reaction() == obligation.reaction() && owed.service() == obligation.service();
      });
}

Rejection RequestIdReused() {
  return {.code = absl::StatusCode::kInvalidArgument,
          .reason = "REQUEST_ID_REUSED",
          .message = "the request id was accepted before with another content; use a new one",
          .rule = "R-311",
          .field = "request_id"};
}

std::optional<Rejection> CheckEtag(const Command& command, const Service& decider,
                                   const Subject& state) {
  if (command.etag.empty()) return {};
  const std::string current = EtagOf(decider.Version(state));
  if (command.etag == current) return {};
  return Rejection{.code = absl::StatusCode::kAborted,
                   .reason = "ETAG_MISMATCH",
                   .message = "the version is stale; read again, the current one is " + current,
                   .rule = "R-311",
                   .field = "etag",
                   .value = command.etag};
}

}  // namespace

void FillReceipt(const Receipt& receipt, base::v1::Receipt* out) {
  out->set_event_id(receipt.event_id.ToString());
  out->set_etag(EtagOf(receipt.version));
  base::v1::Position* position = out->mutable_position();
  position->set_partition(receipt.partition);
  position->set_history(receipt.history);
  position->set_directory(receipt.directory);
}

Processor::Processor(log::TopicPartition partition, std::unique_ptr<Fold> fold, Ports ports,
                     ProcessorOptions options)
    : partition_(partition),
      fold_(std::move(fold)),
      ports_(std::move(ports)),
      options_(std::move(options)),
      self_(std::make_shared<Processor*>(this)) {
  for (const auto& service : fold_->services()) {
    owners_.push_back({.service = service->id(), .decider = service.get()});
  }
}

absl::Status Processor::Start() {
  absl::Status status = fold_->Load();
  if (!status.ok()) return status;
  const Offset last = fold_->offset() - 1;
  if (last >= 0) {
    bool same = false;
    const auto read = ports_.log->Read(partition_, last, 1, [&](Offset, const RecordView& record) {
      same = record.id.bytes() == fold_->partition().last_id();
      return false;
    });
    if (!same) {  // the state is of another log: rebuild it
      if (!read.ok() && !absl::IsOutOfRange(read.status())) return read.status();
      status = fold_->Reset();
      if (!status.ok()) return status;
    }
  }
  status = CatchUp();
  for (Ownership& owner : owners_) {
    const auto* writer = fold_->FindWriter(owner.service);
    if (writer != nullptr && writer->released()) BecomeCandidate(&owner);
  }
  return status;
}

Processor::Ownership* Processor::Find(base::v1::Service service) {
  for (Ownership& owner : owners_) {
    if (owner.service == service) return &owner;
  }
  return nullptr;
}

base::v1::Position Processor::Position() const {
  base::v1::Position position;
  position.set_partition(partition_.partition);
  position.set_history(fold_->offset());
  position.set_directory(ports_.directory().position);
  return position;
}

Receipt Processor::MakeReceipt(const Uuid& event_id, int64_t version) const {
  return {.event_id = event_id,
          .version = version,
          .partition = partition_.partition,
          .history = fold_->offset(),
          .directory = ports_.directory().position};
}

void Processor::Submit(Command command, Reply reply) {
  auto waiting = std::make_unique<Waiting>();
  waiting->command = std::move(command);
  waiting->reply = std::move(reply);
  if (queue_.size() >= options_.queue_max) {
    return Refuse(waiting.get(), absl::ResourceExhaustedError(
                                     "the partition's command queue is full; retry later"));
  }
  content_ = waiting->command.subject;
  content_.push_back(static_cast<char>(waiting->command.service));
  waiting->command.body->AppendPartialToString(&content_);
  waiting->content = ports_.keys->Fingerprint(content_);
  queue_.push_back(std::move(waiting));
  stalled_ = false;
}

absl::Time Processor::EventTime() const {
  return absl::FromUnixMillis(std::max({absl::ToUnixMillis(ports_.clock->Now()), last_event_ms_,
                                        fold_->partition().last_time_ms()}));
}

const Context& Processor::RoundContext() {
  if (round_) return *round_;
  const DirectoryAt at = ports_.directory();
  const absl::Time now = EventTime();
  round_edition_ = at.edition;
  return round_.emplace(
      Context{.now = now,
              .utc_offset_s = at.zone.At(now).offset,
              .directory = at.directory,
              .directory_position = std::max(at.position, fold_->partition().directory()),
              .sealer = ports_.sealer});
}

bool Processor::Decide() {
  const absl::Time now = ports_.clock->Now();
  round_.reset();
  Expire(now);
  for (Ownership& owner : owners_) {
    if (WantsToClaim(owner) && owner.claim_after <= now) Claim(&owner);
  }
  size_t progress = 0;
  for (size_t n = queue_.size(); n > 0 && pending_.size() < options_.pending_max; --n) {
    std::unique_ptr<Waiting> waiting = std::move(queue_.front());
    queue_.pop_front();
    if (waiting->command.deadline <= now) {
      Refuse(waiting.get(),
             absl::DeadlineExceededError("the deadline passed before the command was decided"));
    } else if (!DecideCommand(std::move(waiting))) {
      continue;
    }
    ++progress;
  }
  stalled_ = progress == 0;
  DecideDue(absl::ToUnixMillis(now));
  const bool appended = !to_append_.empty();
  Hand();
  return appended;
}

absl::StatusOr<const Subject*> Processor::StateOf(std::string_view subject) {
  auto found = fold_->Find(subject);
  if (!found.ok()) return found;
  const Subject* folded = *found == nullptr ? &Subject::default_instance() : *found;
  const auto it = hot_.find(ToAbsl(subject));
  if (it == hot_.end()) return folded;
  Hot& hot = it->second;
  if (!hot.state) {
    hot.state = *folded;
    hot.head = HashFromBytes(folded->head());
    for (const auto& pending : pending_) {
      if (pending->subject != subject) continue;
      if (!pending->prev.empty() && pending->prev != Bytes(hot.head))
        continue;  // another's event will void it
      if (pending->known.head_before != hot.head) {
        pending->known.head_before = hot.head;
        pending->known.head_after = ChainHash(hot.head, pending->record);
      }
      hot.head = pending->known.head_after;
      ApplyToSubject(fold_->services(), pending->record, pending->event,
                     {pending->record.id, pending->service, pending->record.causation}, hot.head,
                     true, &*hot.state);
    }
  }
  return &*hot.state;
}

Processor::Pending* Processor::FindPending(const Uuid& command, std::string_view subject) {
  for (auto* list : {&pending_, &read_back_}) {
    for (auto& pending : *list) {
      if (pending->record.command == command && pending->subject == subject) return pending.get();
    }
  }
  return nullptr;
}

bool Processor::DecideCommand(std::unique_ptr<Waiting> waiting) {
  const auto wait = [&] {
    queue_.push_back(std::move(waiting));
    return false;
  };
  const auto refuse = [&](auto why) {
    Refuse(waiting.get(), std::move(why));
    return true;
  };
  const Command& command = waiting->command;
  Ownership* owner = Find(command.service);
  if (owner == nullptr)
    return refuse(absl::UnimplementedError("this process does not serve the role"));
  if (!MayDecide(*owner)) return RefuseAsFollower(command.service, &waiting->reply) || wait();
  if (!owner->decider->pipelined() && !pending_.empty()) return wait();
  const bool hot = hot_.contains(command.subject);
  if (hot || !read_back_.empty()) {
    if (Pending* same = FindPending(command.request_id, command.subject);
        same != nullptr && same->command) {
      if (same->command->content != waiting->content) return refuse(RequestIdReused());
      same->also.push_back(std::move(waiting));
      return true;
    }
  }
  const auto state = StateOf(command.subject);
  if (!state.ok()) return refuse(state.status());
  if (AnswerRepeated(**state, waiting.get())) return true;
  Context context = RoundContext();
  context.principal = command.principal;
  context.key_id = (*state)->key_id();
  std::string fresh_key;
  if (context.key_id.empty()) {
    auto taken = ports_.keys->Take();
    if (!taken.ok()) return wait();
    fresh_key = *std::move(taken);
    context.key_id = fresh_key;
  }
  std::optional<Rejection> stale = CheckEtag(command, *owner->decider, **state);
  Decision decision =
      stale ? Decision(*std::move(stale)) : owner->decider->Decide(**state, command, context);
  if (auto* rejection = std::get_if<Rejection>(&decision)) {
    if (!fresh_key.empty()) ports_.keys->GiveBack(std::move(fresh_key));
    if (hot) return wait();  // it rests on what may yet be void
    // A new owner that this one has not heard of may have accepted what is not found here.
    if (rejection->code == absl::StatusCode::kNotFound && !waiting->refreshed) {
      Refresh(std::move(waiting));
      return true;
    }
    return refuse(std::move(*rejection));
  }
  auto pending = std::make_unique<Pending>();
  pending->event = std::get<Event>(std::move(decision));
  if (pending->event.ByteSizeLong() > kValueMax) {
    if (!fresh_key.empty()) ports_.keys->GiveBack(std::move(fresh_key));
    return refuse(
        absl::InvalidArgumentError("the event would be larger than a record may be (1 MiB)"));
  }
  pending->rests_on_pending =
      hot && RestsOnPending(*owner->decider, command, context, pending->event);
  const bool names_key = pending->event.has_call_received() || pending->event.has_inquiry_opened();
  if (!fresh_key.empty() && !names_key) ports_.keys->GiveBack(std::move(fresh_key));
  if (command.principal.role() != base::v1::ROLE_UNSPECIFIED ||
      !command.principal.office().empty()) {
    *pending->event.mutable_actor() = command.principal;
  }
  pending->event.set_content(waiting->content.bytes().data(), waiting->content.bytes().size());
  pending->subject = command.subject;
  pending->record.command = command.request_id;
  pending->command = std::move(waiting);
  pending->record.traceparent = pending->command->command.traceparent;
  Enqueue(owner, **state, context, std::move(pending));
  return true;
}

void Processor::Refresh(std::unique_ptr<Waiting> waiting) {
  ++refreshing_;
  waiting->refreshed = true;
  ports_.log->Refresh(partition_, [self = std::weak_ptr(self_), waiting = std::move(waiting)](
                                      const absl::Status& status) mutable {
    const auto alive = self.lock();
    if (!alive) return;
    Processor& processor = **alive;
    --processor.refreshing_;
    if (!status.ok()) return processor.Refuse(waiting.get(), status);
    processor.queue_.push_back(std::move(waiting));
    processor.stalled_ = false;
  });
}

bool Processor::RestsOnPending(const Service& decider, const Command& command,
                               const Context& context, const Event& event) {
  if (TypeOf(event).bears_prev) return true;
  const auto folded = fold_->Find(command.subject);
  if (!folded.ok()) return true;
  const Subject& alone = *folded == nullptr ? Subject::default_instance() : **folded;
  const Decision decision = decider.Decide(alone, command, context);
  const auto* same = std::get_if<Event>(&decision);
  return same == nullptr || same->SerializeAsString() != event.SerializeAsString();
}

bool Processor::AnswerRepeated(const Subject& state, Waiting* waiting) {
  const auto accepted = FindAccepted(state, waiting->command.request_id);
  if (!accepted) return false;
  if (accepted->content != waiting->content) {
    Refuse(waiting, RequestIdReused());
    return true;
  }
  ++counts_.repeated;
  CommandResult result;
  result.receipt = MakeReceipt(accepted->event_id, accepted->version);
  // Not `state`: what is pending in it may turn out void.
  const auto folded = fold_->Find(waiting->command.subject);
  if (!folded.ok()) {
    Refuse(waiting, folded.status());
    return true;
  }
  result.subject_id = waiting->command.subject;
  result.subject = *folded;
  if (waiting->reply) std::exchange(waiting->reply, nullptr)(result);
  return true;
}

void Processor::DecideDue(int64_t now_ms) {
  LookAgainIfReady();
  FollowDirectory();
  std::string subject;
  int64_t due_ms = 0;
  for (int looks = 0; looks < kLooksMax && pending_.size() < options_.pending_max &&
                      fold_->NextDue(now_ms, &subject, &due_ms);
       ++looks) {
    DecideObligations(subject, due_ms);
  }
}

// Whether or not this replica may decide: what it may not is kept for when it may.
void Processor::FollowDirectory() {
  RoundContext();
  if (std::exchange(edition_, round_edition_) != round_edition_) fold_->LookAtStanding();
}

void Processor::LookAgainIfReady() {
  bool again = false;
  for (Ownership& owner : owners_) {
    const bool ready = MayDecide(owner);
    again = again || (ready && !owner.ready);
    owner.ready = ready;
  }
  if (!again) return;
  for (const std::string& subject : std::exchange(not_ours_, {})) fold_->LookAgain(subject);
}

void Processor::DecideObligations(const std::string& subject, int64_t due_ms) {
  const auto folded = fold_->Find(subject);
  if (!folded.ok()) return (void)not_ours_.insert(subject);
  if (*folded == nullptr) return;
  // Only what the fold owes: an obligation of a pending event may never have existed. A copy, since
  // the list changes.
  const auto obligations = (*folded)->obligations();
  for (const Obligation& owed : obligations) {
    Ownership* owner = Find(owed.service());
    if (owner == nullptr || owed.due_at_ms() > due_ms) continue;
    if (!MayDecide(*owner)) {
      not_ours_.insert(subject);
      continue;
    }
    const Uuid cause = Uuid::FromBytes(owed.cause_id());
    const Uuid request = MakeReactionId(cause, owed.reaction(), subject);
    if (hot_.contains(subject) && FindPending(request, subject) != nullptr) continue;
    const auto state = StateOf(subject);
    if (!state.ok()) return (void)not_ours_.insert(subject);
    // What is pending may have settled it. If that turns out void, the subject is looked at again.
    if (!Owes(**state, owed)) continue;
    Context context = RoundContext();
    context.key_id = (*state)->key_id();
    auto pending = std::make_unique<Pending>();
    pending->event = owner->decider->React(**state, owed, context);
    if (owed.standing() && pending->event.event_case() == Event::EVENT_NOT_SET) continue;
    pending->event.set_reaction(owed.reaction());
    pending->subject = subject;
    pending->record.command = request;
    pending->record.causation = cause;
    ++counts_.reactions;
    Enqueue(owner, **state, context, std::move(pending));
  }
}

void Processor::Enqueue(Ownership* owner, const Subject& state, const Context& context,
                        std::unique_ptr<Pending> pending) {
  const int64_t now_ms = absl::ToUnixMillis(context.now);
  last_event_ms_ = now_ms;
  Event& event = pending->event;
  event.set_subject(pending->subject);
  event.set_occurred_at_ms(now_ms);
  event.set_directory(context.directory_position);
  event.set_utc_offset_s(context.utc_offset_s);
  event.SerializeToString(&pending->value);
  Hot& hot = hot_[pending->subject];
  const Hash head = hot.pending > 0 ? hot.head : HashFromBytes(state.head());
  const EventType& type = TypeOf(event);
  pending->service = owner->service;
  RecordView& record = pending->record;
  record.id = MakeUuidV7(now_ms, ports_.random->Next(), ports_.random->Next());
  record.type = type.type;
  record.source = owner->service;
  record.subject = pending->subject;
  record.time_ms = now_ms;
  record.epoch = owner->claim;
  record.seq = owner->next_seq++;
  // An etag makes any event depend on what its caller saw.
  const bool has_etag = pending->command && !pending->command->command.etag.empty();
  if (type.bears_prev || has_etag || pending->rests_on_pending) pending->prev = Bytes(head);
  record.prev = pending->prev;
  record.value = pending->value;
  pending->known = {&event, head, ChainHash(head, record)};
  hot.head = pending->known.head_after;
  ++hot.pending;
  if (hot.state) {
    ApplyToSubject(fold_->services(), record, event, {record.id, owner->service, record.causation},
                   hot.head, true, &*hot.state);
  }
  to_append_.push_back(pending.get());
  pending_.push_back(std::move(pending));
}

void Processor::Hand() {
  if (to_append_.empty()) return;
  std::vector<RecordView> records;
  records.reserve(to_append_.size());
  ++append_no_;
  for (Pending* pending : to_append_) {
    pending->append = append_no_;
    records.push_back(pending->record);
  }
  const auto delivered = [self = std::weak_ptr(self_),
                          append = append_no_](const absl::Status& status) {
    if (const auto alive = self.lock()) (*alive)->OnDelivered(append, status);
  };
  const absl::Status queued = ports_.log->Append(partition_, records, delivered);
  if (!queued.ok()) OnDelivered(append_no_, queued);
  if (options_.answer_before_read_back) {
    for (Pending* pending : to_append_) {
      pending->receipt.event_id = pending->record.id;
      Answer(pending, Subject::default_instance());
    }
  }
  to_append_.clear();
}

void Processor::Expire(absl::Time now) {
  // While the log can not be written, what is pending stays in doubt; its caller is told so when
  // its time is up.
  const auto expire = [&](Waiting& waiting) {
    if (!waiting.reply || waiting.command.deadline > now) return;
    Refuse(&waiting,
           absl::UnavailableError("the outcome is not known yet; retry with the same request id"));
  };
  for (auto* list : {&pending_, &read_back_}) {
    for (auto& pending : *list) {
      if (pending->command) expire(*pending->command);
      for (auto& also : pending->also) expire(*also);
    }
  }
  if (pending_.size() < options_.pending_max) return;
  for (auto& waiting :
       std::exchange(queue_, {})) {  // nobody else looks at them before there is room
    if (waiting->command.deadline > now) {
      queue_.push_back(std::move(waiting));
    } else {
      Refuse(waiting.get(),
             absl::DeadlineExceededError("the deadline passed before the command was decided"));
    }
  }
}

absl::Time Processor::NextWork() const {
  const absl::Time now = ports_.clock->Now();
  absl::Time next = absl::FromUnixMillis(
      std::min<int64_t>(fold_->NextDueMs(), absl::ToUnixMillis(absl::InfiniteFuture())));
  if (pending_.size() >= options_.pending_max) next = absl::InfiniteFuture();
  for (const Ownership& owner : owners_) {
    if (WantsToClaim(owner)) next = std::min(next, owner.claim_after);
    if (!not_ours_.empty() && !owner.ready && MayDecide(owner)) next = absl::InfinitePast();
  }
  if (fold_->has_standing() && ports_.directory().edition != edition_) next = absl::InfinitePast();
  if (!pending_.empty() || !read_back_.empty()) next = std::min(next, now + kDeadlineCheck);
  if (!queue_.empty())
    next = std::min(next, stalled_ ? now + absl::Milliseconds(2) : absl::InfinitePast());
  return next;
}

void Processor::FailAll(const absl::Status& status) {
  for (auto& waiting : std::exchange(queue_, {})) Refuse(waiting.get(), status);
  for (auto* list : {&pending_, &read_back_}) {
    for (auto& pending : *list) {
      if (pending->command) Refuse(pending->command.get(), status);
      for (auto& also : pending->also) Refuse(also.get(), status);
    }
  }
}

void Processor::Refuse(Waiting* waiting, absl::Status status) {
  if (waiting->reply) std::exchange(waiting->reply, nullptr)({.status = std::move(status)});
}

void Processor::Refuse(Waiting* waiting, Rejection rejection) {
  ++counts_.rejected;
  if (!waiting->reply) return;
  std::exchange(waiting->reply, nullptr)({.rejection = std::move(rejection)});
}

}  // namespace tierline::partition
