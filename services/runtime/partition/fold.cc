#include "runtime/partition/fold.h"

#include <algorithm>
#include <cstdlib>

#include "base/event_types.h"
#include "base/text.h"
#include "runtime/partition/accepted.h"

namespace tierline::partition {
namespace {

// Tables of a fold in the store.
constexpr char kSubjects = 's';
constexpr char kOwed = 'o';  // subjects with obligations
constexpr char kRows = 'r';  // rows of projections
constexpr char kVoid = 'v';  // verdicts of void records, by offset
constexpr char kPartition = 'p';
// Keys of the last.
constexpr char kHead[] = "";
constexpr char kServices[] = "services";  // whose parts the subjects have

std::string RowsOf(const Service& service) { return std::string(ServiceName(service.id())) + "/"; }

bool OwesStanding(const Subject& subject) {
  return std::any_of(subject.obligations().begin(), subject.obligations().end(),
                     [](const Obligation& owed) { return owed.standing(); });
}

std::string BigEndian(Offset offset) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(offset >> shift));
  return bytes;
}

std::string_view KeyIdOf(const Event& event) {
  if (event.has_call_received()) return event.call_received().key_id();
  if (event.has_inquiry_opened()) return event.inquiry_opened().key_id();
  return {};
}

}  // namespace

void ApplyToSubject(const std::vector<std::unique_ptr<Service>>& services, const RecordView& record,
                    const Event& event, const EventMeta& meta, const Hash& head_after, bool pending,
                    Subject* subject) {
  subject->set_head(head_after.data(), head_after.size());
  subject->set_events(subject->events() + 1);
  if (subject->key_id().empty()) {
    const std::string_view key = KeyIdOf(event);
    if (!key.empty()) subject->set_key_id(key.data(), key.size());
  }
  if (!event.reaction().empty()) {
    auto* owed = subject->mutable_obligations();
    for (int i = 0; i < owed->size(); ++i) {
      const Obligation& one = owed->Get(i);
      if (one.service() != meta.source || one.reaction() != event.reaction() ||
          one.cause_id() != meta.causation.bytes()) {
        continue;
      }
      owed->DeleteSubrange(i, 1);
      break;
    }
  }
  for (const auto& service : services) {
    if (!pending || !service->keeps_rows()) service->Evolve(event, meta, subject);
  }
  if (event.reaction().empty() && !record.command.absent()) {
    Accepted accepted{.request_id = record.command,
                      .content = Uuid::FromBytes(event.content()),
                      .event_id = record.id};
    for (const auto& service : services) {
      if (service->id() == meta.source) accepted.version = service->Version(*subject);
    }
    AddAccepted(accepted, subject);
  }
}

Fold::Fold(std::string name, std::vector<std::unique_ptr<Service>> services,
           store::StateStore* store, FoldOptions options)
    : name_(std::move(name)), services_(std::move(services)), store_(store), options_(options) {}

std::string Fold::Key(char table, std::string_view id) const {
  std::string key(1, table);
  key.append("/").append(name_).append("/").append(id);
  return key;
}

std::string Fold::ServiceNames() const {
  std::string names;
  for (const auto& service : services_) names.append(ServiceName(service->id())).append(" ");
  return names;
}

absl::Status Fold::Load() {
  if (store_ == nullptr) return absl::OkStatus();
  std::string bytes;
  const absl::Status found = store_->Get(Key(kPartition, kHead), &bytes);
  if (absl::IsNotFound(found)) return absl::OkStatus();
  if (!found.ok()) return found;
  std::string services;
  const absl::Status listed = store_->Get(Key(kPartition, kServices), &services);
  if (!listed.ok() && !absl::IsNotFound(listed)) return listed;
  if (services != ServiceNames()) return Reset();
  if (!partition_.ParseFromString(bytes) || partition_.fold_version() != kFoldVersion)
    return Reset();
  stored_only_.AddAll();
  stored_ = offset();
  for (const auto& service : services_) {
    const std::string rows = Key(kRows, RowsOf(*service));
    const absl::Status status =
        store_->Scan(rows, "", [&](std::string_view key, std::string_view value) {
          service->LoadRow(key.substr(rows.size()), value);
          return true;
        });
    if (!status.ok()) return status;
  }
  const std::string owed = Key(kOwed, "");
  std::vector<std::string> subjects;
  const absl::Status status = store_->Scan(owed, "", [&](std::string_view key, std::string_view) {
    subjects.emplace_back(key.substr(owed.size()));
    return true;
  });
  if (!status.ok()) return status;
  for (const std::string& subject : subjects) {
    auto entry = FindEntry(subject);
    if (!entry.ok()) return entry.status();
    if (*entry == nullptr) continue;
    (*entry)->owed = true;
    ListStanding(*entry);
    LookAgain(subject);
  }
  return absl::OkStatus();
}

