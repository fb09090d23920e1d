#include "absl/strings/str_split.h"
#include "base/text.h"
#include "tierline/directory/v1/directory.pb.h"
#include "tools/cli/enum_names.h"
#include "tools/cli/info.h"
#include "tools/cli/labels.h"

// Reading what offices have set down for those who answer.

namespace tierline::cli {
namespace {

using directory::v1::InfoEntry;
using directory::v1::InfoSection;

constexpr int kPageMax = 1000;

// In the language of the title that is there.
std::string Shown(const base::v1::Text& text) { return text.zh().empty() ? text.en() : text.zh(); }

std::string Seen(const InfoEntry& entry) {
  if (entry.withdrawn()) return "withdrawn";
  return entry.published() ? "by all offices" : "by its own and those below";
}

ExitCode ShowSections(Program* program, const std::string& office) {
  directory::v1::ListSectionsRequest request;
  request.set_office(office);
  directory::v1::ListSectionsResponse response;
  const ExitCode code = program->Ask(kDirectory, "ListSections", request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response, "sections");
    return kOk;
  }
  Labels labels(program);
  Table table({"SECTION", ">ENTRIES", "LAST CONFIRMED", "BY"});
  for (const auto& one : response.sections()) {
    table.Add({NameOf(one.section()), std::to_string(one.entries()),
               one.confirmed_at_ms() == 0 ? "never" : labels.Time(one.confirmed_at_ms()),
               labels.Office(one.confirmed_by().office())});
  }
  program->out().Print(table);
  return kOk;
}

ExitCode List(Program* program, directory::v1::ListEntriesRequest request) {
  directory::v1::ListEntriesResponse all;
  request.set_page_size(kPageMax);
  do {
    directory::v1::ListEntriesResponse page;
    const ExitCode code = program->Ask(kDirectory, "ListEntries", request, &page);
    if (code != kOk) return code;
    all.mutable_entries()->MergeFrom(page.entries());
    *all.mutable_position() = page.position();
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (program->out().json()) {
    program->out().PrintJson(all, "entries");
    return kOk;
  }
  if (!request.office().empty()) {
    const ExitCode code = ShowSections(program, request.office());
    if (code != kOk) return code;
    program->out().Print("");
  }
  Labels labels(program);
  Table table({"ENTRY", "OFFICE", "SECTION", "TITLE", ">VERSION", "PUT", "SEEN"});
  for (const InfoEntry& one : all.entries()) {
    table.Add({one.entry_id(), one.office(), NameOf(one.section()), Shown(one.title()),
               std::to_string(one.version()), labels.Time(one.put_at_ms()), Seen(one)});
  }
  program->out().Print(table);
  return kOk;
}

void AddList(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(
      group, "list", "Entries that your office sees; of one office with the state of its sections",
      "tierline --role operator --office 340100 info list 340000\n"
      "tierline --role operator --office 340100 info list --section basic_policy -o jsonl");
  auto request = std::make_shared<directory::v1::ListEntriesRequest>();
  auto section = std::make_shared<std::string>();
  command->add_option("of", *request->mutable_office(), "Office, six digits; none: of all");
  AddSection(command, "--section", section);
  program->OnRun(command, [=] {
    request->set_section(ValueOf<InfoSection>(*section));
    return List(program, *request);
  });
  CLI::App* sections = AddCommand(group, "sections", "When each section was last confirmed",
                                  "tierline info sections 340100");
  auto office = std::make_shared<std::string>();
  sections->add_option("of", *office, "Office, six digits")->required();
  program->OnRun(sections, [=] { return ShowSections(program, *office); });
}

ExitCode Show(Program* program, const directory::v1::GetEntryRequest& request) {
  directory::v1::GetEntryResponse response;
  const ExitCode code = program->Ask(kDirectory, "GetEntry", request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  Labels labels(program);
  const InfoEntry& entry = response.entry();
  program->out().Print(Fields{{"entry", entry.entry_id()},
                              {"office", labels.Office(entry.office())},
                              {"section", NameOf(entry.section())},
                              {"version", std::to_string(entry.version())},
                              {"newest", std::to_string(response.latest_version())},
                              {"put", labels.Time(entry.put_at_ms())},
                              {"seen", Seen(entry)},
                              {"title", entry.title().zh()},
                              {"title (en)", entry.title().en()}});
  PrintText(program, entry.body());
  return kOk;
}

void AddShow(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(group, "show", "One entry, or an older version of it",
                                 "tierline --role operator --office 340100 info show "
                                 "5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21 --version 1");
  auto request = std::make_shared<directory::v1::GetEntryRequest>();
  auto version = std::make_shared<int32_t>(0);
  command->add_option("entry", *request->mutable_entry_id(), "UUID of the entry")->required();
  command->add_option("--version", *version, "An older one; none: the newest");
  program->OnRun(command, [=] {
    request->set_version(*version);
    return Show(program, *request);
  });
}

ExitCode Search(Program* program, const directory::v1::SearchEntriesRequest& request) {
  directory::v1::SearchEntriesResponse response;
  const ExitCode code = program->Ask(kDirectory, "SearchEntries", request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response, "hits");
    return kOk;
  }
  Labels labels(program);
  Table table({">SCORE", "ENTRY", "OFFICE", "SECTION", "TITLE", "TEXT"});
  for (const auto& hit : response.hits()) {
    const InfoEntry& entry = hit.entry();
    table.Add({std::to_string(hit.score()), entry.entry_id(), labels.Office(entry.office()),
               NameOf(entry.section()), Shown(entry.title()), hit.snippet()});
  }
  program->out().Print(table);
  if (response.hits_size() < response.total()) {
    program->out().Print(std::to_string(response.total()) + " match; --page-token " +
                         response.next_page_token() + " goes on");
  }
  return kOk;
}

void AddSearch(CLI::App* group, Program* program) {
  CLI::App* command = AddCommand(
      group, "search", "Finds entries by their words, Chinese or English, the best first",
      "tierline --role operator --office 340100 info search 党费\n"
      "tierline --role operator --office 340100 info search \"transfer OR dues\" --of 340000");
  auto request = std::make_shared<directory::v1::SearchEntriesRequest>();
  auto section = std::make_shared<std::string>();
  auto page_size = std::make_shared<int32_t>(20);
  command->add_option("query", *request->mutable_query(), "Words; all must be there")->required();
  AddSection(command, "--section", section);
  command->add_option("--of", *request->mutable_office(), "Office, six digits; none: of all");
  command->add_option("--max", *page_size, "How many")
      ->check(CLI::Range(1, kPageMax))
      ->capture_default_str();
  command->add_option("--page-token", *request->mutable_page_token(), "Where to go on");
  program->OnRun(command, [=] {
    request->set_section(ValueOf<InfoSection>(*section));
    request->set_page_size(*page_size);
    return Search(program, *request);
  });
}

}  // namespace

CLI::Option* AddSection(CLI::App* command, std::string name, std::shared_ptr<std::string> section) {
  return command->add_option(std::move(name), *section, "Section of the office")
      ->check(CLI::IsMember(NamesOf<InfoSection>()));
}

void PrintText(Program* program, const base::v1::Text& text) {
  for (const std::string* one : {&text.zh(), &text.en()}) {
    if (one->empty()) continue;
    program->out().Print("");
    for (const auto line : absl::StrSplit(*one, '\n')) program->out().Print(Printable(ToStd(line)));
  }
}

void AddInfoReads(CLI::App* info, Program* program) {
  AddList(info, program);
  AddShow(info, program);
  AddSearch(info, program);
}

}  // namespace tierline::cli
