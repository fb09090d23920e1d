#include "runtime/keys/vault.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/hash.h"
#include "base/text.h"
#include "tierline/events/v1/event.pb.h"

namespace tierline::keys {
namespace {

constexpr log::TopicPartition kKeysTopic{log::Topic::kKeys, 0};
constexpr std::string_view kDataKeyType = "tierline.keys.data-key.v1";
constexpr std::string_view kPrefix = "k/";
constexpr std::string_view kPlace = "k/o";
constexpr absl::string_view kNoKeys = "-";  // as the master key's id while there is no data key
constexpr size_t kKeyIdBytes = 16;
constexpr int64_t kWindow = 4096;
constexpr absl::Duration kPlaceInterval = absl::Minutes(10);

std::string RowOf(std::string_view key_id) { return absl::StrCat("k/k", ToAbsl(key_id)); }

// The key id that `subject` spells in hex; empty when it spells none.
std::string KeyIdOf(std::string_view subject) {
  if (subject.size() != 2 * kKeyIdBytes ||
      !std::all_of(subject.begin(), subject.end(), absl::ascii_isxdigit)) {
    return "";
  }
  return absl::HexStringToBytes(ToAbsl(subject));
}

}  // namespace

struct Vault::Delivery {
  bool done = false;
  absl::Status status;
};

Vault::Vault(const MasterKey& master, const VaultPorts& ports, const VaultOptions& options)
    : master_(master),
      ports_(ports),
      options_(options),
      content_hash_(master.key, "tierline.content.v1"),
      cache_(options.cache_max),
      wrapped_by_(kNoKeys) {}

Vault::~Vault() = default;

absl::StatusOr<std::unique_ptr<Vault>> Vault::Start(const MasterKey& master,
                                                    const VaultPorts& ports,
                                                    const VaultOptions& options) {
  std::unique_ptr<Vault> vault(new Vault(master, ports, options));
  if (absl::Status status = vault->Restore(); !status.ok()) return status;
  if (absl::Status status = vault->Follow(/*starting=*/true); !status.ok()) return status;
  return vault;
}

// Goes on where the store stands, if it stands in this log, not beyond its end, and not too long
// ago.
absl::Status Vault::Restore() {
  absl::StatusOr<Offset> end = ports_.log->End(kKeysTopic);
  if (!end.ok()) return end.status();
  const absl::StatusOr<Offset> read =
      ports_.log->Read(kKeysTopic, 0, 1, [this](Offset, const RecordView& r) {
        Event event;
        if (event.ParseFromArray(r.value.data(), static_cast<int>(r.value.size())))
          log_id_ = event.genesis().log_id();
        return false;
      });
  if (!read.ok()) return read.status();
  placed_at_ = ports_.clock->Now();

  std::string place;
  const absl::Status found = ports_.store->Get(kPlace, &place);
  if (absl::IsNotFound(found)) return ports_.store->Clear(kPrefix);
  if (!found.ok()) return found;
  const std::vector<std::string> parts = absl::StrSplit(place, ' ');
  int64_t next = 0;
  int64_t when = 0;
  const bool usable = parts.size() == 4 && absl::SimpleAtoi(parts[0], &next) &&
                      absl::SimpleAtoi(parts[3], &when) && parts[1] == log_id_ && next <= *end &&
                      placed_at_ - absl::FromUnixMillis(when) < options_.rebuild_after;
  if (!usable) return ports_.store->Clear(kPrefix);
  if (parts[2] != master_.id && parts[2] != kNoKeys) return Foreign(parts[2]);
  wrapped_by_ = parts[2];
  next_ = next;
  return absl::OkStatus();
}

absl::Status Vault::Foreign(std::string_view master_key_id) const {
  return absl::FailedPreconditionError(absl::StrCat(
      "the data keys of this log are wrapped by the master key ", ToAbsl(master_key_id),
      ", not by ", master_.id, ": give this replica the key file of the others"));
}

void Vault::PutPlace(store::Batch* batch) {
  placed_at_ = ports_.clock->Now();
  batch->Put(kPlace, absl::StrCat(next_, " ", log_id_, " ", wrapped_by_, " ",
                                  absl::ToUnixMillis(placed_at_)));
}

absl::Status Vault::Follow(bool starting) {
  for (;;) {
    store::Batch batch;
    window_.clear();
    absl::Status applied;
    const absl::StatusOr<Offset> next =
        ports_.log->Read(kKeysTopic, next_, kWindow, [&](Offset, const RecordView& record) {
          applied = Apply(record, starting, &batch);
          return applied.ok();
        });
    if (!next.ok()) return next.status();
    if (!applied.ok()) return applied;
    const bool at_end = *next == next_;
    const Offset from = std::exchange(next_, *next);
    if (!at_end || ports_.clock->Now() - placed_at_ > kPlaceInterval) PutPlace(&batch);
    if (!batch.empty()) {
      if (absl::Status status = ports_.store->Write(batch); !status.ok()) {
        next_ = from;
        return status;
      }
    }
    if (at_end) return absl::OkStatus();
  }
}

absl::Status Vault::Apply(const RecordView& record, bool starting, store::Batch* batch) {
  const std::string key_id = KeyIdOf(record.subject);
  if (key_id.empty()) {
    if (record.type == kDataKeyType) ++counts_.malformed;
    return absl::OkStatus();  // genesis
  }
  if (record.value.empty()) {
    ApplyErasure(key_id, batch);
    return absl::OkStatus();
  }
  return ApplyKey(key_id, record, starting, batch);
}

absl::Status Vault::ApplyKey(const std::string& key_id, const RecordView& record, bool starting,
                             store::Batch* batch) {
  Event event;
  if (!event.ParseFromArray(record.value.data(), static_cast<int>(record.value.size())) ||
      !event.has_data_key() || event.data_key().key_id() != key_id) {
    ++counts_.malformed;
    return absl::OkStatus();
  }
  std::string row;
  const absl::Status found =
      window_.contains(key_id) ? absl::OkStatus() : ports_.store->Get(RowOf(key_id), &row);
  if (!found.ok() && !absl::IsNotFound(found)) return found;
  if (found.ok()) {  // written once: the first value counts, and an erased key stays erased
    ++counts_.ignored;
    unread_.erase(key_id);
    return absl::OkStatus();
  }
  if (event.data_key().master_key_id() == master_.id) {
    wrapped_by_ = master_.id;
  } else {
    if (starting) return Foreign(event.data_key().master_key_id());
    ++counts_.foreign;
  }
  window_.insert(key_id);
  batch->Put(RowOf(key_id), event.data_key().SerializeAsString());
  ++counts_.keys;
  if (unread_.erase(key_id) > 0) read_back_.push_back(key_id);
  return absl::OkStatus();
}

void Vault::ApplyErasure(const std::string& key_id, store::Batch* batch) {
  window_.insert(key_id);
  batch->Put(RowOf(key_id), "");
  cache_.Erase(key_id);
  unread_.erase(key_id);
  std::erase(pool_, key_id);
  std::erase(read_back_, key_id);
  ++counts_.erased;
}

absl::Status Vault::Pump() {
  if (absl::Status status = Follow(/*starting=*/false); !status.ok()) return status;
  SettleDelivery();
  if (delivery_ != nullptr || pool_.size() >= options_.low_water) return absl::OkStatus();
  return Provision();
}

// A key becomes usable when its batch was delivered and it was read back itself.
void Vault::SettleDelivery() {
  if (delivery_ == nullptr || !delivery_->done) return;
  if (!delivery_->status
           .ok()) {  // in doubt: they are never used, whether they are in the log or not
    unread_.clear();
    read_back_.clear();
  }
  pool_.insert(pool_.end(), read_back_.begin(), read_back_.end());
  read_back_.clear();
  if (unread_.empty()) delivery_.reset();
}

absl::Status Vault::Provision() {
  std::vector<std::string> ids(options_.batch);
  std::vector<std::string> subjects(options_.batch);
  std::vector<std::string> values(options_.batch);
  std::vector<RecordView> records(options_.batch);
  for (size_t i = 0; i < options_.batch; ++i) {
    Event event;
    *event.mutable_data_key() = MakeKey();
    ids[i] = event.data_key().key_id();
    subjects[i] = HexOf(ids[i]);
    records[i] = MakeRecord(subjects[i], "");
    event.set_subject(subjects[i]);
    event.set_occurred_at_ms(records[i].time_ms);
    values[i] = event.SerializeAsString();
    records[i].value = values[i];
  }
  auto delivery = std::make_shared<Delivery>();
  absl::Status queued = ports_.log->Append(kKeysTopic, records, [delivery](absl::Status status) {
    delivery->done = true;
    delivery->status = std::move(status);
  });
  if (absl::IsResourceExhausted(queued)) return absl::OkStatus();  // the next Pump tries again
  if (!queued.ok()) return queued;
  delivery_ = std::move(delivery);
  unread_.insert(ids.begin(), ids.end());
  return absl::OkStatus();
}

RecordView Vault::MakeRecord(std::string_view subject, std::string_view value) {
  const int64_t now_ms = absl::ToUnixMillis(ports_.clock->Now());
  const uint64_t high = ports_.random->Next();
  return {.id = MakeUuidV7(now_ms, high, ports_.random->Next()),
          .type = kDataKeyType,
          .subject = subject,
          .time_ms = now_ms,
          .value = value};
}

events::v1::DataKey Vault::MakeKey() {
  std::string bytes = RandomBytes(kKeyBytes);
  const Key key(bytes);
  Wipe(&bytes);
  events::v1::DataKey made;
  made.set_key_id(RandomBytes(kKeyIdBytes));
  const std::string nonce = RandomBytes(kNonceBytes);
  made.set_wrapped(
      absl::StrCat(nonce, cipher_.Seal(master_.key, nonce, made.key_id(), key.bytes())));
  made.set_master_key_id(master_.id);
  return made;
}

std::string Vault::RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
    const uint64_t number = ports_.random->Next();
    std::memcpy(bytes.data() + at, &number, std::min(sizeof number, size - at));
  }
  return bytes;
}

