#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/utf8.h"
#include "directory/effective.h"
#include "directory/info_book.h"

// The decisions on the information directory. What is refused is never repeated: it is free
// text.

namespace tierline::directory {
namespace {

using Refusal = std::optional<Rejection>;

constexpr char kRule[] = "R-206";
constexpr size_t kTitleMax = 200;
constexpr size_t kBodyMax = 20'000;

Refusal Bad(std::string field, std::string value, std::string_view message) {
  return InvalidField(std::move(field), std::move(value), kRule, message);
}

Refusal CheckOffice(const std::string& office, const Directory* directory, absl::Time now) {
  if (directory == nullptr) {
    return Rejection{
        .reason = "NO_DIRECTORY", .message = "no pack is in force; load one first", .rule = kRule};
  }
  const OfficeTree& offices = directory->At(now).offices();
  const OfficeIndex index = offices.Find(office);
  if (index == kNoOffice || offices[index].merged_into != kNoOffice)
    return Bad("office", office.substr(0, 16), "there is no such office");
  return {};
}

Refusal CheckSection(int section) {
  if (IsSection(section)) return {};
  return Bad("section", absl::StrCat(section),
             "must be basic policy, basic business or basic facts");
}

// Line breaks and tabs belong to a body; other control characters to nothing.
bool HasControl(std::string_view text, bool one_line) {
  return std::any_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && (one_line || (c != '\n' && c != '\r' && c != '\t'))) || byte == 0x7F;
  });
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

Refusal CheckLanguage(std::string field, const std::string& text, size_t max) {
  const auto characters = CountCharacters(text);
  if (!characters) return Bad(field, absl::StrCat(text.size(), " bytes"), "must be UTF-8");
  if (*characters > max) {
    return Bad(field, absl::StrCat(*characters, " characters"),
               absl::StrCat("must be at most ", max, " characters"));
  }
  if (HasControl(text, /*one_line=*/max == kTitleMax)) {
    return Bad(field, absl::StrCat(*characters, " characters"),
               "must have no control characters, and a title no line breaks");
  }
  return {};
}

Refusal CheckText(const std::string& field, const base::v1::Text& text, size_t max) {
  if (IsBlank(text.zh()) && IsBlank(text.en()))
    return Bad(field, "empty", "must be there in Chinese or English");
  if (auto refusal = CheckLanguage(field + ".zh", text.zh(), max)) return refusal;
  return CheckLanguage(field + ".en", text.en(), max);
}

//
Refusal CheckVersion(int32_t expected, size_t newest) {
  if (expected == 0 || static_cast<size_t>(expected) == newest) return {};
  return Rejection{
      .code = absl::StatusCode::kAborted,
      .reason = "VERSION_MISMATCH",
      .message = absl::StrCat("version: the newest is ", newest, "; read it, then decide again"),
      .rule = "R-311",
      .field = "version",
      .value = absl::StrCat(newest)};
}

Rejection NoEntry(const std::string& id) {
  return {.code = absl::StatusCode::kNotFound,
          .reason = "ENTRY_NOT_FOUND",
          .message = "entry_id: there is no entry with this id",
          .rule = kRule,
          .field = "entry_id",
          .value = Uuid::Parse(id).ok() ? id : absl::StrCat(id.size(), " bytes")};
}

// An entry that can still change.
Refusal CheckStands(const StoredEntry* entry, const std::string& id, int32_t version) {
  if (entry == nullptr) return NoEntry(id);
  if (entry->withdrawn) {
    return Rejection{.reason = "ENTRY_WITHDRAWN",
                     .message = "the entry was withdrawn; put a new one",
                     .rule = kRule,
                     .field = "entry_id",
                     .value = id};
  }
  return CheckVersion(version, entry->versions.size());
}

// What names a place may be left out for an entry that has one, and may not differ.
Refusal CheckPlace(const v1::PutEntryRequest& request, const StoredEntry& entry) {
  if (!request.office().empty() && request.office() != entry.office)
    return Bad("office", request.office().substr(0, 16), "an entry stays with its office");
  if (request.section() != v1::INFO_SECTION_UNSPECIFIED && request.section() != entry.section)
    return Bad("section", absl::StrCat(request.section()), "an entry stays in its section");
  return {};
}

