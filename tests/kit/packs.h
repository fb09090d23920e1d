#pragma once

#include <map>
#include <memory>
#include <string>

#include "directory/directory.h"
#include "directory/pack.h"

namespace tierline::kit {

// The files of deploy/packs/<name>, by their names relative to it.
std::map<std::string, std::string> PackFiles(const std::string& name);

// Read once; aborts when the shipped pack is broken.
const directory::Pack& NationalPack();
std::shared_ptr<const directory::Directory> NationalDirectory();
std::shared_ptr<const directory::Directory> SecondDirectory();

}  // namespace tierline::kit