absl::StatusOr<std::string> Vault::Take() {
  if (pool_.empty())
    return absl::UnavailableError("no data key is ready; more are under way: retry in 50 ms");
  std::string key_id = std::move(pool_.front());
  pool_.pop_front();
  return key_id;
}

void Vault::GiveBack(std::string key_id) {
  // An erased key must not come back, nor a key be there twice: two inquiries would share it.
  std::string row;
  if (!ports_.store->Get(RowOf(key_id), &row).ok() || row.empty()) return;
  if (std::find(pool_.begin(), pool_.end(), key_id) != pool_.end()) return;
  pool_.push_front(std::move(key_id));
}

absl::StatusOr<const Key*> Vault::Find(std::string_view key_id) {
  if (const Key* key = cache_.Find(key_id); key != nullptr) return key;
  std::string row;
  absl::Status found = ports_.store->Get(RowOf(key_id), &row);
  if (absl::IsNotFound(found)) {  // it may be newer than the last Pump
    if (absl::Status status = Follow(/*starting=*/false); !status.ok()) return status;
    found = ports_.store->Get(RowOf(key_id), &row);
  }
  if (absl::IsNotFound(found))
    return absl::NotFoundError(absl::StrCat("no data key ", HexOf(key_id)));
  if (!found.ok()) return found;
  if (row.empty())
    return absl::NotFoundError(absl::StrCat("the data key ", HexOf(key_id), " is erased"));
  events::v1::DataKey wrapped;
  if (!wrapped.ParseFromString(row))
    return absl::DataLossError(absl::StrCat("the data key ", HexOf(key_id)));
  if (wrapped.master_key_id() != master_.id) return Foreign(wrapped.master_key_id());
  const std::string_view bytes = wrapped.wrapped();
  std::string plain;
  if (bytes.size() != kNonceBytes + kKeyBytes + kTagBytes ||
      !cipher_.Open(master_.key, bytes.substr(0, kNonceBytes), key_id, bytes.substr(kNonceBytes),
                    &plain)) {
    return absl::DataLossError(
        absl::StrCat("the data key ", HexOf(key_id), " was changed: it does not unwrap"));
  }
  const Key* key = cache_.Put(key_id, Key(plain));
  Wipe(&plain);
  return key;
}

