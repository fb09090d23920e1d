#include "directory/info_book.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace tierline::directory {
namespace {

int SlotOf(v1::InfoSection section) { return section - v1::INFO_SECTION_BASIC_POLICY; }

bool IsOwn(const InfoViewer& viewer, const StoredEntry& entry) {
  return viewer.everything || (!viewer.offices.empty() && viewer.offices.front() == entry.office);
}

// Its own or an ancestor's.
bool IsInLine(const InfoViewer& viewer, const StoredEntry& entry) {
  return viewer.everything || std::find(viewer.offices.begin(), viewer.offices.end(),
                                        entry.office) != viewer.offices.end();
}

}  // namespace

bool IsSection(int section) {
  return section >= v1::INFO_SECTION_BASIC_POLICY && section <= v1::INFO_SECTION_BASIC_FACTS;
}

InfoViewer InfoViewer::Of(const base::v1::Principal& principal, const OfficeTree& offices) {
  InfoViewer viewer{.everything = principal.role() == base::v1::ROLE_PLATFORM_ADMIN};
  if (principal.office().empty()) return viewer;
  viewer.offices.push_back(principal.office());
  const OfficeIndex own = offices.Find(principal.office());
  if (own == kNoOffice) return viewer;
  for (auto up = offices[own].parent; up != kNoOffice; up = offices[up].parent)
    viewer.offices.push_back(offices[up].code);
  return viewer;
}

bool Sees(const InfoViewer& viewer, const StoredEntry& entry) {
  return !entry.withdrawn && (entry.newest().published() || IsInLine(viewer, entry));
}

bool SeesVersion(const InfoViewer& viewer, const StoredEntry& entry, const v1::InfoEntry& version) {
  if (entry.withdrawn) return IsOwn(viewer, entry);
  return IsInLine(viewer, entry) || (version.published() && entry.newest().published());
}

size_t InfoBook::Office::Count() const {
  size_t count = 0;
  for (const auto& section : entries) {
    count += static_cast<size_t>(
        std::count_if(section.begin(), section.end(),
                      [](const StoredEntry* entry) { return !entry->withdrawn; }));
  }
  return count;
}

void InfoBook::Apply(const Event& event) {
  const int64_t at_ms = event.occurred_at_ms();
  if (event.has_entry_put()) return Put(event.entry_put(), at_ms);
  if (event.has_entry_withdrawn()) return Withdraw(event.entry_withdrawn().entry_id());
  if (event.has_section_confirmed()) {
    const auto& confirmed = event.section_confirmed();
    if (!IsSection(confirmed.section())) return;
    offices_[confirmed.office()].confirmed[SlotOf(confirmed.section())] = {at_ms, event.actor()};
  } else if (event.has_acceptance_rules_put()) {
    const auto& put = event.acceptance_rules_put();
    auto& versions = offices_[put.office()].rules;
    v1::AcceptanceRules& rules = versions.emplace_back();
    rules.set_office(put.office());
    rules.set_version(static_cast<int32_t>(versions.size()));
    *rules.mutable_text() = put.text();
    rules.set_effective_at_ms(put.effective_at_ms());
    rules.set_put_at_ms(at_ms);
  }
}

// Office and section are those of the first version, whatever a later one says.
void InfoBook::Put(const events::v1::EntryPut& put, int64_t at_ms) {
  if (!IsSection(put.section())) return;
  const auto [it, fresh] = entries_.try_emplace(put.entry_id());
  StoredEntry& entry = it->second;
  if (fresh) {
    entry.id = put.entry_id();
    entry.office = put.office();
    entry.section = put.section();
    offices_[entry.office].entries[SlotOf(entry.section)].push_back(&entry);
  }
  v1::InfoEntry& version = entry.versions.emplace_back();
  version.set_entry_id(entry.id);
  version.set_office(entry.office);
  version.set_section(entry.section);
  version.set_version(static_cast<int32_t>(entry.versions.size()));
  *version.mutable_title() = put.title();
  *version.mutable_body() = put.body();
  version.set_published(put.published());
  version.set_put_at_ms(at_ms);
  changes_.push_back(&entry);
}

void InfoBook::Withdraw(const std::string& id) {
  const auto it = entries_.find(id);
  if (it == entries_.end()) return;
  it->second.withdrawn = true;
  changes_.push_back(&it->second);
}

const StoredEntry* InfoBook::Find(std::string_view id) const {
  const auto it = entries_.find(id);
  return it == entries_.end() ? nullptr : &it->second;
}

const InfoBook::Office* InfoBook::OfficeOf(std::string_view code) const {
  const auto it = offices_.find(code);
  return it == offices_.end() ? nullptr : &it->second;
}

const v1::AcceptanceRules* InfoBook::RulesAt(std::string_view office, int64_t at_ms) const {
  const Office* one = OfficeOf(office);
  const v1::AcceptanceRules* in_force = nullptr;
  if (one == nullptr) return nullptr;
  for (const v1::AcceptanceRules& rules : one->rules) {
    if (rules.effective_at_ms() > at_ms) continue;
    if (in_force == nullptr || rules.effective_at_ms() >= in_force->effective_at_ms())
      in_force = &rules;
  }
  return in_force;
}

void InfoBook::AppendDigest(std::string* out) const {
  for (const auto& [id, entry] : entries_) {
    absl::StrAppend(out, ";", id, entry.withdrawn ? "-" : "+");
    for (const v1::InfoEntry& version : entry.versions) version.AppendToString(out);
  }
  for (const auto& [code, office] : offices_) {
    absl::StrAppend(out, ";", code);
    for (const Confirmed& confirmed : office.confirmed) {
      absl::StrAppend(out, "@", confirmed.at_ms);
      confirmed.by.AppendToString(out);
    }
    for (const v1::AcceptanceRules& rules : office.rules) rules.AppendToString(out);
  }
}

}  // namespace tierline::directory
