#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/service.h"
#include "runtime/keys/cipher.h"
#include "runtime/keys/key_cache.h"
#include "runtime/keys/master_key.h"
#include "runtime/log/event_log.h"
#include "runtime/ports.h"
#include "runtime/store/state_store.h"
#include "tierline/events/v1/keys.pb.h"

namespace tierline::keys {

struct VaultPorts {
  log::EventLog* log = nullptr;
  store::StateStore* store = nullptr;
  Clock* clock = nullptr;
  Random* random = nullptr;
};

struct VaultOptions {
  size_t low_water = 256;  // durable keys to have ready
  size_t batch = 1024;     // to make at a time
  size_t cache_max = size_t{16} << 10;
  // A replica that did not follow for longer may have missed an erasure that compaction has
  // removed, and reads the keys anew. Below delete.retention of the topic.
  absl::Duration rebuild_after = absl::Hours(20);
};

struct VaultCounts {
  int64_t keys = 0;     // read from the log by this run
  int64_t ignored = 0;  // a second value under an id
  int64_t erased = 0;
  int64_t malformed = 0;   // records that are no data key
  int64_t foreign = 0;     // wrapped by another master key
  int64_t unsealable = 0;  // values given up because their key is erased
};

// Keeps the data keys under which identity and free text are sealed, one per inquiry.
//
// The truth is tierline.keys.v1: DataKey records, wrapped by the master key and written once; a
// record without a value erases the key and with it everything sealed under it. The vault follows
// the topic into the state store:
//
//   k/k<key id>  serialized DataKey; empty: erased
//   k/o          "<next offset> <log id> <master key id> <when, Unix ms>"
//
// An event may only be appended after the key that it names is durable. So keys are made ahead:
// Pump appends a batch of them, and those that were delivered and read back form the pool of this
// replica. What a run did not use of its pool is never used.
//
//   auto vault = Vault::Start(master, {log, store, clock, random});
//   vault->Pump(); log->Poll(…);                         // the loop of the log's thread
//   auto key_id = vault->Take();                         // for a new inquiry
//   auto sealed = vault->Seal(*key_id, "caller", "…");   // …and every later value of it
//
// One thread uses a vault at a time.
class Vault : public Sealer {
 public:
  // Follows the topic to its end. Errors: kFailedPrecondition, with both ids, when a key there is
  // wrapped by another master key; those of the log and the store.
  static absl::StatusOr<std::unique_ptr<Vault>> Start(const MasterKey& master,
                                                      const VaultPorts& ports,
                                                      const VaultOptions& options = {});
  ~Vault() override;

  // Follows the topic to its end, and appends a batch of new keys when the pool is below the low
  // water mark and none is under way. The log has to be polled for them to arrive.
  absl::Status Pump();

  // The id (16 bytes) of a durable key that nobody else has. kUnavailable when the pool is empty:
  // Pump, Poll, again.
  absl::StatusOr<std::string> Take();
  // Returns a taken key under which nothing was appended.
  void GiveBack(std::string key_id);
  size_t ready() const { return pool_.size(); }

  // Makes Seal under `key_id` sure to succeed until other keys drive it from the cache. kNotFound:
  // unknown or erased.
  absl::Status Load(std::string_view key_id);

  // Under an erased key there is nothing to seal: the value is absent, and counted. Dies when the
  // store can not be read, since the value would be lost; Load first to have the error instead.
  base::v1::Sealed Seal(std::string_view key_id, std::string_view field,
                        std::string_view plain) override;

  // Empty for an absent value. Errors: kNotFound when the key is unknown or erased; kDataLoss when
  // the value was changed or moved from another field; kFailedPrecondition when another master key
  // wraps the data key.
  absl::StatusOr<std::string> Open(const base::v1::Sealed& sealed, std::string_view field);

  // Appends the erasure of `key_id`; it takes effect when it is read back.
  absl::Status Erase(std::string_view key_id, log::Delivered delivered);

  // 16 bytes, the same for the same content under the same master key: the start of an HMAC-SHA256,
  // so that content can be compared without being kept.
  Uuid Fingerprint(std::string_view content);

  const VaultCounts& counts() const { return counts_; }

 private:
  struct Delivery;  // of the batch of keys that is under way

  Vault(const MasterKey& master, const VaultPorts& ports, const VaultOptions& options);

  absl::Status Restore();
  absl::Status Follow(bool starting);
  absl::Status Apply(const RecordView& record, bool starting, store::Batch* batch);
  absl::Status ApplyKey(const std::string& key_id, const RecordView& record, bool starting,
                        store::Batch* batch);
  void ApplyErasure(const std::string& key_id, store::Batch* batch);
  void SettleDelivery();
  absl::Status Provision();
  events::v1::DataKey MakeKey();
  RecordView MakeRecord(std::string_view subject, std::string_view value);
  absl::StatusOr<const Key*> Find(std::string_view key_id);
  std::string RandomBytes(size_t size);
  absl::Status Foreign(std::string_view master_key_id) const;
  void PutPlace(store::Batch* batch);

  const MasterKey master_;
  const VaultPorts ports_;
  const VaultOptions options_;
  Cipher cipher_;
  KeyedHash content_hash_;
  KeyCache cache_;
  VaultCounts counts_;

  Offset next_ = 0;  // to follow
  std::string log_id_;
  std::string wrapped_by_;
  absl::Time placed_at_;
  absl::flat_hash_set<std::string>
      window_;  // ids of the records that are applied but not yet in the store

  std::deque<std::string> pool_;
  std::shared_ptr<Delivery> delivery_;       // null: no batch is under way
  absl::flat_hash_set<std::string> unread_;  // its keys that were not read back
  std::vector<std::string> read_back_;       // and those that were
};

}  // namespace tierline::keys
