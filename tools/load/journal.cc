#include "tools/load/journal.h"

#include <cerrno>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/text.h"

namespace tierline::load {

absl::StatusOr<std::unique_ptr<Journal>> Journal::Create(const std::string& path) {
  std::unique_ptr<Journal> journal(new Journal);
  if (path.empty()) return journal;
  journal->file_ = std::fopen(path.c_str(), "we");
  if (journal->file_ == nullptr) {
    return absl::ErrnoToStatus(errno, path);
  }
  return journal;
}

Journal::~Journal() {
  if (file_ != nullptr) std::fclose(file_);
}

absl::Status Journal::Acknowledge(const std::string& inquiry_id, const Acknowledged& command) {
  const auto entry = by_inquiry_.try_emplace(inquiry_id).first;
  std::vector<Acknowledged>& commands = entry->second;
  for (const Acknowledged& earlier : commands) {
    if (earlier.request_id != command.request_id) continue;
    if (earlier.event_id == command.event_id) return absl::OkStatus();
    return absl::InternalError(
        absl::StrCat("request ", command.request_id.ToString(), " was acknowledged with event ",
                     earlier.event_id.ToString(), " and then with ", command.event_id.ToString()));
  }
  commands.push_back(command);
  order_.push_back(&entry->first);
  if (file_ == nullptr) return absl::OkStatus();
  absl::FPrintF(file_,
                R"({"inquiry":"%s","method":"%s","request":"%s","event":"%s"})"
                "\n",
                inquiry_id, ToAbsl(command.method), command.request_id.ToString(),
                command.event_id.ToString());
  return std::fflush(file_) == 0 ? absl::OkStatus()
                                 : absl::UnavailableError("the journal can not be written");
}

std::vector<std::string> Journal::Recent(size_t max) const {
  std::vector<std::string> recent;
  absl::flat_hash_set<const std::string*> seen;
  for (auto it = order_.rbegin(); it != order_.rend() && recent.size() < max; ++it) {
    if (seen.insert(*it).second) recent.push_back(**it);
  }
  return recent;
}

}  // namespace tierline::load
