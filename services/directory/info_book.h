#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/service.h"
#include "directory/directory.h"
#include "tierline/directory/v1/directory.pb.h"

// The information directory of every office, and its acceptance rules.
//
//   office -- basic policy | basic business | basic facts -- entry -- version 1, 2, ...
//          -- acceptance rules ----------------------------------- version 1, 2, ...

namespace tierline::directory {

// Whose eyes an entry is seen with. An office sees its own, its ancestors' and what others have
// published; somebody without an office what is published; a platform admin everything.
struct InfoViewer {
  std::vector<std::string> offices;  // whose entries are all seen: its own, then up to the root
  bool everything = false;

  static InfoViewer Of(const base::v1::Principal& principal, const OfficeTree& offices);
};

// An entry with all its versions.
struct StoredEntry {
  std::string id;
  std::string office;
  v1::InfoSection section = v1::INFO_SECTION_UNSPECIFIED;
  bool withdrawn = false;
  std::vector<v1::InfoEntry> versions;  // version n stands at n - 1; at least one

  const v1::InfoEntry& newest() const { return versions.back(); }
};

// Whether lists and searches show it.
bool Sees(const InfoViewer& viewer, const StoredEntry& entry);
// Whether one of its versions may be read. Of a withdrawn entry its own office alone reads them; an
// office that sees an entry because it is published reads only versions that are.
bool SeesVersion(const InfoViewer& viewer, const StoredEntry& entry, const v1::InfoEntry& version);

// The fold of EntryPut, EntryWithdrawn, SectionConfirmed and AcceptanceRulesPut.
class InfoBook {
 public:
  static constexpr int kSections = 3;
  static constexpr size_t kEntriesMax = 500;  // of an office, without those that were withdrawn

  struct Confirmed {
    int64_t at_ms = 0;  // 0: never
    base::v1::Principal by;
  };
  struct Office {
    // By section, each in the order in which they came.
    std::vector<const StoredEntry*> entries[kSections];
    Confirmed confirmed[kSections];
    std::vector<v1::AcceptanceRules> rules;  // version n stands at n - 1

    // How many are not withdrawn.
    size_t Count() const;
  };

  // Any other event changes nothing.
  void Apply(const Event& event);

  // Pointers are null when there is none; they hold as long as the book.
  const StoredEntry* Find(std::string_view id) const;
  const Office* OfficeOf(std::string_view code) const;
  const std::map<std::string, Office, std::less<>>& offices() const { return offices_; }
  // The version that is in force at `at_ms`: the last of those whose instant is the latest that has
  // come.
  const v1::AcceptanceRules* RulesAt(std::string_view office, int64_t at_ms) const;

  // The entries in the order of their changes, one as often as it was put or withdrawn: who keeps
  // something that is made from the book goes on where it was.
  const std::vector<const StoredEntry*>& changes() const { return changes_; }

  void AppendDigest(std::string* out) const;

 private:
  void Put(const events::v1::EntryPut& put, int64_t at_ms);
  void Withdraw(const std::string& id);

  std::map<std::string, StoredEntry, std::less<>> entries_;  // by id
  std::map<std::string, Office, std::less<>> offices_;       // by code
  std::vector<const StoredEntry*> changes_;
};

// True for the three sections.
bool IsSection(int section);

// `directory` may be null: there are no offices yet. `request_id` names a new entry.
Decision Decide(const v1::PutEntryRequest& request, const InfoBook& book,
                const Directory* directory, const Context& context, const Uuid& request_id);
Decision Decide(const v1::WithdrawEntryRequest& request, const InfoBook& book);
Decision Decide(const v1::ConfirmSectionRequest& request, const Directory* directory,
                absl::Time now);
Decision Decide(const v1::PutAcceptanceRulesRequest& request, const InfoBook& book,
                const Directory* directory, absl::Time now);

}  // namespace tierline::directory
