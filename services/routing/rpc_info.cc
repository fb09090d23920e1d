#include "routing/rpc_info.h"

#include <algorithm>

#include "absl/functional/function_ref.h"
#include "runtime/rpc/page.h"
#include "tierline/directory/v1/directory.pb.h"

namespace tierline::routing {
namespace {

namespace dir = directory;

constexpr auto kFirstSection = dir::v1::INFO_SECTION_BASIC_POLICY;

// The id of a new entry follows from the request's.
void PutEntry(rpc::Server* server, partition::Partitions* partitions, rpc::Call call) {
  const rpc::CommandRpc rpc{kDirectoryRpc, "PutEntry", base::v1::SERVICE_ROUTING,
                            /*directory=*/true};
  auto body = std::make_unique<dir::v1::Command>();
  dir::v1::PutEntryRequest* request = body->mutable_put_entry();
  if (!call.Parse(request)) return;
  Command command;
  if (!rpc::BeginCommand(&call, rpc, request->request_id(), &command)) return;
  command.subject = kDirectorySubject;
  const std::string id = request->entry_id().empty() ? MakeEntryId(command.request_id).ToString()
                                                     : request->entry_id();
  rpc::TakeEnvelope(request, &command);
  command.body = std::move(body);
  rpc::SubmitCommand(server, std::move(call), partitions, rpc, std::move(command),
                     [id](rpc::Call accepted, const partition::CommandResult& result) {
                       dir::v1::PutEntryResponse response;
                       FillReceipt(result.receipt, response.mutable_receipt());
                       response.set_entry_id(id);
                       accepted.Reply(response);
                     });
}

// An entry that is not seen is as one that is not there.
Rejection NotFound(const std::string& id) {
  return {.code = absl::StatusCode::kNotFound,
          .reason = "ENTRY_NOT_FOUND",
          .message = "entry_id: there is no such entry or version that this office sees",
          .rule = "R-206",
          .field = "entry_id",
          .value = Uuid::Parse(id).ok() ? id : ""};
}

// Version `number` of what `size` there are, from 1; 0: none. Null when there is none.
template <typename Version>
const Version* VersionOf(const std::vector<Version>& versions, int32_t number) {
  if (number < 1 || static_cast<size_t>(number) > versions.size()) return nullptr;
  return &versions[static_cast<size_t>(number) - 1];
}

void GetEntry(const dir::v1::GetEntryRequest& request, const DirectoryQueries& queries,
              const InfoReader& reader, rpc::Call call) {
  const dir::StoredEntry* entry = queries.service->info().Find(request.entry_id());
  if (entry == nullptr) return call.Fail(NotFound(request.entry_id()));
  const dir::v1::InfoEntry* version =
      request.version() == 0 ? &entry->newest() : VersionOf(entry->versions, request.version());
  if (version == nullptr || !dir::SeesVersion(reader.viewer, *entry, *version))
    return call.Fail(NotFound(request.entry_id()));
  dir::v1::GetEntryResponse response;
  *response.mutable_entry() = *version;
  response.mutable_entry()->set_withdrawn(entry->withdrawn);
  response.set_latest_version(entry->newest().version());
  *response.mutable_position() = queries.Position();
  call.Reply(response);
}

// The entries of an office, or of all, in the order of lists, until `take` returns false.
void EachEntry(const dir::InfoBook& book, const dir::v1::ListEntriesRequest& request,
               absl::FunctionRef<bool(const dir::StoredEntry&)> take) {
  for (const auto& [code, office] : book.offices()) {
    if (!request.office().empty() && code != request.office()) continue;
    for (int slot = 0; slot < dir::InfoBook::kSections; ++slot) {
      if (request.section() != 0 && request.section() != kFirstSection + slot) continue;
      for (const dir::StoredEntry* entry : office.entries[slot]) {
        if (!take(*entry)) return;
      }
    }
  }
}

// The page token is the first entry of the next page: it holds when others come, and when that one
// is withdrawn.
void ListEntries(const dir::v1::ListEntriesRequest& request, const DirectoryQueries& queries,
                 const InfoReader& reader, rpc::Call call) {
  if (auto bad = rpc::CheckPageSize(request.page_size())) return call.Fail(*bad);
  if (auto bad = CheckInfoScope(request.office(), request.section(), *reader.directory))
    return call.Fail(*bad);
  dir::v1::ListEntriesResponse response;
  bool begun = request.page_token().empty();
  EachEntry(queries.service->info(), request, [&](const dir::StoredEntry& entry) {
    begun = begun || entry.id == request.page_token();
    if (!begun || !dir::Sees(reader.viewer, entry)) return true;
    if (response.entries_size() < rpc::PageSize(request.page_size())) {
      *response.add_entries() = WithoutBody(entry);
      return true;
    }
    response.set_next_page_token(entry.id);
    return false;
  });
  if (!begun) return call.Fail(rpc::BadPageToken());
  *response.mutable_position() = queries.Position();
  call.Reply(response);
}

void ListSections(const dir::v1::ListSectionsRequest& request, const DirectoryQueries& queries,
                  const InfoReader& reader, rpc::Call call) {
  if (reader.directory->offices().Find(request.office()) == dir::kNoOffice)
    return call.Fail(NoOffice("office", request.office()));
  static const dir::InfoBook::Office kNothing;
  const dir::InfoBook::Office* office = queries.service->info().OfficeOf(request.office());
  if (office == nullptr) office = &kNothing;
  dir::v1::ListSectionsResponse response;
  for (int slot = 0; slot < dir::InfoBook::kSections; ++slot) {
    const auto& entries = office->entries[slot];
    dir::v1::SectionState* section = response.add_sections();
    section->set_office(request.office());
    section->set_section(static_cast<dir::v1::InfoSection>(kFirstSection + slot));
    section->set_entries(static_cast<int32_t>(std::count_if(
        entries.begin(), entries.end(),
        [&](const dir::StoredEntry* entry) { return dir::Sees(reader.viewer, *entry); })));
    const dir::InfoBook::Confirmed& confirmed = office->confirmed[slot];
    if (confirmed.at_ms == 0) continue;
    section->set_confirmed_at_ms(confirmed.at_ms);
    *section->mutable_confirmed_by() = confirmed.by;
  }
  *response.mutable_position() = queries.Position();
  call.Reply(response);
}

void GetAcceptanceRules(const dir::v1::GetAcceptanceRulesRequest& request,
                        const DirectoryQueries& queries, const InfoReader& reader, rpc::Call call) {
  const dir::InfoBook& book = queries.service->info();
  const dir::InfoBook::Office* office = book.OfficeOf(request.office());
  if (office == nullptr && reader.directory->offices().Find(request.office()) == dir::kNoOffice)
    return call.Fail(NoOffice("office", request.office()));
  const dir::v1::AcceptanceRules* rules = nullptr;
  if (request.version() == 0) {
    const int64_t at_ms = absl::ToUnixMillis(queries.TimeOf(request.at_ms()));
    rules = book.RulesAt(request.office(), at_ms);
  } else if (office != nullptr) {
    rules = VersionOf(office->rules, request.version());
  }
  if (rules == nullptr) {
    return call.Fail(Rejection{.code = absl::StatusCode::kNotFound,
                               .reason = "RULES_NOT_FOUND",
                               .message = "the office has no acceptance rules of this version, or "
                                          "none in force at this instant",
                               .rule = "R-206",
                               .field = "office",
                               .value = request.office()});
  }
  dir::v1::GetAcceptanceRulesResponse response;
  *response.mutable_rules() = *rules;
  response.set_latest_version(office->rules.back().version());
  *response.mutable_position() = queries.Position();
  call.Reply(response);
}

}  // namespace

std::optional<Rejection> CheckInfoScope(const std::string& office, int section,
                                        const dir::Directory& directory) {
  if (!office.empty() && directory.offices().Find(office) == dir::kNoOffice)
    return NoOffice("office", office);
  if (section != dir::v1::INFO_SECTION_UNSPECIFIED && !dir::IsSection(section)) {
    return InvalidField("section", std::to_string(section), "R-206",
                        "must be one of the three, or none for all");
  }
  return {};
}

dir::v1::InfoEntry WithoutBody(const dir::StoredEntry& entry) {
  const dir::v1::InfoEntry& newest = entry.newest();
  dir::v1::InfoEntry row;
  row.set_entry_id(entry.id);
  row.set_office(entry.office);
  row.set_section(entry.section);
  row.set_version(newest.version());
  *row.mutable_title() = newest.title();
  row.set_published(newest.published());
  row.set_put_at_ms(newest.put_at_ms());
  return row;
}

void BindInfo(rpc::Server* server, const DirectoryQueries& queries) {
  partition::Partitions* partitions = queries.partitions;
  server->Handle(kDirectoryRpc, "PutEntry", [server, partitions](rpc::Call call) {
    PutEntry(server, partitions, std::move(call));
  });
  BindDirectoryCommand<dir::v1::WithdrawEntryResponse>(server, partitions, "WithdrawEntry",
                                                       &dir::v1::Command::mutable_withdraw_entry);
  BindDirectoryCommand<dir::v1::ConfirmSectionResponse>(server, partitions, "ConfirmSection",
                                                        &dir::v1::Command::mutable_confirm_section);
  BindDirectoryCommand<dir::v1::PutAcceptanceRulesResponse>(
      server, partitions, "PutAcceptanceRules", &dir::v1::Command::mutable_put_acceptance_rules);
  HandleInfoQuery<dir::v1::GetEntryRequest>(server, queries, "GetEntry", GetEntry);
  HandleInfoQuery<dir::v1::ListEntriesRequest>(server, queries, "ListEntries", ListEntries);
  HandleInfoQuery<dir::v1::ListSectionsRequest>(server, queries, "ListSections", ListSections);
  HandleInfoQuery<dir::v1::GetAcceptanceRulesRequest>(server, queries, "GetAcceptanceRules",
                                                      GetAcceptanceRules);
  BindInfoSearch(server, queries);
}

}  // namespace tierline::routing
