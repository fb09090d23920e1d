#pragma once

#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "base/hash.h"
#include "base/record.h"
#include "base/service.h"
#include "base/validity.h"
#include "runtime/partition/stored_only.h"
#include "runtime/store/state_store.h"

namespace tierline::partition {

// Bump it when any Evolve or this file changes what a log folds to: stored state of another version
// is rebuilt.
inline constexpr int kFoldVersion = 6;

struct FoldOptions {
  ValidityRules rules;
  // Subjects kept in memory; the rest is read back from the store when it is needed.
  size_t cached_subjects = 4096;
};

// What a decider knows of a record that it wrote itself, so that reading it back parses and hashes
// nothing twice.
struct Known {
  const Event* event = nullptr;
  Hash head_before{};
  Hash head_after{};
};

struct Applied {
  Verdict verdict = Verdict::kValid;
  const EventMeta meta;
  const Event* event = nullptr;      // null when void, or of a type that this build does not know
  const Subject* subject = nullptr;  // after the event; null for control records
  int64_t time_ms = 0;
};

// The fold of one partition: judges every record, applies the valid ones to the subjects of all
// services of this process, and keeps state and offset in the store, in one batch. Two folds of the
// same prefix are byte-identical.
class Fold {
 public:
  // `store` may be null: everything stays in memory. `name` is the prefix of its keys in the store.
  Fold(std::string name, std::vector<std::unique_ptr<Service>> services, store::StateStore* store,
       FoldOptions options = {});

  // Takes up where the store left off. State of another fold version, or of other services, is
  // dropped.
  absl::Status Load();
  // Forgets everything, in memory and in the store.
  absl::Status Reset();

  // Applies the record at `offset`, which must be the next one. `known` may be null.
  Applied Apply(Offset offset, const RecordView& record, const Known* known);

  // State and offset as one batch. Cheap when nothing changed.
  absl::Status Flush();

  // Null when the log has no valid event of it. Valid until the next Apply, Find or Flush. Errors:
  // of the store.
  absl::StatusOr<const Subject*> Find(std::string_view subject);

  // The next subject that owes something at or before `now_ms`, and since when, in due order; false
  // when there is none. It is then taken off the list: the caller acts on its obligations that are
  // due at `due_ms` or before.
  bool NextDue(int64_t now_ms, std::string* subject, int64_t* due_ms);
  // When the next obligation is due; INT64_MAX when none is.
  int64_t NextDueMs() const { return due_.empty() ? INT64_MAX : due_.top().due_ms; }
  // Puts everything that the subject owes back on the list.
  void LookAgain(const std::string& subject);
  // The same of every subject that owes something standing, to be looked at at once.
  void LookAtStanding();
  bool has_standing() const { return !standing_.empty(); }

  // Visits subjects in the order of their ids, from `start` (empty: the first) on. Return false to
  // stop.
  absl::Status Visit(std::string_view start,
                     absl::FunctionRef<bool(std::string_view id, const Subject& subject)> visitor);

  // SHA-256 over the fold version, all subjects and rows, without anything of the engine (offsets,
  // partition numbers). Two processes have the same only if they host the same services, in the
  // same order.
  absl::StatusOr<Hash> Digest(int64_t* subjects);

  // How the record at `offset`, which must have been applied, was judged. Errors: of the store.
  absl::StatusOr<Verdict> VerdictOf(Offset offset);

  const state::v1::Partition& partition() const { return partition_; }
  Offset offset() const { return partition_.offset(); }
  const state::v1::Writer* FindWriter(base::v1::Service service) const;
  Service* FindService(base::v1::Service service) const;
  const std::vector<std::unique_ptr<Service>>& services() const { return services_; }
  const ValidityRules& rules() const { return options_.rules; }
  size_t dirty() const { return dirty_.size(); }
  int64_t unknown_records() const { return unknown_records_; }

 private:
  struct Entry {
    std::string id;
    Subject subject;
    bool dirty = false;
    bool owed = false;      // stands in the store's list of subjects with obligations
    bool standing = false;  // stands in standing_
    bool used = false;      // since the cache was last too large
  };
  struct Due {
    int64_t due_ms;
    uint64_t order;
    std::string subject;
    bool operator>(const Due& other) const {
      return due_ms != other.due_ms ? due_ms > other.due_ms : order > other.order;
    }
  };

  absl::StatusOr<Entry*> FindEntry(std::string_view subject);
  Entry* Create(std::string_view subject);
  void List(std::string_view subject, int64_t due_ms) {
    due_.push({due_ms, due_order_++, std::string(subject)});
  }
  state::v1::Writer* WriterOf(base::v1::Service service);
  void Evolve(Offset offset, const RecordView& record, const Event& event, const EventMeta& meta,
              const Hash& head, Entry* entry);
  void ListStanding(Entry* entry);
  const Event* Parse(const RecordView& record);
  std::string ServiceNames() const;
  void Evict();
  std::string Key(char table, std::string_view id) const;

  const std::string name_;
  const std::vector<std::unique_ptr<Service>> services_;
  store::StateStore* const store_;
  const FoldOptions options_;
  state::v1::Partition partition_;
  absl::flat_hash_map<absl::string_view, std::unique_ptr<Entry>> cache_;  // by their ids
  std::vector<Entry*> dirty_;
  std::vector<std::pair<Offset, Verdict>> void_;  // those that the store does not have
  Offset stored_ = -1;                            // what the store has; -1: nothing
  StoredOnly stored_only_;                        // what the store may have and the cache has not
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  uint64_t due_order_ = 0;
  absl::btree_set<std::string> standing_;  // subjects that owe something standing
  int64_t unknown_records_ = 0;
  Event parsed_;  // reused
};

// Applies to `subject` what every service does alike: head, count, key, accepted command, cleared
// obligation; then each service's Evolve. Deciders use it for their `pending` events, which
// services with rows do not see: a row could not take a void event back.
void ApplyToSubject(const std::vector<std::unique_ptr<Service>>& services, const RecordView& record,
                    const Event& event, const EventMeta& meta, const Hash& head_after, bool pending,
                    Subject* subject);

}  // namespace tierline::partition
