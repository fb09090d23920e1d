#include "tests/kit/packs.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "directory/pack_reader.h"

namespace tierline::kit {
namespace {

std::filesystem::path Root() {
  // The kit is compiled from this file: tests/kit/packs.cc.
  return std::filesystem::path(TIERLINE_SOURCE_DIR);
}

directory::Pack Read(const std::string& name) {
  auto pack = directory::ReadPack(PackFiles(name));
  if (pack.ok()) return *std::move(pack);
  std::fprintf(stderr, "pack %s: %s\n", name.c_str(), pack.status().ToString().c_str());
  std::abort();
}

std::shared_ptr<const directory::Directory> Build(const directory::Pack& pack) {
  auto built = directory::Directory::Build(pack.tables, pack.hash);
  if (built.ok()) return *std::move(built);
  std::fprintf(stderr, "%s\n", built.status().ToString().c_str());
  std::abort();
}

}  // namespace

std::map<std::string, std::string> PackFiles(const std::string& name) {
  std::map<std::string, std::string> files;
  const auto root = Root() / "deploy/packs" / name;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    std::ostringstream content;
    content << std::ifstream(entry.path()).rdbuf();
    files[entry.path().lexically_relative(root).string()] = content.str();
  }
  return files;
}

const directory::Pack& NationalPack() {
  static const auto& pack = *new directory::Pack(Read("12371"));
  return pack;
}

std::shared_ptr<const directory::Directory> NationalDirectory() {
  static const auto& directory =
      *new std::shared_ptr<const directory::Directory>(Build(NationalPack()));
  return directory;
}

std::shared_ptr<const directory::Directory> SecondDirectory() {
  static const auto& directory =
      *new std::shared_ptr<const directory::Directory>(Build(Read("demo-2345")));
  return directory;
}

}  // namespace tierline::kit