absl::Status Fold::Reset() {
  partition_.Clear();
  cache_.clear();
  dirty_.clear();
  void_.clear();
  due_ = {};
  stored_only_.Clear();
  standing_.clear();
  stored_ = -1;
  for (const auto& service : services_) service->ForgetRows();
  if (store_ == nullptr) return absl::OkStatus();
  for (const char table : {kPartition, kSubjects, kOwed, kRows, kVoid}) {
    const absl::Status status = store_->Clear(Key(table, ""));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

const state::v1::Writer* Fold::FindWriter(base::v1::Service service) const {
  for (const auto& writer : partition_.writers()) {
    if (writer.service() == service) return &writer;
  }
  return nullptr;
}

state::v1::Writer* Fold::WriterOf(base::v1::Service service) {
  for (auto& writer : *partition_.mutable_writers()) {
    if (writer.service() == service) return &writer;
  }
  auto* writer = partition_.add_writers();
  writer->set_service(service);
  return writer;
}

Service* Fold::FindService(base::v1::Service service) const {
  for (const auto& one : services_) {
    if (one->id() == service) return one.get();
  }
  return nullptr;
}

absl::StatusOr<Fold::Entry*> Fold::FindEntry(std::string_view subject) {
  const size_t hash = cache_.hash_function()(ToAbsl(subject));
  const auto it = cache_.find(ToAbsl(subject), hash);
  if (it != cache_.end()) {
    it->second->used = true;
    return it->second.get();
  }
  if (store_ == nullptr || !stored_only_.MayHave(hash)) return nullptr;
  std::string bytes;
  const absl::Status status = store_->Get(Key(kSubjects, subject), &bytes);
  if (absl::IsNotFound(status)) return nullptr;
  if (!status.ok()) return status;
  Entry* entry = Create(subject);
  if (!entry->subject.ParseFromString(bytes)) {
    cache_.erase(ToAbsl(subject));
    return absl::DataLossError("state store: a subject does not parse");
  }
  entry->owed = entry->subject.obligations_size() > 0;
  entry->standing = OwesStanding(entry->subject);
  return entry;
}

Fold::Entry* Fold::Create(std::string_view subject) {
  auto entry = std::make_unique<Entry>();
  entry->id = subject;
  entry->used = true;
  const absl::string_view id = ToAbsl(entry->id);
  return cache_.emplace(id, std::move(entry)).first->second.get();
}

absl::StatusOr<const Subject*> Fold::Find(std::string_view subject) {
  auto entry = FindEntry(subject);
  if (!entry.ok()) return entry.status();
  return *entry == nullptr ? nullptr : &(*entry)->subject;
}

Applied Fold::Apply(Offset offset, const RecordView& record, const Known* known) {
  EventMeta meta{record.id, record.source, record.causation};
  partition_.set_offset(offset + 1);
  partition_.set_last_id(record.id.bytes().data(), 16);
  // Only the first record founds: two replicas may have founded an empty partition at once, and the
  // later genesis record is void like anything else without an owner's epoch.
  if (offset == 0 && record.type == kGenesis) {
    partition_.set_log_id(Parse(record)->genesis().log_id());
    return {.verdict = Verdict::kValid, .meta = meta};
  }
  Entry* entry = nullptr;
  if (!record.subject.empty()) {
    auto found = FindEntry(record.subject);
    // A store that can not be read is not a fact about the log: stop rather than fold something
    // else.
    if (!found.ok()) std::abort();
    entry = *found;
  }
  const Hash head = entry == nullptr ? Hash{} : HashFromBytes(entry->subject.head());
  const Verdict verdict = Judge(record, head, options_.rules, WriterOf(record.source));
  if (verdict != Verdict::kValid) {
    partition_.set_void_records(partition_.void_records() + 1);
    void_.emplace_back(offset, verdict);
    return {.verdict = verdict, .meta = meta, .time_ms = record.time_ms};
  }
  partition_.set_valid_records(partition_.valid_records() + 1);
  partition_.set_last_time_ms(std::max(partition_.last_time_ms(), record.time_ms));
  const Event* event = known != nullptr ? known->event : nullptr;
  if (event == nullptr) event = Parse(record);
  partition_.set_directory(std::max(partition_.directory(), event->directory()));
  if (event->has_owner_claimed()) {
    auto* writer = WriterOf(record.source);
    writer->set_instance(event->owner_claimed().instance());
    writer->set_endpoint(event->owner_claimed().endpoint());
  }
  if (record.subject.empty()) return {.meta = meta, .event = event, .time_ms = record.time_ms};
  if (entry == nullptr) entry = Create(record.subject);
  const Hash head_after =
      known != nullptr && known->head_before == head ? known->head_after : ChainHash(head, record);
  Evolve(offset, record, *event, meta, head_after, entry);
  return {.meta = meta, .event = event, .subject = &entry->subject, .time_ms = record.time_ms};
}

const Event* Fold::Parse(const RecordView& record) {
  const bool parsed =
      parsed_.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()));
  if (parsed && parsed_.event_case() != Event::EVENT_NOT_SET && TypeOf(parsed_).type == record.type)
    return &parsed_;
  // It still counts and advances the head: validity reads headers only. Of a later version's event,
  // what all events have in common holds too, so that it clears the obligation that it names and
  // its request id stays taken.
  ++unknown_records_;
  if (parsed) {
    parsed_.clear_event();
  } else {
    parsed_.Clear();
  }
  return &parsed_;
}

