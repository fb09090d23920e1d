#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "tools/cli/commands.h"
#include "tools/cli/enum_names.h"
#include "tools/cli/route_view.h"

namespace tierline::cli {
namespace {

using routing::v1::DecideRouteRequest;
using routing::v1::DecideRouteResponse;

std::string Reasons(const events::v1::Decision& decision) {
  std::vector<std::string> names;
  for (const int reason : decision.reasons()) {
    const auto value = static_cast<events::v1::RouteReason>(reason);
    names.push_back(absl::StrReplaceAll(NameOf(value), {{"_", " "}}));
  }
  return absl::StrJoin(names, ", ");
}

ExitCode Route(Program* program, const DecideRouteRequest& request) {
  DecideRouteResponse response;
  const ExitCode code = program->Ask(kRouting, "DecideRoute", request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  Labels labels(program);
  Fields fields;
  AddDecision(response.decision(), &labels, &fields);
  program->out().Print(fields);
  if (response.menu().entries_size() > 0) {
    program->out().Print("");
    program->out().Print(MenuTable(response.menu()));
  }
  if (response.has_explanation()) {
    program->out().Print("");
    PrintExplanation(response.explanation(), &labels, program->out());
  }
  return kOk;
}

}  // namespace

void AddDecision(const events::v1::Decision& decision, Labels* labels, Fields* fields) {
  const bool rings = decision.action() == events::v1::ROUTE_ACTION_RING;
  fields->insert(fields->end(), {{"action", NameOf(decision.action())},
                                 {"intended", labels->Office(decision.intended_office())},
                                 {"served by", labels->Office(decision.served_office())},
                                 {"level", NameOf(decision.level())},
                                 {"line", decision.line()},
                                 {"local call", rings ? YesNo(decision.local_call()) : ""},
                                 {"locality", labels->Office(decision.locality())},
                                 {"menu of", decision.menu_area()},
                                 {"trial", decision.trial() ? "yes" : ""},
                                 {"because", Reasons(decision)}});
}

Table MenuTable(const routing::v1::Menu& menu) {
  Table table({"KEYS", "OFFICE", "NAME", ""});
  for (const auto& entry : menu.entries()) {
    const bool is_default = entry.office() == menu.default_office();
    table.Add({entry.keys(), entry.office(), entry.name(),
               entry.opens_menu() ? "opens a menu"
               : is_default       ? "default"
                                  : " "});
  }
  return table;
}

Table PromptTable(const google::protobuf::RepeatedPtrField<routing::v1::SpokenPrompt>& prompts) {
  Table table({"SAY", "语音", "TEXT"});
  for (const auto& prompt : prompts)
    table.Add({prompt.prompt_id(), prompt.text().zh(), prompt.text().en()});
  return table;
}

void PrintExplanation(const routing::v1::Explanation& explanation, Labels* labels,
                      const Output& out) {
  Table table({"RULE", "APPLIES", "理由", "REASON"});
  for (const auto& step : explanation.steps())
    table.Add({step.rule(), YesNo(step.applied()), step.text().zh(), step.text().en()});
  out.Print(table);
  const auto& text = explanation.conclusion().text();
  out.Print("");
  out.Print(text.zh());
  out.Print(text.en());
  const auto& versions = explanation.versions();
  std::string line = versions.line_open() ? "open" : "not open";
  if (versions.line_since_ms() != 0)
    absl::StrAppend(&line, ", since ", labels->Time(versions.line_since_ms()));
  out.Print("");
  out.Print(
      Fields{{"pack", versions.pack_hash()},
             {"directory", std::to_string(versions.directory())},
             {"in force from", labels->Time(versions.in_force_from_ms())},
             {"hours", absl::StrCat(versions.hours(), versions.intervals_size() > 0 ? " " : "",
                                    absl::StrJoin(versions.intervals(), " "))},
             {"line", line}});
}

void AddRoute(CLI::App* root, Program* program) {
  CLI::App* command = AddCommand(
      root, "route", "Says where a call would go, and why; writes nothing",
      "tierline route --from 13805511234 --dial 12371 --explain\n"
      "tierline route --dial 0551-12371                       # a withheld number\n"
      "tierline route --from 02151234567 --dial 12371 --at 2009-05-31T09:00+08:00 --explain\n"
      "tierline route --from 13805511234 --dial 02112371 --keys 92 -o json");
  auto request = std::make_shared<DecideRouteRequest>();
  auto* call = request->mutable_call();
  command->add_option("--from", *call->mutable_caller(), "Number of the caller; none: withheld");
  command->add_option("--dial", *call->mutable_dialled(), "Digits as dialled")->required();
  command->add_option("--trunk", *call->mutable_trunk_area(), "Area code of the trunk, with its 0");
  command->add_option("--location", *call->mutable_location_area(),
                      "Area code of where the network sees a mobile");
  command->add_option("--keys", *request->mutable_menu_keys(), "Keys pressed in the menu");
  auto at = std::make_shared<int64_t>(0);
  AddInstant(command, "--at", at.get(), "When the call arrives; else now");
  auto explain = std::make_shared<bool>(false);
  command->add_flag("--explain", *explain, "Say why: every rule, whether it applied or not");
  program->OnRun(command, [=] {
    request->mutable_call()->set_arrived_at_ms(*at);
    request->set_explain(*explain);
    return Route(program, *request);
  });
}

}  // namespace tierline::cli