Refusal CheckNew(const v1::PutEntryRequest& request, const InfoBook& book) {
  if (request.version() != 0)
    return Bad("version", absl::StrCat(request.version()), "must be 0 for a new entry");
  if (auto refusal = CheckSection(request.section())) return refusal;
  const auto* office = book.OfficeOf(request.office());
  if (office == nullptr || office->Count() < InfoBook::kEntriesMax) return {};
  return Rejection{.code = absl::StatusCode::kResourceExhausted,
                   .reason = "TOO_MANY_ENTRIES",
                   .message = absl::StrCat("office: it has ", InfoBook::kEntriesMax,
                                           " entries; withdraw one first"),
                   .rule = kRule,
                   .field = "office",
                   .value = request.office()};
}

}  // namespace

Decision Decide(const v1::PutEntryRequest& request, const InfoBook& book,
                const Directory* directory, const Context& context, const Uuid& request_id) {
  const bool fresh = request.entry_id().empty();
  const std::string id = fresh ? MakeEntryId(request_id).ToString() : request.entry_id();
  const StoredEntry* entry = fresh ? nullptr : book.Find(id);
  if (!fresh) {
    if (auto refusal = CheckStands(entry, id, request.version())) return *refusal;
    if (auto refusal = CheckPlace(request, *entry)) return *refusal;
  }
  const std::string& office = fresh ? request.office() : entry->office;
  if (auto refusal = CheckOffice(office, directory, context.now)) return *refusal;
  if (fresh) {
    if (auto refusal = CheckNew(request, book)) return *refusal;
  }
  if (auto refusal = CheckText("title", request.title(), kTitleMax)) return *refusal;
  if (auto refusal = CheckText("body", request.body(), kBodyMax)) return *refusal;
  Event event;
  auto* put = event.mutable_entry_put();
  put->set_entry_id(id);
  put->set_office(office);
  put->set_section(fresh ? request.section() : entry->section);
  put->set_version(fresh ? 1 : entry->newest().version() + 1);
  *put->mutable_title() = request.title();
  *put->mutable_body() = request.body();
  put->set_published(request.published());
  return event;
}

Decision Decide(const v1::WithdrawEntryRequest& request, const InfoBook& book) {
  const StoredEntry* entry = book.Find(request.entry_id());
  if (auto refusal = CheckStands(entry, request.entry_id(), request.version())) return *refusal;
  Event event;
  event.mutable_entry_withdrawn()->set_entry_id(entry->id);
  event.mutable_entry_withdrawn()->set_office(entry->office);
  return event;
}

Decision Decide(const v1::ConfirmSectionRequest& request, const Directory* directory,
                absl::Time now) {
  if (auto refusal = CheckOffice(request.office(), directory, now)) return *refusal;
  if (auto refusal = CheckSection(request.section())) return *refusal;
  Event event;
  event.mutable_section_confirmed()->set_office(request.office());
  event.mutable_section_confirmed()->set_section(request.section());
  return event;
}

Decision Decide(const v1::PutAcceptanceRulesRequest& request, const InfoBook& book,
                const Directory* directory, absl::Time now) {
  if (auto refusal = CheckOffice(request.office(), directory, now)) return *refusal;
  const auto* office = book.OfficeOf(request.office());
  const size_t newest = office == nullptr ? 0 : office->rules.size();
  if (auto refusal = CheckVersion(request.version(), newest)) return *refusal;
  if (auto refusal = CheckText("text", request.text(), kBodyMax)) return *refusal;
  if (auto refusal = CheckEffective(request.effective_at_ms(), now, kRule)) return *refusal;
  Event event;
  auto* put = event.mutable_acceptance_rules_put();
  put->set_office(request.office());
  put->set_version(static_cast<int32_t>(newest) + 1);
  *put->mutable_text() = request.text();
  put->set_effective_at_ms(EffectiveMs(request.effective_at_ms(), now));
  return event;
}

}  // namespace tierline::directory