void Fold::Evolve(Offset offset, const RecordView& record, const Event& event,
                  const EventMeta& meta, const Hash& head, Entry* entry) {
  ApplyToSubject(services_, record, event, meta, head, false, &entry->subject);
  entry->subject.add_offsets(offset);
  for (const Obligation& owed : entry->subject.obligations()) {
    if (owed.cause_id() == record.id.bytes()) List(record.subject, owed.due_at_ms());
  }
  if (OwesStanding(entry->subject) != entry->standing) ListStanding(entry);
  if (!entry->dirty) {
    entry->dirty = true;
    dirty_.push_back(entry);
  }
}

void Fold::ListStanding(Entry* entry) {
  entry->standing = OwesStanding(entry->subject);
  if (entry->standing) {
    standing_.insert(entry->id);
  } else {
    standing_.erase(entry->id);
  }
}

void Fold::LookAtStanding() {
  for (const std::string& subject : standing_) List(subject, 0);
}

absl::StatusOr<Verdict> Fold::VerdictOf(Offset offset) {
  const auto found = std::lower_bound(void_.begin(), void_.end(), std::pair(offset, Verdict()));
  if (found != void_.end() && found->first == offset) return found->second;
  if (store_ == nullptr || offset >= stored_) return Verdict::kValid;
  std::string verdict;
  const absl::Status status = store_->Get(Key(kVoid, BigEndian(offset)), &verdict);
  if (absl::IsNotFound(status)) return Verdict::kValid;
  if (!status.ok()) return status;
  return verdict.empty() ? absl::StatusOr<Verdict>(absl::DataLossError("state store: no verdict"))
                         : static_cast<Verdict>(verdict[0]);
}

void Fold::LookAgain(const std::string& subject) {
  const auto entry = FindEntry(subject);
  // As in Apply: a store that can not be read must not make it forget an obligation.
  if (!entry.ok()) std::abort();
  if (*entry == nullptr) return;
  for (const Obligation& owed : (*entry)->subject.obligations()) List(subject, owed.due_at_ms());
}

bool Fold::NextDue(int64_t now_ms, std::string* subject, int64_t* due_ms) {
  if (due_.empty() || due_.top().due_ms > now_ms) return false;
  *subject = due_.top().subject;
  *due_ms = due_.top().due_ms;
  due_.pop();
  return true;
}