absl::Status Vault::Load(std::string_view key_id) { return Find(key_id).status(); }

base::v1::Sealed Vault::Seal(std::string_view key_id, std::string_view field,
                             std::string_view plain) {
  base::v1::Sealed sealed;
  if (plain.empty()) return sealed;
  const absl::StatusOr<const Key*> key = Find(key_id);
  if (absl::IsNotFound(key.status())) {
    ++counts_.unsealable;
    return sealed;
  }
  if (!key.ok()) {
    std::fprintf(stderr, "a value can not be sealed: %s\n", key.status().ToString().c_str());
    std::abort();
  }
  sealed.set_key_id(std::string(key_id));
  sealed.set_nonce(RandomBytes(kNonceBytes));
  sealed.set_ciphertext(cipher_.Seal(**key, sealed.nonce(), field, plain));
  return sealed;
}

absl::StatusOr<std::string> Vault::Open(const base::v1::Sealed& sealed, std::string_view field) {
  if (sealed.key_id().empty()) return "";
  const absl::StatusOr<const Key*> key = Find(sealed.key_id());
  if (!key.ok()) return key.status();
  std::string plain;
  if (!cipher_.Open(**key, sealed.nonce(), field, sealed.ciphertext(), &plain)) {
    return absl::DataLossError(absl::StrCat("the value of ", ToAbsl(field), " under the data key ",
                                            HexOf(sealed.key_id()),
                                            " was changed, or belongs to another field"));
  }
  return plain;
}

absl::Status Vault::Erase(std::string_view key_id, log::Delivered delivered) {
  const std::string subject = HexOf(key_id);
  const RecordView erasure = MakeRecord(subject, "");
  return ports_.log->Append(kKeysTopic, {&erasure, 1}, std::move(delivered));
}

Uuid Vault::Fingerprint(std::string_view content) {
  return Uuid::FromBytes(std::string_view(content_hash_.Of(content)).substr(0, 16));
}

}  // namespace tierline::keys
