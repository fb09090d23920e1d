#include "runtime/config/config.h"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/text.h"
#include "runtime/config/settings.h"

namespace tierline::config {
namespace {

constexpr char kExamples[] = R"(
Examples:
  tierline-server                                       everything on one laptop, data in ./tierline-data
  tierline-server --roles routing,intake --listen 0.0.0.0:12371
  tierline-server --clock virtual --clock-start 2026-03-02T09:00:00+08:00 --clock-speed 60
  tierline-server --config tierline.toml --print-config
  TIERLINE_LOG_FORMAT=json tierline-server

Each setting may stand in the file (listen = "…"), the environment (TIERLINE_LISTEN) or a flag (--listen);
flags win over the environment, the environment over the file.)";

constexpr int kUsage = 2;

// The text of a setting and where it is from.
struct Given {
  std::string value;
  std::string origin;  // "flag --listen", "TIERLINE_LISTEN", "file tierline.toml", "default"
};
using Layers = std::map<std::string_view,
                        Given>;  // by the setting's name; a later layer replaces an earlier one

struct Flags {
  std::string config_file;
  bool print_config = false;
  std::map<std::string_view, std::string> values;
};

Exit Refuse(const std::vector<std::string>& wrong) {
  return {kUsage, absl::StrCat("tierline-server: ", absl::StrJoin(wrong, "\ntierline-server: "),
                               "\nSee tierline-server --help.\n")};
}

std::variant<Flags, Exit> ParseFlags(std::span<const std::string> args) {
  Flags flags;
  CLI::App app("Tierline: the services of a tiered hotline on one log.", "tierline-server");
  app.set_version_flag("--version", absl::StrCat("tierline-server ", ToAbsl(kVersion)));
  app.add_option("--config", flags.config_file, "File of settings, TOML or INI [TIERLINE_CONFIG]")
      ->type_name("FILE");
  app.add_flag("--print-config", flags.print_config,
               "Print every setting and where it is from, and exit");
  app.footer(kExamples);
  const Config defaults;
  for (const Setting& setting : Settings()) {
    app.add_option_function<std::string>(
           setting.flag(),
           [&flags, &setting](const std::string& value) { flags.values[setting.name] = value; },
           std::string(setting.help))
        ->type_name("")
        ->default_str(setting.get(defaults))
        ->take_last();
  }
  try {
    std::vector<std::string> reversed(args.rbegin(), args.rend());  // as CLI11 wants them
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return Exit{0, app.help()};
  } catch (const CLI::CallForVersion&) {
    return Exit{0, absl::StrCat("tierline-server ", ToAbsl(kVersion), "\n")};
  } catch (const CLI::ParseError& error) {
    return Refuse({error.what()});
  }
  return flags;
}

void ReadFile(const std::string& path, Layers* layers, std::vector<std::string>* wrong) {
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigTOML().from_file(path);
  } catch (const CLI::Error& error) {
    wrong->push_back(absl::StrCat("config file ", path, ": ", error.what()));
    return;
  }
  for (const CLI::ConfigItem& item : items) {
    if (item.name == "++" || item.name == "--")
      continue;  // CLI11's marks of a section's begin and end
    const Setting* setting = item.parents.empty() ? FindSetting(item.name) : nullptr;
    if (setting == nullptr) {
      wrong->push_back(
          absl::StrCat(item.fullname(), ": no setting has this name (file ", path, ")"));
    } else {
      (*layers)[setting->name] = {absl::StrJoin(item.inputs, ","), absl::StrCat("file ", path)};
    }
  }
}

// TOML that can be used as a file again.
std::string Print(const Config& config, const Layers& layers) {
  std::string text;
  for (const Setting& setting : Settings()) {
    const std::string value = setting.get(config);
    const auto given = layers.find(setting.name);
    absl::StrAppend(&text, "# ", given == layers.end() ? "default" : given->second.origin, "\n",
                    ToAbsl(setting.name), " = ",
                    setting.quoted ? absl::StrCat("\"", value, "\"") : value, "\n");
  }
  return text;
}

}  // namespace

std::variant<Config, Exit> Load(std::span<const std::string> args, const Environment& environment) {
  std::variant<Flags, Exit> parsed = ParseFlags(args);
  if (auto* exit = std::get_if<Exit>(&parsed)) return std::move(*exit);
  Flags flags = std::get<Flags>(std::move(parsed));

  Layers layers;
  std::vector<std::string> wrong;
  if (flags.config_file.empty()) {
    if (const char* path = environment("TIERLINE_CONFIG")) flags.config_file = path;
  }
  if (!flags.config_file.empty()) ReadFile(flags.config_file, &layers, &wrong);
  for (const Setting& setting : Settings()) {
    if (const char* value = environment(setting.variable().c_str()))
      layers[setting.name] = {value, setting.variable()};
    const auto flag = flags.values.find(setting.name);
    if (flag != flags.values.end())
      layers[setting.name] = {flag->second, absl::StrCat("flag ", setting.flag())};
  }

  Config config;
  for (const Setting& setting : Settings()) {
    const auto given = layers.find(setting.name);
    if (given != layers.end() && !setting.set(given->second.value, &config)) {
      wrong.push_back(absl::StrCat(ToAbsl(setting.name), ": \"", given->second.value, "\" ",
                                   setting.rule, " (", given->second.origin, ")"));
    }
  }
  if (wrong.empty()) wrong = CheckTogether(config);
  if (!wrong.empty()) return Refuse(wrong);
  if (flags.print_config) return Exit{0, Print(config, layers)};
  return config;
}

std::variant<Config, Exit> Load(int argc, const char* const* argv) {
  const std::vector<std::string> args(argv + std::min(argc, 1), argv + argc);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): main loads before it starts threads
  return Load(args, [](const char* name) -> const char* { return std::getenv(name); });
}

}  // namespace tierline::config