absl::Status Fold::Flush() {
  if (store_ == nullptr || stored_ == offset()) return absl::OkStatus();
  store::Batch batch;
  std::string bytes;
  for (const Entry* entry : dirty_) {
    entry->subject.SerializeToString(&bytes);
    batch.Put(Key(kSubjects, entry->id), bytes);
    const bool owes = entry->subject.obligations_size() > 0;
    if (owes && !entry->owed) batch.Put(Key(kOwed, entry->id), "");
    if (!owes && entry->owed) batch.Delete(Key(kOwed, entry->id));
  }
  for (const auto& service : services_) {
    const std::string rows = RowsOf(*service);
    service->ChangedRows([&](std::string_view key, std::string_view value) {
      if (!service->keeps_rows())
        std::abort();  // they would count what is pending, and may be void
      batch.Put(Key(kRows, rows).append(key), value);
    });
  }
  for (const auto& [offset, verdict] : void_) {
    batch.Put(Key(kVoid, BigEndian(offset)), std::string(1, static_cast<char>(verdict)));
  }
  partition_.set_fold_version(kFoldVersion);
  partition_.SerializeToString(&bytes);
  batch.Put(Key(kPartition, kHead), bytes);
  if (stored_ < 0) batch.Put(Key(kPartition, kServices), ServiceNames());
  const absl::Status status = store_->Write(batch);
  if (!status.ok()) return status;
  for (Entry* entry : dirty_) {
    entry->owed = entry->subject.obligations_size() > 0;
    entry->dirty = false;
  }
  dirty_.clear();
  void_.clear();
  stored_ = offset();
  for (const auto& service : services_) service->RowsStored();
  Evict();
  return absl::OkStatus();
}

// What was not used since the last time goes first; nothing is dirty here.
void Fold::Evict() {
  if (cache_.size() <= options_.cached_subjects) return;
  size_t surplus = cache_.size() - options_.cached_subjects / 2;
  for (int round = 0; round < 2 && surplus > 0; ++round) {
    for (auto it = cache_.begin(); it != cache_.end() && surplus > 0;) {
      const auto here = it++;
      if (std::exchange(here->second->used, false)) continue;
      stored_only_.Add(cache_.hash_function()(here->first));
      cache_.erase(here);
      --surplus;
    }
  }
}

absl::Status Fold::Visit(
    std::string_view start,
    absl::FunctionRef<bool(std::string_view id, const Subject& subject)> visitor) {
  if (store_ != nullptr) {
    absl::Status status = Flush();
    if (!status.ok()) return status;
    const std::string prefix = Key(kSubjects, "");
    Subject subject;
    return store_->Scan(prefix, prefix + std::string(start),
                        [&](std::string_view key, std::string_view value) {
                          if (!subject.ParseFromArray(value.data(), static_cast<int>(value.size())))
                            return false;
                          return visitor(key.substr(prefix.size()), subject);
                        });
  }
  std::vector<std::string_view> ids;
  for (const auto& [id, entry] : cache_) {
    if (ToStd(id) >= start) ids.push_back(ToStd(id));
  }
  std::sort(ids.begin(), ids.end());
  for (const std::string_view id : ids) {
    if (!visitor(id, cache_.find(ToAbsl(id))->second->subject)) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<Hash> Fold::Digest(int64_t* subjects) {
  Sha256 sha;
  std::string part;
  *subjects = 0;
  sha.AddFramed("tierline.digest.v" + std::to_string(kFoldVersion));
  const absl::Status status = Visit("", [&](std::string_view id, const Subject& subject) {
    ++*subjects;
    sha.AddFramed(id);
    Subject common;  // what all services share, without the offsets
    common.set_head(subject.head());
    common.set_events(subject.events());
    common.set_key_id(subject.key_id());
    *common.mutable_commands() = subject.commands();
    *common.mutable_obligations() = subject.obligations();
    sha.AddFramed(common.SerializeAsString());
    for (const auto& service : services_) {
      part.clear();
      service->AppendDigest(subject, &part);
      sha.AddFramed(ServiceName(service->id()));
      sha.AddFramed(part);
    }
    return true;
  });
  if (!status.ok()) return status;
  for (const auto& service : services_) {
    sha.AddFramed(ServiceName(service->id()));
    service->VisitRows([&](std::string_view key, std::string_view value) {
      sha.AddFramed(key);
      sha.AddFramed(value);
    });
  }
  return sha.Finish();
}

}  // namespace tierline::partition
